"""A municipality at the push of a button: all of it is there, or nothing; killed anywhere and run again it finishes."""

from __future__ import annotations

import errno
import os
import resource
import signal
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import reads
from engine.base import databases, db, faults
from engine.base.db import Installation
from engine.base.errors import Conflict, Invalid, Problem, Unavailable, Unknown
from engine.base.rights import ROLES
from engine.model import konto
from engine.verbs.kommune import list_kommunen, lock_kommune, show_kommune
from engine.verbs.operate import verify
from tests.web.mailbox import certificate, mailbox
from web.doorbell import OWN, PARKED, TURNS, RedisDoorbell
from web.identity import verify_password
from web.provision import Provided, describe, invite, provide, remove
from web.redis import EmbeddedRedis
from web.settings import Settings

SQLITE = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
ON_POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.integration)
ASKED: dict[str, Any] = {
    "name": "Stadt Husum", "kind": "Stadt", "admin_name": "Mara Muster", "admin_email": "Mara@husum.example",
    "allow_ips": ["192.0.2.0/24"], "stellen": ["200001"],
}  # fmt: skip


@pytest.fixture
def site(installation: Installation) -> Settings:
    """The settings of the installation."""
    kept = {"home": installation.home, "database": installation.database, "secret": installation.secret}
    return Settings(**kept, url="https://amtsweg.husum.example", plain_http=True)


def husum(site: Settings, **changed: Any) -> Provided:
    return provide("husum", **{**ASKED, **changed}, site=site)


def nothing_left(installation: Installation) -> bool:
    """Whether there is no trace of Husum: no row, no folder, no database, no role."""
    return list_kommunen() == [] and not databases.exists(installation, databases.planned(installation, "husum"))


# --- all of it -------------------------------------------------------------------------------------------------------


def test_everything_is_there_and_show_lists_it(installation: Installation, site: Settings) -> None:
    made = husum(site)
    assert (made.new, made.login, made.kommune.state) == (True, "mara", "bereit")
    assert made.invited is not None
    assert made.invited.link.startswith("https://amtsweg.husum.example/husum/einmallink/")
    found = describe("husum", site=site)
    assert (found["name"], found["allow_ips"], found["stellen"]) == ("Stadt Husum", ["192.0.2.0/24"], ["200001"])
    assert (found["key"], found["newest"], found["administrators"], found["running"]) == (True, True, ("mara",), 0)
    assert (found["roles"], found["letterhead"]) == (tuple(ROLES), "Stadt Husum")
    assert found["link_until"] == made.invited.link_until
    assert (found["role"] is None) == (installation.dialect == "sqlite")
    assert Path(found["folder"], "dokumente").is_dir()
    assert any("§ 110" in rule for rule in found["law"])
    assert {one["key"] for one in found["leistungen"]} == {"posteingang", "allgemein"}
    assert found["queue"] == {"name": "amtsweg", "waiting": None}
    with db.namespace("husum"):
        who, hash = reads.konto_by_login("mara")
        assert (who.roles, verify_password(hash, str(made.password))) == (frozenset(ROLES), True)
        assert verify() == []


@SQLITE
def test_the_law_of_the_land_holds_in_its_process(installation: Installation, site: Settings) -> None:
    husum(site, land="BY", kind="Markt", name="Markt Musterberg")
    with db.namespace("husum"):
        values = {one.field.path: one.text for group in reads.get_parameters("allgemein").groups for one in group.parameters}
    assert (values["land"], values["behoerde"], values["rechtsbehelf"]) == ("BY", "Markt Musterberg", "klage")
    assert any("BayDiG" in rule for rule in describe("husum", site=site)["law"])


@SQLITE
def test_the_same_again_changes_nothing_and_gives_no_link(installation: Installation, site: Settings) -> None:
    first = husum(site)
    again = husum(site)
    assert (again.new, again.login, again.password, again.invited) == (False, None, None, None)
    assert first.invited is not None
    with db.namespace("husum"):
        assert reads.invited(first.invited.link.rpartition("/")[2]) is not None


