"""What this municipality offers, with its versions; one Leistung with all of its versions."""

from __future__ import annotations

from itertools import groupby

from flask import render_template

from engine import reads
from web.identity import required_konto
from web.studio.blueprint import studio


@studio.get("/")
def home() -> str:
    """All Leistungen with their versions."""
    versions = reads.list_versions()
    by_leistung = [tuple(found) for _, found in groupby(versions, key=lambda version: version.leistung)]
    return render_template("studio_leistungen.html", leistungen=by_leistung)


@studio.get("/leistungen/<name:name>")
def show_leistung(name: str) -> str:
    """A Leistung: its versions, newest first, and the cases started to try the current one."""
    version = reads.get_version(reads.current_version(name))
    return render_template(
        "studio_fassungen.html",
        version=version,
        versions=reads.list_versions(name),
        tests=reads.list_tests(version.id, required_konto()),
    )
