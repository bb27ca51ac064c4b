"""Commands for designers: check a bundle, deploy it, run its scenarios."""

from __future__ import annotations

from pathlib import Path

import click

from web.cli.german import Befehl
from web.cli.show import composed, finding, finish, json_option, print_json, say, show_causes

HERE = click.Path(path_type=Path)


@click.command(cls=Befehl)
@click.argument("bundle", metavar="PAKET", type=HERE)
@json_option
def check(bundle: Path, as_json: bool) -> None:
    """Ein Paket (Ordner oder ZIP) oder eine einzelne Datei prüfen: was ist falsch, wo, wie wird es richtig."""
    from engine import check_path
    from web.compose import connectors
    from web.provision import SHARED

    _, findings = check_path(bundle, connectors().types(), SHARED)
    ok = not any(cause.severity == "error" for cause in findings)
    if as_json:
        print_json({"ok": ok, "findings": [finding(cause) for cause in findings]})
    else:
        show_causes(findings)
        say(_verdict(ok, len(findings)))
    finish(ok)


def _verdict(ok: bool, count: int) -> str:
    if count == 0:
        return "Keine Befunde."
    befunde = "1 Befund" if count == 1 else f"{count} Befunde"
    return f"{befunde}, kein Fehler." if ok else f"{befunde}; so kann es nicht eingesetzt werden."


@click.command(cls=Befehl)
@click.argument("slug", metavar="SLUG")
@click.argument("bundle", metavar="PAKET", type=HERE)
@json_option
def deploy(slug: str, bundle: Path, as_json: bool) -> None:
    """Ein Paket prüfen und als unveränderliche Fassung einsetzen; nennt deren Id."""
    from engine import check_bundle, deploy_bundle
    from engine.base import db
    from engine.base.rights import SYSTEM
    from web.compose import connectors

    composed()
    files = files_of(bundle)
    types = connectors().types()
    with db.namespace(slug):
        version = deploy_bundle(files, types, by=SYSTEM)
    _, findings = check_bundle(files, types)
    if as_json:
        print_json({"ok": True, "kommune": slug, "version": version, "findings": [finding(cause) for cause in findings]})
    else:
        show_causes(findings, err=True)
        say(version)


def files_of(bundle: Path) -> dict[str, bytes]:
    """The files of a bundle, a folder or a zip.

    Raises:
        Invalid: it is neither.
    """
    from engine import unpack_zip
    from engine.base.errors import Invalid
    from engine.model.bundle import read_folder
    from web.provision import SHARED

    if not bundle.is_file():
        return read_folder(bundle)
    try:
        return unpack_zip(bundle.read_bytes(), SHARED)
    except OSError as cause:
        raise Invalid(f"Die Datei „{bundle.name}“ ist nicht lesbar.") from cause


@click.command(cls=Befehl)
@click.argument("bundle", metavar="PAKET", type=HERE)
@click.argument("names", metavar="[SZENARIO]…", nargs=-1)
@json_option
def scenario(bundle: Path, names: tuple[str, ...], as_json: bool) -> None:
    """Szenarien eines Pakets oder Diagramms ohne Außenwelt ablaufen lassen; nennt, welche Knoten sie erreichen."""
    from engine.verbs.scenario import run_path

    report = run_path(bundle, names)
    if as_json:
        print_json(report.as_dict())
        finish(report.ok)
    show_causes(report.findings)
    for result in report.scenarios:
        say(f"  {click.style('gut   ', fg='green') if result.passed else click.style('Fehler', fg='red')} {result.name}")
        for reason in result.reasons:
            say(f"         {reason}")
    total = len(report.covered) + len(report.missed)
    say(f"{sum(result.passed for result in report.scenarios)} von {len(report.scenarios)} Szenarien wie erwartet.")
    say(
        f"{len(report.covered)} von {total} Knoten erreicht."
        + (f" Nicht erreicht: {', '.join(report.missed)}" if report.missed else "")
    )
    finish(report.ok)