@SQLITE
def test_another_link_is_for_the_administrator_or_for_whom_it_is_asked(installation: Installation, site: Settings) -> None:
    from engine.base.rights import SYSTEM
    from engine.verbs.konten import add_konto

    first = husum(site)
    second = invite("husum", site=site)
    assert first.invited is not None
    with db.namespace("husum"):
        assert reads.invited(first.invited.link.rpartition("/")[2]) is None
        add_konto("chef", "Chef", "chef@husum.example", frozenset({"administration"}), by=SYSTEM)
    assert (second.login, second.email) == ("mara", "Mara@husum.example")
    with pytest.raises(Conflict) as caught:
        invite("husum", site=site)
    assert "chef, mara" in caught.value.causes[0].hint
    assert invite("husum", "chef", site=site).login == "chef"
    for slug, login in (("husum", "niemand"), ("atlantis", None)):
        with pytest.raises(Unknown):
            invite(slug, login, site=site)


# --- mail ------------------------------------------------------------------------------------------------------------


def posting(site: Settings, port: int, **more: Any) -> Settings:
    return replace(site, smtp_host="127.0.0.1", smtp_port=port, smtp_tls="none", smtp_from="amtsweg@land.example", **more)


@SQLITE
def test_the_link_goes_out_by_mail(installation: Installation, site: Settings) -> None:
    with mailbox() as box:
        made = husum(posting(site, box.port), admin_name="Mara Müller", name="Stadt Tönning")
    [(sender, receiver, mail)] = box.mails
    assert made.invited is not None
    assert (made.invited.mail, sender, receiver) == ("sent", "amtsweg@land.example", "Mara@husum.example")
    said = mail.get_payload(decode=True)
    assert isinstance(said, bytes)
    assert made.invited.link in said.decode()
    assert "Stadt Tönning" in said.decode()
    assert str(made.password) not in said.decode()
    assert mail["Auto-Submitted"] == "auto-generated"


@SQLITE
@pytest.mark.parametrize("how", ["refused", "away", "without the TLS it must have"])
def test_a_mail_that_cannot_be_sent_undoes_nothing_and_is_said(installation: Installation, site: Settings, how: str) -> None:
    with mailbox("550 no such person" if how == "refused" else "") as box:
        there = posting(site, 1 if how == "away" else box.port)
        if how.startswith("without"):
            there = replace(there, smtp_tls="starttls")
        made = husum(there)
    assert made.invited is not None
    assert (made.invited.mail, box.mails, show_kommune("husum").state) == ("failed", [], "bereit")
    with db.namespace("husum"):
        assert reads.invited(made.invited.link.rpartition("/")[2]) is not None


