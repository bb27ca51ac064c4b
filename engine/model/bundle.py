"""Bundle: the files of a Leistung as a municipality uploads them, read once and shared.

    bundle.toml            leistung, name, kuerzel, process, form_ids, leika_ids, uses, [parameter], [[parameter_feld]]
    gemeinsam/<part>/**    shared parts that `uses` names: diagrams, tables, forms, letters; bound to the version at deploy
    *.bpmn  *.dmn          diagrams and tables
    forms/*.form           form-js schemas, named by their id
    notices/*.toml         letters (engine.model.notice)
    scenarios/*.toml       what should happen, run by `amtsweg scenario`

A bundle is named by its content: the sha256 of its files.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
import tomllib
import zipfile
import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Any

from engine import bpmn
from engine.base.errors import Cause, Invalid, TooLarge
from engine.model.notice import Notice, parse_notice
from engine.model.parameter import Declared, declared_in

MAX_FILES, MAX_BYTES, MAX_RATIO, MAX_NAME = 500, 20_000_000, 200, 200
NAME_HINT = f"ohne „..“, Doppelpunkte, Steuerzeichen und doppelte Namen, mit höchstens {MAX_NAME} Zeichen packen"
MANIFEST = "bundle.toml"
SHARED = "gemeinsam"
# The texts of a manifest, and how long each may be: they are columns, and parts of Aktenzeichen and addresses.
TEXT_FIELDS = {"leistung": 100, "name": 300, "kuerzel": 20, "process": 200}
MAX_KEY = 200
KEY = re.compile(r"[\w-]+(?:\.[\w-]+)*")


@dataclass(frozen=True, slots=True)
class Bundle:
    """A checked bundle. `files` are its bytes by name; `forms` the schemas by form id."""

    id: str
    leistung: str
    name: str
    short: str
    process: str
    form_ids: tuple[str, ...]
    leika_ids: tuple[str, ...]
    parameters: Mapping[str, Any]
    spec: bpmn.Spec = field(repr=False)
    forms: Mapping[str, bytes] = field(repr=False)
    notices: Mapping[str, Notice] = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)
    declared: Declared = field(default_factory=dict)
    """How its parameters are called and bounded (engine.model.parameter)."""


# --- reading -------------------------------------------------------------------------------------------------------


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files of a bundle on disk, hidden ones left out.

    Raises:
        Invalid: if there is no such folder.
    """
    if not folder.is_dir():
        raise Invalid(f"Den Ordner „{folder.name}“ gibt es nicht.")
    return with_shared(_below(folder), folder.resolve().parent.parent / SHARED)


def with_shared(files: Mapping[str, bytes], shared: Path) -> dict[str, bytes]:
    """The files of a bundle with those of the shared parts it uses; a part that lies in the bundle stays as it is there."""
    completed = dict(files)
    for part in _uses(files):
        prefix = f"{SHARED}/{part}/"
        if not part.isidentifier() or not (shared / part).is_dir() or any(name.startswith(prefix) for name in files):
            continue
        found = _below(shared / part)
        completed.update({prefix + name: content for name, content in found.items() if not name.startswith("scenarios/")})
    return completed


def _below(folder: Path) -> dict[str, bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in paths}
    return {
        name: path.read_bytes() for name, path in names.items() if not any(part.startswith(".") for part in name.split("/"))
    }


def _uses(files: Mapping[str, bytes]) -> list[str]:
    """The shared parts a manifest names; none if it cannot be read (its own check says why)."""
    try:
        uses = tomllib.loads(files.get(MANIFEST, b"").decode("utf-8")).get("uses", [])
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return []
    return [part for part in uses if isinstance(part, str)] if isinstance(uses, list) else []


