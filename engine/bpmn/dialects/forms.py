"""User tasks and start events of Camunda 7: who acts, by when, with which form."""

from __future__ import annotations

import re

from lxml import etree

from engine.bpmn.dialects.pieces import quoted
from engine.bpmn.dialects.rewriting import NOTHING, C, Rewriting, children, take
from engine.bpmn.dialects.texts import has_expression, listed
from engine.bpmn.timers import NotATime, duration
from engine.bpmn.xml import local

FORM_KEY = re.compile(r"(?P<how>embedded|camunda-forms)?:?(?:app|bundle|deployment|engine)?:?(?P<path>[^:]*)")
AS_FORM = "ein form-js-Formular mit dieser Id beilegen (forms/*.form)"


def user_task(r: Rewriting, node: etree._Element) -> None:
    given = {"assignee": r.taken(node, "assignee"), "candidateUsers": r.taken(node, "candidateUsers")}
    groups = take(node, "candidateGroups")
    given["candidateGroups"] = None if groups is None else group_names(r, node, groups)
    if any(given.values()):
        r.zeebe(node, "assignmentDefinition", **given)
    when = {name: _day(r, node, name) for name in ("dueDate", "followUpDate")}
    if any(when.values()):
        r.zeebe(node, "taskSchedule", **when)
    form = _form(r, node)
    if form:
        r.zeebe(node, "formDefinition", formId=form)
    _generated(r, node)


def start_event(r: Rewriting, node: etree._Element) -> None:
    """What an applicant fills in comes with the Antrag; a start event asks for nothing."""
    for name in ("formKey", "formRef", "formRefBinding", "formRefVersion"):
        if take(node, name) is not None:
            r.say(node, f"„{name}“ am Startereignis hat keine Wirkung", "die Angaben kommen mit dem Antrag", "warning")
    _generated(r, node)


def group_names(r: Rewriting, node: etree._Element, text: str) -> str:
    """Groups with commas between them; an expression among them may name one or a list."""
    names = listed(text)
    if len(names) < 2 or not any(has_expression(name) for name in names):
        return r.text(node, "candidateGroups", text)
    made = []
    for name in names:
        one = r.text(node, "candidateGroups", name)
        if one == NOTHING:
            return NOTHING
        made.append(one.removeprefix("=") if one.startswith("=") else quoted(one))
    return r.text(node, "candidateGroups", f"=flatten([{', '.join(made)}])")


def _day(r: Rewriting, node: etree._Element, name: str) -> str | None:
    """An instant, or a duration counted from when the task begins, in days of the calendar."""
    text = r.taken(node, name)
    if text is None or not text.startswith("P"):
        return text
    try:
        months, days, exact = duration(text)
    except NotATime as no:
        r.say(node, f"„{name}“: {no}", "als Dauer oder als Zeitpunkt schreiben")
        return NOTHING
    steps = [f'duration("P{count}{unit}")' for count, unit in ((months, "M"), (days, "D")) if count]
    day = f"date and time({' + '.join(['date(t)', *steps])}, time(t))" if steps else "t"
    seconds = f"{exact.total_seconds():f}".rstrip("0").rstrip(".")
    return f'=(for t in [now()] return {day} + duration("PT{seconds}S"))[1]'


def _form(r: Rewriting, node: etree._Element) -> str | None:
    key, ref = take(node, "formKey"), r.taken(node, "formRef")
    binding, version = take(node, "formRefBinding"), take(node, "formRefVersion")
    if binding == "version" or version is not None:
        r.say(
            node,
            "„formRefVersion“ hat keine Wirkung: es gilt das Formular im Paket",
            "das gemeinte Formular beilegen",
            "warning",
        )
    elif binding == "latest":
        r.say(node, "„formRefBinding“ hat keine Wirkung: es gilt das Formular im Paket", severity="advice")
    if ref is not None:
        if key is not None:
            r.say(node, "„formKey“ hat neben „formRef“ keine Wirkung", "eines von beiden löschen", "warning")
        return ref
    return None if key is None else _keyed(r, node, key.strip())


def _keyed(r: Rewriting, node: etree._Element, key: str) -> str:
    """The form of a key like `embedded:app:forms/pruefen.html`: the one in the bundle that is called so."""
    if has_expression(key):
        return r.text(node, "formKey", key)
    found = FORM_KEY.fullmatch(key)
    if found is None or not (found["how"] or "/" in key or "." in key or ":" in key):
        return r.text(node, "formKey", key)
    id = found["path"].rsplit("/", 1)[-1].partition(".")[0]
    if found["how"] == "camunda-forms":
        message = f"„formKey“ nennt eine Datei; hier gilt das Formular mit der Id „{id}“"
        r.say(node, message, "prüfen, dass das Formular diese Id hat", "advice")
    else:
        r.say(node, f"das Formular „{key[:80]}“ wird nicht angezeigt; es gilt das Formular „{id}“ im Paket", AS_FORM, "warning")
    return id


def _generated(r: Rewriting, node: etree._Element) -> None:
    """Forms that Camunda 7 makes from a list of fields."""
    for data in children(node, "formData"):
        fields = [field.get("id", "") for field in data.iter(f"{C}formField")]
        _say_fields(r, node, data, fields)
    properties = children(node, "formProperty")
    if properties:
        _say_fields(r, node, properties[0], [one.get("id", "") for one in properties])
    if take(node, "formHandlerClass") is not None:
        r.say(node, "„formHandlerClass“ ist eine Java-Klasse und wird nicht ausgeführt", "ein form-js-Formular beilegen")


def _say_fields(r: Rewriting, node: etree._Element, line: etree._Element, fields: list[str]) -> None:
    named = ", ".join(fields)[:200]
    hint = "ein form-js-Formular mit diesen Feldern beilegen und mit formRef nennen"
    if local(node) == "startEvent":
        hint = "die Angaben kommen mit dem Antrag"
    r.say(node, f"das Formular aus Feldern („{local(line)}“: {named}) wird nicht erzeugt", hint, "warning")
