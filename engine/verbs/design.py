"""Design: bundles are checked and deployed. A version is immutable; a running Vorgang keeps the one it started with."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from engine import bpmn
from engine.base import db
from engine.base.errors import Cause, Invalid
from engine.base.ports import Offer
from engine.base.rights import Konto, verb
from engine.feel.dmn import check_dmn
from engine.model import leistung, protokoll, start_event
from engine.model.bundle import Bundle, form_ids, inspect, read_folder, unpack, with_shared
from engine.verbs.letters import letter_findings
from engine.verbs.names import check_names, decision_names, known_names
from engine.verbs.parameters import check_parameters
from engine.verbs.starts import check_starts
from forms.aufgabe import check_form

SENTENCE = "Das Paket kann so nicht eingesetzt werden."


def check_bundle(files: Mapping[str, bytes], types: Offer) -> tuple[Bundle | None, list[Cause]]:
    """Every finding of a bundle: manifest, diagrams, forms, letters, and whether what they name is there.

    `types` are the operations that connectors of this installation offer. The bundle is None if one finding is an error.
    """
    bundle, findings = inspect(files)
    known = None
    findings.extend(_unknown_references(files, bundle, types))
    if bundle is not None:
        findings.extend(letter_findings(bundle))
        findings.extend(check_names(bundle, types))
        findings.extend(check_parameters(bundle))
        findings.extend(check_starts(bundle))
        known = known_names(bundle, types)
    tables = {name: content for name, content in files.items() if name.endswith(".dmn")}
    findings.extend(check_dmn(tables, known))
    for name, content in tables.items():
        findings.extend(bpmn.dmn_findings(name, content))
    for name, content in files.items():
        if name.endswith(".form"):
            findings.extend(_in_file(cause, name) for cause in check_form(content))
    findings.sort(key=lambda cause: (cause.file or "", cause.line or 0))
    broken = any(cause.severity == "error" for cause in findings)
    return (None if broken else bundle), findings


def check_path(path: Path, types: Offer, shared: Path | None = None) -> tuple[Bundle | None, list[Cause]]:
    """Every finding of a bundle (a folder or a zip) or of a single diagram or form; the bundle is None for single files.

    Raises:
        Invalid: there is no such file, or it is none of these.
    """
    if path.is_dir():
        return check_bundle(read_folder(path), types)
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise Invalid(f"Die Datei „{path.name}“ ist nicht lesbar.") from exc
    if path.suffix == ".zip":
        return check_bundle(unpack_zip(content, shared), types)
    return None, check_file(path.name, content, types)


def check_file(name: str, content: bytes, types: Offer) -> list[Cause]:
    """Every finding of a single diagram or form. What it names outside itself cannot be known: a warning."""
    if name.endswith(".form"):
        return [_in_file(cause, name) for cause in check_form(content)]
    if name.endswith(".dmn"):
        return [*check_dmn({name: content}), *bpmn.dmn_findings(name, content)]
    if not name.endswith(".bpmn"):
        raise Invalid(
            f"„{name}“ ist kein Paket, kein Diagramm und kein Formular.",
            [Cause("erwartet wird .bpmn, .dmn, .form, .zip oder ein Ordner", file=name)],
        )
    spec, findings = bpmn.inspect({name: content})
    return [*findings, *(_outside(spec, types) if spec is not None else ())]


def _outside(spec: bpmn.Spec, types: Offer) -> Iterator[Cause]:
    """What a single diagram names that is not in it."""
    for element in spec.elements():
        here = Cause("", file=element.file, line=element.line, element=element.id, severity="warning")
        if _fixed(element.job_type) and element.job_type not in types:
            yield dataclasses.replace(here, message=f"einen Konnektor für „{element.job_type}“ gibt es hier nicht")
        for name, there, what in (
            (element.form, (), "das Formular"),
            (element.decision, (), "die Entscheidung"),
            (element.called, spec.compiled, "der aufgerufene Prozess"),
        ):
            if _fixed(name) and name not in there:
                yield dataclasses.replace(here, message=f"{what} „{name}“ liegt nicht bei", hint="als Paket prüfen")


def _in_file(cause: Cause, name: str) -> Cause:
    return dataclasses.replace(cause, file=name)


def unpack_zip(content: bytes, shared: Path | None = None) -> dict[str, bytes]:
    """The files of an uploaded bundle, with those of the shared parts it uses and does not bring, from the folder `shared`.

    Raises:
        Invalid: not a zip, or names that lead out of it.
        TooLarge: too many files, or more bytes than allowed when unpacked.
    """
    files = unpack(content)
    return files if shared is None else with_shared(files, shared)


def _nearest(name: str | None, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name or "", list(known), n=1)
    return f"gemeint ist vielleicht „{near[0]}“" if near else ""


def _unknown_references(files: Mapping[str, bytes], bundle: Bundle | None, types: Offer) -> Iterator[Cause]:
    """What the diagrams name and is not there; said also where the bundle has other errors, as far as its files can be read."""
    diagrams = {name: content for name, content in files.items() if name.endswith(".bpmn")}
    tables = [content for name, content in files.items() if name.endswith(".dmn")]
    processes, unread = (list(bundle.spec.processes()), False) if bundle is not None else bpmn.readable(diagrams)
    decisions, forms, called = decision_names(tables), form_ids(files), {process.id for process in processes}
    unread_tables = bool(tables) and not decisions
    for element in (element for process in processes for element in process.elements.values()):
        here = Cause("", file=element.file, line=element.line, element=element.id)
        if _fixed(element.form) and element.form not in forms:
            message = f"das Formular „{element.form}“ gibt es im Paket nicht"
            yield dataclasses.replace(here, message=message, hint="Formular beilegen oder Id berichtigen")
        if _fixed(element.job_type) and element.job_type not in types:
            message = f"einen Konnektor für „{element.job_type}“ gibt es nicht"
            yield dataclasses.replace(here, message=message, hint=f"eine von {', '.join(sorted(types))}")
        if _fixed(element.decision) and element.decision not in decisions and not unread_tables:
            message = f"die Entscheidung „{element.decision}“ gibt es im Paket nicht"
            yield dataclasses.replace(
                here, message=message, hint=_nearest(element.decision, decisions) or "DMN-Tabelle beilegen"
            )
        if _fixed(element.called) and element.called not in called and not unread:
            message = f"den aufgerufenen Prozess „{element.called}“ gibt es im Paket nicht"
            yield dataclasses.replace(here, message=message, hint=_nearest(element.called, called) or "Diagramm beilegen")


def _fixed(text: str | None) -> bool:
    """Whether a name stands in the diagram, rather than being worked out when it runs."""
    return bool(text) and not str(text).startswith("=")


@verb(right="leistung.gestalten", tag="leistung:eingesetzt")
def deploy_bundle(files: Mapping[str, bytes], types: Offer, *, base: str | None = None, by: Konto) -> str:
    """Check a bundle and make it the current version of its Leistung; gives the version's id.

    Deploying the current version again changes nothing. Running cases keep their version. `base` is the version that must be
    current for it, "" for none: somebody may have deployed another since this one was made.

    Raises:
        Invalid: with every finding, or another Leistung begins with a message of that name; nothing is stored.
        Conflict: `base` is not the current version.
    """
    bundle, findings = check_bundle(files, types)
    if bundle is None:
        raise Invalid(SENTENCE, findings)
    with db.transaction() as tx:
        if leistung.store(tx, bundle, by, base):
            start_event.subscribe(tx, bundle.leistung, bundle.id, bundle.spec.starts(bundle.process))
            protokoll.record(tx, None, leistung=bundle.leistung, fassung=bundle.id)
    return bundle.id