def unpack(content: bytes) -> dict[str, bytes]:
    """The files of an uploaded zip.

    Raises:
        Invalid: not a zip, or names that lead out of it.
        TooLarge: too many files, or more bytes than allowed when unpacked.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        return _from_top(dict(_entries(archive)))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as exc:
        raise Invalid(
            "Die Datei ist kein lesbares ZIP-Archiv.",
            [Cause("kein ZIP, beschädigt oder verschlüsselt", "den Ordner neu als ZIP packen, ohne Kennwort")],
        ) from exc


def _from_top(files: dict[str, bytes]) -> dict[str, bytes]:
    """A folder that was packed as a whole is unpacked without its own name."""
    tops = {name.partition("/")[0] for name in files}
    if MANIFEST in files or len(tops) != 1:
        return files
    top = tops.pop() + "/"
    return {name.removeprefix(top): content for name, content in files.items() if name.startswith(top)}


def _entries(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_FILES:
        raise TooLarge(f"Das Archiv enthält mehr als {MAX_FILES} Dateien.")
    total, seen = 0, set()
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if not _is_name(name) or name in seen:
            shown = "".join(char if char.isprintable() else "\ufffd" for char in name[:MAX_NAME])
            raise Invalid("Das Archiv enthält einen unerlaubten Dateinamen.", [Cause(f"„{shown}“", NAME_HINT, file=shown)])
        seen.add(name)
        total += entry.file_size
        if total > MAX_BYTES or entry.file_size > MAX_RATIO * max(entry.compress_size, 1_000):
            raise TooLarge(f"Das Archiv ist ausgepackt zu groß (erlaubt sind {MAX_BYTES // 1_000_000} MB).")
        with archive.open(entry) as stream:
            content = stream.read(entry.file_size + 1)
        if len(content) > entry.file_size:
            raise TooLarge("Das Archiv enthält mehr, als es angibt.")
        yield name, content


def _is_name(name: str) -> bool:
    """Whether a file may be called so: it stays inside the bundle, and people can read it."""
    path = PurePosixPath(name)
    leads_out = path.is_absolute() or ".." in path.parts or ":" in name
    return bool(path.parts) and not leads_out and name.isprintable() and len(name) <= MAX_NAME


def pack(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files; the same files give the same bytes, and `unpack` gives the files back."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            archive.writestr(entry, files[name], _compression(files[name]))
    return buffer.getvalue()


def _compression(content: bytes) -> int:
    """What would look like a bomb when it is compressed is not compressed."""
    suspicious = len(content) > MAX_RATIO * 1_000 and len(content) > MAX_RATIO * len(zlib.compress(content)) // 2
    return zipfile.ZIP_STORED if suspicious else zipfile.ZIP_DEFLATED


def content_id(files: Mapping[str, bytes]) -> str:
    """The sha256 that names these files."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(len(name.encode()).to_bytes(4, "big") + name.encode() + hashlib.sha256(files[name]).digest())
    return digest.hexdigest()


# --- understanding -------------------------------------------------------------------------------------------------


def inspect(files: Mapping[str, bytes]) -> tuple[Bundle | None, list[Cause]]:
    """The bundle (None if something in it is an error) and all findings of manifest, diagrams and notices."""
    findings: list[Cause] = []
    if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_BYTES:
        most = f"höchstens {MAX_FILES} Dateien mit zusammen {MAX_BYTES // 1_000_000} MB"
        findings.append(Cause("das Paket ist mit seinen gemeinsamen Teilen zu groß", most, file=MANIFEST))
    findings.extend(
        Cause(f"der Dateiname „{name}“ ist nicht erlaubt", NAME_HINT, file=name) for name in files if not _is_name(name)
    )
    manifest = _manifest(files, findings)
    spec, causes = bpmn.inspect({name: content for name, content in files.items() if name.endswith((".bpmn", ".dmn"))})
    findings.extend(causes)
    notices = _notices(files, findings)
    forms = _forms(files, findings)
    if spec is not None and manifest and manifest.get("process") not in spec.compiled:
        process = manifest.get("process")
        findings.append(
            Cause(f"den Prozess „{process}“ gibt es in keinem Diagramm", "process = Id eines Prozesses", file=MANIFEST, line=1)
        )
    if spec is None or any(cause.severity == "error" for cause in findings):
        return None, findings
    bundle = Bundle(
        id=content_id(files),
        leistung=manifest["leistung"],
        name=manifest["name"],
        short=manifest["kuerzel"],
        process=manifest["process"],
        form_ids=tuple(manifest.get("form_ids", ())),
        leika_ids=tuple(manifest.get("leika_ids", ())),
        parameters=manifest.get("parameter", {}),
        spec=spec,
        forms=forms,
        notices=notices,
        files=dict(files),
        declared=declared_in(manifest)[0],
    )
    return bundle, findings


