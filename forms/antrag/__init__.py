"""Readers of applications, one per form system: bytes in, an Antrag value out.

* push: the OZG-Cloud push interface
* tree: what the process, the list of cases and the page make of an Antrag
* files: names, media types and sizes of what came with it
"""

from forms.antrag.antrag import Antrag, Datei, Feld, Limits, RawFile, Servicekonto
from forms.antrag.push import read_push
from forms.antrag.tree import Zeile, applicant, labels, variables

__all__ = [
    "Antrag",
    "Datei",
    "Feld",
    "Limits",
    "RawFile",
    "Servicekonto",
    "Zeile",
    "applicant",
    "labels",
    "read_push",
    "variables",
]