@SQLITE
@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_the_mail_goes_over_tls_and_the_login_at_the_mail_server_only_then(
    installation: Installation, site: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: Any
) -> None:
    trusted = certificate(tmp_path / "mail.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with mailbox(certificate=trusted, tls=tls) as box:
        there = replace(posting(site, box.port, smtp_user="amtsweg", smtp_password="geheim"), smtp_tls=tls)
        made = husum(there)
    assert made.invited is not None
    assert (made.invited.mail, box.logins) == ("sent", ["\0amtsweg\0geheim"])
    [(_, receiver, mail)] = box.mails
    said = mail.get_payload(decode=True)
    assert isinstance(said, bytes)
    assert (receiver, made.invited.link in said.decode()) == ("Mara@husum.example", True)
    assert [line.partition(" ")[0] for line in box.heard] == (["ehlo", "STARTTLS"] if tls == "starttls" else [])


@SQLITE
@pytest.mark.parametrize("how", ["a certificate nobody vouches for", "a certificate of another server"])
def test_to_a_mail_server_that_may_be_another_goes_neither_link_nor_password(
    installation: Installation, site: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    shown = certificate(tmp_path / "mail.pem", "192.0.2.7" if "another" in how else "127.0.0.1")
    if "another" in how:
        monkeypatch.setenv("SSL_CERT_FILE", str(shown))
    with mailbox(certificate=shown) as box:
        there = replace(posting(site, box.port, smtp_user="amtsweg", smtp_password="geheim"), smtp_tls="starttls")
        made = husum(there)
    assert made.invited is not None
    assert (made.invited.mail, box.mails, box.logins) == ("failed", [], [])
    assert "geheim" not in str(box.heard)


# --- killed ----------------------------------------------------------------------------------------------------------

POINTS = sorted(point for point in faults.POINTS if point.startswith("making."))
# At every point on one database at least; where the two differ on both.
ON = {"making.after_database": ("sqlite", ON_POSTGRESQL), "making.after_row": (ON_POSTGRESQL,)}


def in_child(work: Any) -> int:
    """Do something in a process of its own; gives its exit code."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = work() or 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize(
    ("installation", "point"),
    [
        pytest.param(getattr(on, "values", (on,))[0], point, marks=getattr(on, "marks", ()))
        for point in POINTS
        for on in ON.get(point, ("sqlite",))
    ],
    indirect=["installation"],
)
def test_killed_anywhere_and_run_again_it_finishes(installation: Installation, site: Settings, point: str) -> None:
    def die() -> None:
        faults.arm(point)
        husum(site, admin_email="tippfehler@husum.example")

    assert in_child(die) == -signal.SIGKILL
    if point == "making.after_ready":
        with pytest.raises(Unknown):  # the link of that call nobody has seen: another is made
            invite("husum", "mara", site=site)
        assert husum(site).new is False
        assert invite("husum", site=site).login == "tippfehler"
        return
    with pytest.raises(Unknown), db.namespace("husum"):
        pass
    made = husum(site)
    assert made.new
    with db.namespace("husum"):
        assert [(row.login, row.email) for row in _konten()] == [("mara", "Mara@husum.example")]
        assert verify() == []


def _konten() -> list[Any]:
    with db.reading() as tx:
        return tx.all(sa.select(konto.T))


@SQLITE
def test_killed_while_what_was_killed_is_cleared_away_it_finishes(installation: Installation, site: Settings) -> None:
    def die_at(point: str) -> Any:
        def die() -> None:
            faults.arm(point)
            husum(site)

        return die

    assert in_child(die_at("making.after_furnish")) == -signal.SIGKILL
    assert in_child(die_at("removal.after_database")) == -signal.SIGKILL
    assert husum(site).new


# --- nothing of it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slug", "changed", "fields"),
    [
        ("api", {}, ["/slug"]),
        ("Husum", {}, ["/slug"]),
        ("husum\n", {}, ["/slug"]),
        ("h" * 41, {}, ["/slug"]),
        ("../husum", {}, ["/slug"]),
        ("husum", {"admin_email": "mara"}, ["/admin_email"]),
        ("husum", {"admin_email": "mara@husum.example\nBcc: alle@husum.example"}, ["/admin_email"]),
        ("husum", {"admin_email": "mara..muster@husum.example"}, ["/admin_email"]),
        ("husum", {"admin_email": "mara.@husum.example"}, ["/admin_email"]),
        ("husum", {"admin_email": "mara@-husum.example"}, ["/admin_email"]),
        ("husum", {"admin_email": f"{'m' * 65}@husum.example"}, ["/admin_email"]),
        ("husum", {"admin_email": f"mara@{'husum.' * 50}example"}, ["/admin_email"]),
        ("husum", {"admin_name": " "}, ["/admin_name"]),
        ("husum", {"land": "XX"}, ["/land"]),
        ("husum", {"kind": "Markt"}, ["/kind"]),
        ("husum", {"allow_ips": ["192.0.2.0/24", "10.0.0.300", "10.0.0.1/8"]}, ["/allow_ips/1", "/allow_ips/2"]),
        ("antrag", {"name": "", "admin_email": "x"}, ["/slug", "/name", "/admin_email"]),
    ],
)
@SQLITE
def test_what_cannot_be_is_refused_with_every_field_that_is_wrong(
    installation: Installation, site: Settings, slug: str, changed: dict[str, Any], fields: list[str]
) -> None:
    with pytest.raises(Invalid) as caught:
        provide(slug, **{**ASKED, **changed}, site=site)
    assert [cause.pointer for cause in caught.value.causes] == fields
    assert list_kommunen() == []
    assert not (installation.home / "kommunen").exists()


@SQLITE
def test_a_slug_that_is_taken_or_shut_is_refused(installation: Installation, site: Settings) -> None:
    husum(site)
    with pytest.raises(Conflict, match="gibt es schon") as caught:
        husum(site, name="Gemeinde Husum", kind="Gemeinde", land="NI")
    assert [cause.pointer for cause in caught.value.causes] == ["/slug"]
    lock_kommune("husum")
    with pytest.raises(Conflict):
        husum(site, name="Gemeinde Husum")
    assert show_kommune("husum").name == "Stadt Husum"


def test_of_two_at_once_one_makes_it_and_the_other_says_so(installation: Installation, site: Settings) -> None:
    results: list[Provided | Problem] = []

    def go() -> None:
        try:
            results.append(husum(site))
        except Problem as problem:
            results.append(problem)

    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    made = [one for one in results if isinstance(one, Provided) and one.new]
    others = [one for one in results if one not in made]
    assert (len(made), len(others)) == (1, 1)
    assert isinstance(others[0], Conflict) or (isinstance(others[0], Provided) and others[0].new is False)
    with db.namespace("husum"):
        _, hash = reads.konto_by_login("mara")
    assert verify_password(hash, str(made[0].password))


@SQLITE
def test_a_full_disk_leaves_nothing_behind(installation: Installation, site: Settings) -> None:
    """A child may write 300 KB into a file, which is less than the tables take and more than the registry does."""

    def fill() -> int:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
        try:
            husum(site)
        except Unavailable:
            return 7
        return 1

    assert in_child(fill) == 7
    assert nothing_left(installation)
    assert husum(site).new


@pytest.mark.parametrize("installation", [ON_POSTGRESQL], indirect=True)
def test_a_disk_without_room_for_documents_leaves_no_database_and_no_role(
    installation: Installation, site: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path) -> None:
        if folder.name == "dokumente":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(databases, "sync_folder", lambda folder: None)
    monkeypatch.setattr(databases, "make_folder", lambda folder, make=databases.make_folder: (full(folder), make(folder)))
    with pytest.raises(Unavailable, match="No space left"):
        husum(site)
    monkeypatch.undo()
    assert nothing_left(installation)
    assert husum(site).new


# --- removed ---------------------------------------------------------------------------------------------------------


@SQLITE
def test_with_it_go_the_rings_in_the_queue_and_those_of_others_stay(
    installation: Installation, site: Settings, tmp_path: Path
) -> None:
    redis = EmbeddedRedis(tmp_path)
    redis.ensure()
    try:
        there = replace(site, redis_url=redis.url)
        husum(there)
        bell = RedisDoorbell(redis.url)
        for slug, id in (("husum", "1"), ("husum", "2"), ("husum-nord", "1")):
            bell.ring(slug, id)
        assert describe("husum", site=there)["queue"] == {"name": "amtsweg", "waiting": 2}
        bell._redis.set(OWN + "husum", "1")
        bell.ring("husum", "3")
        bell._redis.rpush(PARKED + "husum", "husum-2")
        assert describe("husum", site=there)["queue"] == {"name": "amtsweg:husum", "waiting": 4}
        assert remove("husum", confirm="husum", export=None, site=there) is None
        assert (bell.waiting("husum"), bell.waiting("husum-nord")) == (0, 1)
        assert [key for key in bell._redis.keys("*husum*") if b"husum-nord" not in key] == []
        assert bell._redis.smembers("rq:queues") == {b"rq:queue:amtsweg"}
        assert bell._redis.zrange(TURNS, 0, -1) == [b"husum-nord"]
        assert [key for key in bell._redis.keys("rq:job:*") if b"husum-nord" not in key] == []
    finally:
        redis.stop()
    assert (bell.waiting("husum"), bell.forget("husum")) == (None, None)