def _manifest(files: Mapping[str, bytes], findings: list[Cause]) -> dict[str, Any]:
    if MANIFEST not in files:
        findings.append(
            Cause(f"{MANIFEST} fehlt", "eine Datei mit leistung, name, kuerzel und process beilegen", file=MANIFEST)
        )
        return {}
    try:
        manifest = tomllib.loads(files[MANIFEST].decode("utf-8"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        findings.append(Cause(f"{MANIFEST} ist nicht lesbar: {exc}", "TOML berichtigen", file=MANIFEST, line=1))
        return {}
    findings.extend(_misfits(manifest))
    for part in _uses(files):
        if not any(name.startswith(f"{SHARED}/{part}/") for name in files):
            message = f"den gemeinsamen Teil „{part}“ gibt es nicht"
            findings.append(Cause(message, f"den Ordner {SHARED}/{part} beilegen", file=MANIFEST, line=1))
    if not isinstance(manifest.get("parameter", {}), dict):
        findings.append(Cause("„parameter“ ist keine Tabelle", "[parameter]", file=MANIFEST, line=1))
    lines = files[MANIFEST].decode("utf-8").splitlines()
    for name, message, hint in declared_in(manifest)[1]:
        line = next((number for number, text in enumerate(lines, 1) if f'"{name}"' in text and "name" in text), 1)
        findings.append(Cause(message, hint, file=MANIFEST, line=line))
    return manifest


def _misfits(manifest: Mapping[str, Any]) -> Iterator[Cause]:
    """What in a manifest has not the shape it must have."""

    def here(message: str, hint: str) -> Cause:
        return Cause(message, hint, file=MANIFEST, line=1)

    for name, longest in TEXT_FIELDS.items():
        value = manifest.get(name)
        if not isinstance(value, str) or not value.strip():
            yield here(f"„{name}“ fehlt oder ist kein Text", f'{name} = "…" ergänzen')
        elif len(value) > longest or not value.isprintable():
            yield here(f"„{name}“ ist zu lang oder enthält Steuerzeichen", f"höchstens {longest} Zeichen in einer Zeile")
        elif name == "leistung" and KEY.fullmatch(value) is None:
            yield here("„leistung“ ist keine Kennung", "nur Buchstaben, Ziffern, „_“, „-“ und „.“ verwenden")
    for name in ("form_ids", "leika_ids", "uses"):
        value = manifest.get(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            yield here(f"„{name}“ ist keine Liste von Texten", f'{name} = ["…"]')
        elif any(len(item) > MAX_KEY for item in value):
            yield here(f"ein Eintrag in „{name}“ ist zu lang", f"höchstens {MAX_KEY} Zeichen")


def _notices(files: Mapping[str, bytes], findings: list[Cause]) -> dict[str, Notice]:
    notices = {}
    for name, content in files.items():
        if "notices" in PurePosixPath(name).parts[:-1] and name.endswith(".toml"):
            notice, causes = parse_notice(name, content)
            findings.extend(causes)
            if notice is not None and notice.name in notices:
                findings.append(
                    Cause(f"den Brief „{notice.name}“ gibt es zweimal", "eine der Dateien umbenennen", file=name, line=1)
                )
            elif notice is not None:
                notices[notice.name] = notice
    return notices


def _forms(files: Mapping[str, bytes], findings: list[Cause]) -> dict[str, bytes]:
    """Form schemas by id; what is inside them is checked where forms are known (engine.verbs.design)."""
    forms: dict[str, bytes] = {}
    for name, content in files.items():
        if not name.endswith(".form"):
            continue
        try:
            id = json.loads(content).get("id")
        except (ValueError, AttributeError, RecursionError) as exc:
            findings.append(
                Cause(f"das Formular ist kein lesbares JSON: {exc}", "im Formularwerkzeug neu speichern", file=name, line=1)
            )
            continue
        if not isinstance(id, str) or id in forms:
            findings.append(Cause("das Formular hat keine eigene Id", "id im Formularwerkzeug setzen", file=name, line=1))
        else:
            forms[id] = content
    return forms


def form_ids(files: Mapping[str, bytes]) -> frozenset[str]:
    """The ids of the forms of a bundle that can be read."""
    return frozenset(_forms(files, []))


# --- kept in memory ------------------------------------------------------------------------------------------------

_kept: OrderedDict[str, Bundle] = OrderedDict()
_lock = threading.Lock()
KEEP = 200


def cached(id: str) -> Bundle | None:
    """A version this process has parsed before."""
    with _lock:
        bundle = _kept.get(id)
        if bundle is not None:
            _kept.move_to_end(id)
        return bundle


def remember(files: Mapping[str, bytes]) -> Bundle:
    """Parse a stored version and keep it.

    Raises:
        Invalid: if a newer Amtsweg no longer understands it.
    """
    bundle, findings = inspect(files)
    if bundle is None:
        raise Invalid("Die gespeicherte Fassung kann nicht mehr gelesen werden.", findings)
    with _lock:
        _kept[bundle.id] = bundle
        while len(_kept) > KEEP:
            _kept.popitem(last=False)
    return bundle
