"""Forms of an Aufgabe: a form-js schema in, checked values out.

* schema, parts, properties: a schema becomes a Form, or a list of findings
* sheet, origins, places: answers laid out, entries of lists known again; sight: what conditions see of them
* values: one answer against the rules of its field
* validate: all of it together; texts: what a clerk reads
"""

from forms.aufgabe.form import Form
from forms.aufgabe.schema import check_form, parse_form
from forms.aufgabe.validate import references, validate

__all__ = ["Form", "check_form", "parse_form", "references", "validate"]
