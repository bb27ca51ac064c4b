"""Readers of applications, one per form system: bytes in, an Antrag value out.

* push: the OZG-Cloud push interface
* tree: what the process, the list of cases and the page make of an Antrag
* place: the Gemeinde an application is about, where it says so
* files: names, media types and sizes of what came with it
"""

from forms.antrag.antrag import Antrag, Datei, Feld, Limits, RawFile, Servicekonto
from forms.antrag.place import ags_of, regional_key
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
    "ags_of",
    "applicant",
    "labels",
    "read_push",
    "regional_key",
    "variables",
]
