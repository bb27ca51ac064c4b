"""A designer in the studio over HTTP, and the bundles that are brought."""

from __future__ import annotations

import re
from html import unescape

import httpx
from werkzeug.test import TestResponse

from engine import reads
from engine.base import db
from tests.bpmn.diagrams import DMN
from tests.engine.cases import PROBE, bundle
from tests.web.site import PASSWORD, SLUG, Site

XSS = "<script>alert(1)</script>"
HINT = PROBE.replace(b">=ok<", b">=ook<")  # a name that nothing gives: advice
BROKEN = PROBE.replace(b'type="demo.druckt"', b'type="demo.drukt"').replace(b'formId="pruefung"', b'formId="fehlt"')
LETTER = """
title = "Auskunft"
subject = "Ihr Antrag vom {datum= vorgang.eingang}"
addressee = ["{= antragsteller}"]
salutation = "Guten Tag,"
signatory = "Ihr Amt"
[[section]]
kind = "text"
when = "antrag.nr != null"
text = "Wir haben ihn erhalten."
"""
SCENARIO = """
name = "{name}"
[variables]
antragsteller = "Erika Muster"
antrag = {{ nr = "7" }}
[jobs]
"demo.druckt" = {{ gedruckt = true }}
[[step]]
waits_at = ["pruefen"]
complete = "pruefen"
variables = {{ ok = true }}
[expect]
state = "{state}"
"""


def rich() -> dict[str, bytes]:
    """A bundle with one of everything."""
    files = bundle(PROBE)
    return {
        **files,
        "bundle.toml": files["bundle.toml"] + b'[parameter]\nland = "SH"\n[parameter.gebuehr]\nbetrag_cent = 5000\n',
        "schutz.dmn": DMN,
        "notices/auskunft.toml": LETTER.encode(),
        "scenarios/gut.toml": SCENARIO.format(name="Es geht gut", state="completed").encode(),
        "scenarios/schlecht.toml": SCENARIO.format(name="Es geht schief", state="active").encode(),
    }


class Designer:
    """Somebody signed in to the pages."""

    def __init__(self, site: Site, login: str = "design") -> None:
        self.site, self.client = site, site.client()
        self.client.environ_base["HTTP_ACCEPT"] = "text/html"
        token = self.token(self.client.get(f"/{SLUG}/anmelden").text)
        answer = self.client.post(f"/{SLUG}/anmelden", data={"login": login, "passwort": PASSWORD, "csrf_token": token})
        assert answer.status_code == 303
        self.landed = answer.location

    @staticmethod
    def token(page: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, page
        return found[1]

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/{SLUG}/studio/{path}")

    def post(self, path: str, file: tuple[str, bytes] | None = None, **data: str) -> TestResponse:
        """Send a form of a page, with a file if it has one."""
        data["csrf_token"] = self.token(self.get("hochladen").text)
        files = {"datei": (*file, "application/octet-stream")} if file else {"-": ("", b"")}
        sent = httpx.Request("POST", "http://amtsweg.invalid/", data=data, files=files)
        return self.client.post(f"/{SLUG}/studio/{path}", data=sent.read(), content_type=sent.headers["Content-Type"])

    def upload(self, name: str, content: bytes, leistung: str = "") -> TestResponse:
        return self.post("hochladen", (name, content), leistung=leistung)

    def deployed(self, answer: TestResponse) -> TestResponse:
        """Go on from an accepted upload and deploy it."""
        assert answer.status_code == 303, answer.text
        return self.post(answer.location.partition("/studio/")[2] + "/einsetzen")


def current(key: str = "probe") -> str:
    with db.namespace(SLUG):
        return reads.current_version(key)


def versions(key: str = "probe") -> int:
    with db.namespace(SLUG):
        return len(reads.list_versions(key))


def text(answer: TestResponse) -> str:
    """What stands on a page, without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())
