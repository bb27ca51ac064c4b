"""Design: bundles are checked and deployed. A version is immutable; a running Vorgang keeps the one it started with."""

from __future__ import annotations

from collections.abc import Mapping

from engine.base import db
from engine.base.errors import Cause, Invalid
from engine.base.rights import Konto, verb
from engine.model import leistung, protokoll
from engine.model.bundle import Bundle, inspect
from forms.aufgabe import check_form

SENTENCE = "Das Paket kann so nicht eingesetzt werden."


def check_bundle(files: Mapping[str, bytes], types: frozenset[str]) -> tuple[Bundle | None, list[Cause]]:
    """Every finding of a bundle: manifest, diagrams, forms, letters, and whether what they name is there.

    `types` are the operations that connectors of this installation offer. The bundle is None if one finding is an error.
    """
    bundle, findings = inspect(files)
    if bundle is not None:
        findings.extend(_unknown_references(bundle, types))
    for name, content in files.items():
        if name.endswith(".form"):
            findings.extend(Cause(**{**cause.as_dict(), "file": name}) for cause in check_form(content))
    findings.sort(key=lambda cause: (cause.file or "", cause.line or 0))
    broken = any(cause.severity == "error" for cause in findings)
    return (None if broken else bundle), findings


def _unknown_references(bundle: Bundle, types: frozenset[str]) -> list[Cause]:
    findings = []
    for element in bundle.spec.elements():
        place = {"file": element.file, "line": element.line, "element": element.id}
        if element.form and not element.form.startswith("=") and element.form not in bundle.forms:
            findings.append(Cause(f"das Formular „{element.form}“ gibt es im Paket nicht", "Formular beilegen oder Id berichtigen", **place))  # type: ignore[arg-type]  # names are Cause's
        if element.job_type and not element.job_type.startswith("=") and element.job_type not in types:
            hint = f"eine von {', '.join(sorted(types))}"
            findings.append(Cause(f"einen Konnektor für „{element.job_type}“ gibt es nicht", hint, **place))  # type: ignore[arg-type]  # names are Cause's
        findings.extend(_unknown_letter(bundle, element.inputs, place))
    return findings


def _unknown_letter(bundle: Bundle, inputs: object, place: dict[str, object]) -> list[Cause]:
    found = []
    for mapping in inputs:  # type: ignore[attr-defined]  # a tuple of Mapping
        literal = mapping.source.removeprefix("=").strip().strip('"')
        if mapping.target == "vorlage" and literal.isidentifier() and literal not in bundle.notices:
            found.append(Cause(f"den Brief „{literal}“ gibt es im Paket nicht", "unter notices/ beilegen", **place))  # type: ignore[arg-type]  # names are Cause's
    return found


@verb(right="leistung.gestalten", tag="leistung:eingesetzt")
def deploy_bundle(files: Mapping[str, bytes], types: frozenset[str], *, by: Konto) -> str:
    """Check a bundle and make it the current version of its Leistung; gives the version's id.

    Deploying the current version again changes nothing. Running cases keep their version.

    Raises:
        Invalid: with every finding; nothing is stored.
    """
    bundle, findings = check_bundle(files, types)
    if bundle is None:
        raise Invalid(SENTENCE, findings)
    with db.transaction() as tx:
        if leistung.store(tx, bundle, by):
            protokoll.record(tx, None, leistung=bundle.leistung, fassung=bundle.id)
    return bundle.id
