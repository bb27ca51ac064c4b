"""The timeline of a case in plain German: the process, decisions, letters, messages and what people did, in one list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _

from engine import reads
from engine.model.grant import BY_THE_DAY, UNAWAITED, WITH_CASE
from web.desk.words import day, moment, value
from web.language import later

SYSTEM = "system"
SILENT = frozenset({"entered", "completed", "cancelled"})
# Words for acts that end a case; the comment that came with them says why.
ENDINGS = {
    "vorgang:zurueckgenommen": later("Antrag zurückgenommen"),
    "vorgang:ohne-bescheid": later("Ohne Bescheid abgeschlossen"),
    "vorgang:weitergeleitet": later("Weitergeleitet"),
    "vorgang:verworfen": later("Verworfen"),
}
# Acts that the process, the message or the notice itself tells of; and drafts, which concern nobody but who types them.
TOLD_ELSEWHERE = frozenset(
    {"bescheid:freigegeben", "aufgabe:entwurf", "aufgabe:entwurf-verworfen"}
    | {"aufgabe:abgeschlossen", "incident:wiederholt", "nachricht:gesendet", "vorgang:stelle", "auftrag:bearbeitet"}
    | {
        "frist:ausgeloest",
        "nachricht:zugestellt",
        "signal:zugestellt",
        "nachricht:antwort",
        "nachricht:abgerufen",
        "antrag:eingang",
        "vorgang:begonnen",
        "vorgang:geloescht",
        "zustellung:vertagt",
    }
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the timeline as a sentence; `who` has done it (a name). `trouble` asks for attention."""

    at: dt.datetime
    sentence: str
    detail: str = ""
    who: str = ""
    important: bool = True
    trouble: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """All that a timeline is made of. `names` of people by their logins, `tasks` and `leistungen` by their ids and keys."""

    events: Sequence[reads.Ereignis] = ()
    decisions: Sequence[reads.Entschieden] = ()
    messages: Sequence[reads.Nachricht] = ()
    documents: Sequence[reads.Dokument] = ()
    notices: Sequence[reads.Bescheid] = ()
    acts: Sequence[reads.Act] = ()
    comments: Sequence[reads.Comment] = ()
    reminders: Sequence[reads.Reminder] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    tasks: Mapping[str, str] = field(default_factory=dict)
    leistungen: Mapping[str, str] = field(default_factory=dict)

    def name(self, login: str) -> str:
        """What somebody is called; the platform itself is nobody."""
        return "" if login == SYSTEM else self.names.get(login, login)

    def both(self, login: str, acted_for: object) -> str:
        """Who did something, and for whom, where somebody stood in for somebody else."""
        if not acted_for:
            return self.name(login)
        return _("%(who)s für %(whom)s", who=self.name(login), whom=self.name(str(acted_for)))


def timeline(told: Told) -> list[Line]:
    """What happened in a case, newest first."""
    lines = [*_events(told), *_decisions(told), *_messages(told), *_letters(told), *_notices(told), *_acts(told)]
    return sorted(lines, key=lambda line: line.at)[::-1]


# --- the process ---------------------------------------------------------------------------------------------------


def _events(told: Told) -> list[Line]:
    """What has ended is told once, at its end. Gateways and elements without a name are the diagram's own affair."""
    ended: set[str] = set()
    lines = []
    for event in reversed(told.events):
        if event.kind in ("completed", "cancelled"):
            ended.add(event.element)
        silent = event.name == event.element or event.type.endswith("Gateway")
        told_at_its_end = event.kind == "entered" and event.element in ended
        if event.kind == "entered":
            ended.discard(event.element)
        if not told_at_its_end and not (silent and event.kind in SILENT):
            lines.append(_line(event, told))
    return lines[::-1]


def _line(event: reads.Ereignis, told: Told) -> Line:
    by_hand = event.kind in ("completed", "resolved", "given") and event.type in ("userTask", "")
    ends = event.kind == "completed" and (event.type == "userTask" or event.type.endswith("Event"))
    return Line(
        event.at,
        _sentence(event),
        event.detail,
        told.both(event.konto, event.acted_for) if by_hand or event.kind == "resolved" else "",
        important=ends or event.kind not in SILENT,
        trouble=event.kind == "incident",
    )


def _sentence(event: reads.Ereignis) -> str:
    sentences = {
        "entered": _began(event),
        "completed": event.name if event.type.endswith("Event") else _("„%(name)s“ erledigt", name=event.name),
        "cancelled": _("„%(name)s“ entfällt", name=event.name),
        "thrown": _("Fehler bei „%(name)s“", name=event.name),
        "escalated": _("Eskalation bei „%(name)s“", name=event.name),
        "incident": _("Störung bei „%(name)s“", name=event.name),
        "resolved": _("Störung bei „%(name)s“ behoben", name=event.name),
        "central": _("Über die zentrale Poststelle gekommen, dort %(name)s", name=event.name),
        "given": _("An die Stelle „%(name)s“ gegeben", name=event.name),
    }
    return sentences.get(event.kind, event.name)


def _began(event: reads.Ereignis) -> str:
    if event.type == "userTask":
        return _("Aufgabe „%(name)s“ ist zu tun", name=event.name)
    if event.type.endswith("Event"):
        return _("Es wird gewartet: %(name)s", name=event.name)
    return _("„%(name)s“ läuft", name=event.name)


def _decisions(told: Told) -> Iterator[Line]:
    for made in told.decisions:
        yield Line(made.at, _("Entscheidung „%(name)s“: %(value)s", name=made.name, value=value(made.value)), _rules(made))


def _rules(made: reads.Entschieden) -> str:
    """Which rules fired, and because of what."""
    said = []
    for rule in made.rules:
        because = ", ".join(f"{name} = {value(given)}" for name, given in rule["inputs"].items())
        notes = f" ({'; '.join(rule['annotations'])})" if rule["annotations"] else ""
        number = value(rule["number"])
        said.append(_("Regel %(number)s von „%(table)s“%(notes)s", number=number, table=rule["decision"], notes=notes))
        if because:
            said[-1] += _(", weil %(because)s", because=because)
    return "; ".join(said)


# --- what went in and out ------------------------------------------------------------------------------------------


def _messages(told: Told) -> Iterator[Line]:
    senders = {act.detail.get("nachricht"): act.konto for act in told.acts if act.tag == "nachricht:gesendet"}
    noted = {act.detail.get("nachricht") for act in told.acts if act.tag == "nachricht:abruf-vermerkt"}
    for message in told.messages:
        if message.direction == "IN":
            yield Line(message.at, _("Eingegangen: „%(subject)s“", subject=message.subject))
            continue
        who = told.name(senders.get(message.id, SYSTEM))
        sentence = _("Nachricht „%(subject)s“ ins Postfach gelegt", subject=message.subject)
        yield Line(
            message.at,
            sentence if message.sent else _("Nachricht „%(subject)s“ wird gesendet", subject=message.subject),
            "",
            who,
        )
        if message.retrieved_at is not None and message.id not in noted:
            opened = _("Nachricht „%(subject)s“ wurde im Postfach geöffnet", subject=message.subject)
            yield Line(message.retrieved_at, opened)


def _letters(told: Told) -> Iterator[Line]:
    for document in told.documents:
        if document.kind == "brief":
            yield Line(document.created_at, _("Brief „%(name)s“ geschrieben", name=document.name))


def _notices(told: Told) -> Iterator[Line]:
    for notice in told.notices:
        yield Line(notice.drafted_at, _("Entwurf „%(name)s“ geschrieben", name=notice.name), important=False)
        if notice.approved_at is not None:
            yield Line(notice.approved_at, _("„%(name)s“ freigegeben", name=notice.name), who=notice.approver or "")
        if notice.issued_at is not None:
            yield Line(notice.issued_at, _("„%(name)s“ erlassen", name=notice.name))


# --- what people did -----------------------------------------------------------------------------------------------


def _acts(told: Told) -> Iterator[Line]:
    for act in told.acts:
        say = ACTS.get(act.tag)
        if say is not None:
            sentence, detail, important = say(told, act)
            yield Line(act.at, sentence, detail, told.both(act.konto, act.detail.get("fuer")), important)


Said = tuple[str, str, bool]


def _ended(told: Told, act: reads.Act) -> Said:
    return _(ENDINGS[act.tag]), reason_of(told.comments, act), True


def reason_of(comments: Sequence[reads.Comment], act: reads.Act) -> str:
    """Why somebody did something: the comment that was written with it."""
    text = next((one.text for one in comments if one.id == act.detail.get("kommentar")), "")
    return text.removeprefix(f"{ENDINGS.get(act.tag, '')}: ")


def _assigned(told: Told, act: reads.Act) -> Said:
    key = str(act.detail.get("leistung", ""))
    return _("Der Leistung „%(name)s“ zugeordnet", name=told.leistungen.get(key, key)), "", True


def _commented(told: Told, act: reads.Act) -> Said:
    text = next((one.text for one in told.comments if one.id == act.detail.get("kommentar")), "")
    return _("Kommentar"), text, True


def _reminder(sentence: Callable[[reads.Reminder], str]) -> Callable[[Told, reads.Act], Said]:
    def say(told: Told, act: reads.Act) -> Said:
        found = next((one for one in told.reminders if one.id == act.detail.get("wiedervorlage")), None)
        return (_("Wiedervorlage"), "", False) if found is None else (sentence(found), found.text, False)

    return say


def _task(sentence: Callable[[str], str]) -> Callable[[Told, reads.Act], Said]:
    def say(told: Told, act: reads.Act) -> Said:
        return sentence(told.tasks.get(str(act.detail.get("aufgabe")), "")), "", False

    return say


def _handed_over(told: Told, act: reads.Act) -> Said:
    name = told.tasks.get(str(act.detail.get("aufgabe")), "")
    who = told.name(str(act.detail.get("an", "")))
    return _("„%(name)s“ an %(who)s weitergegeben", name=name, who=who), "", False


def _uploaded(told: Told, act: reads.Act) -> Said:
    name = next((one.name for one in told.documents if one.id == act.detail.get("dokument")), "")
    return _("„%(name)s“ hochgeladen", name=name), "", True


def _changed(told: Told, act: reads.Act) -> Said:
    name = next((one.name for one in told.notices if one.id == act.detail.get("bescheid")), "")
    return _("Entwurf „%(name)s“ von Hand geändert", name=name), "", True


def _arrived(told: Told, act: reads.Act) -> Said:
    reason, given = reason_of(told.comments, act), str(act.detail.get("zugang", ""))
    if given == "nie":
        return _("Festgestellt: Der Bescheid ist nicht zugegangen"), reason, True
    return _("Festgestellt: Der Bescheid ist am %(day)s zugegangen", day=day(dt.date.fromisoformat(given))), reason, True


def _opened(told: Told, act: reads.Act) -> Said:
    found = next((one for one in told.messages if one.id == act.detail.get("nachricht")), None)
    reason = reason_of(told.comments, act)
    if found is None or found.retrieved_at is None:
        return _("Von Hand vermerkt: Nachricht geöffnet"), reason, True
    at = moment(found.retrieved_at)
    return _("Von Hand vermerkt: „%(subject)s“ am %(at)s geöffnet", subject=found.subject, at=at), reason, True


def _held(told: Told, act: reads.Act) -> Said:
    until = act.detail.get("bis")
    if until is None:
        return _("Löschsperre gesetzt"), "", True
    return _("Löschsperre gesetzt bis %(day)s", day=day(dt.date.fromisoformat(until))), "", True


def _help_asked(told: Told, act: reads.Act) -> Said:
    return _("Um Amtshilfe gebeten: %(name)s", name=act.detail.get("name", "")), "", True


def _help_given(told: Told, act: reads.Act) -> Said:
    text = next((one.text for one in told.comments if one.id == act.detail.get("kommentar")), "")
    return _("Amtshilfe geleistet"), text, True


def _help_ended(told: Told, act: reads.Act) -> Said:
    name, because = act.detail.get("name", ""), act.detail.get("grund")
    if because == WITH_CASE:
        return _("Amtshilfeersuchen mit dem Vorgang beendet: %(name)s", name=name), "", True
    if because == UNAWAITED:
        return _("Amtshilfeersuchen beendet, weil das Verfahren nicht mehr darauf wartet: %(name)s", name=name), "", True
    if because == BY_THE_DAY:
        return _("Amtshilfeersuchen ohne Antwort abgelaufen: %(name)s", name=name), "", True
    return _("Amtshilfeersuchen zurückgezogen: %(name)s", name=name), "", True


def _tried_again(told: Told, act: reads.Act) -> Said:
    names = act.detail.get("berichtigt")
    if not names:
        return _("Nach einer Störung noch einmal versucht"), "", False
    return _("Werte berichtigt: %(names)s", names=", ".join(map(str, names))), "", True


ACTS: dict[str, Callable[[Told, reads.Act], Said]] = {
    **dict.fromkeys(ENDINGS, _ended),
    "vorgang:zugeordnet": _assigned,
    "vorgang:kommentar": _commented,
    "vorgang:wiedervorlage": _reminder(lambda one: _("Wiedervorlage für den %(day)s angelegt", day=day(one.am))),
    "vorgang:wiedervorlage-erledigt": _reminder(lambda one: _("Wiedervorlage vom %(day)s erledigt", day=day(one.am))),
    "aufgabe:uebernommen": _task(lambda name: _("„%(name)s“ übernommen", name=name)),
    "aufgabe:zurueckgegeben": _task(lambda name: _("„%(name)s“ zurückgegeben", name=name)),
    "aufgabe:weitergegeben": _handed_over,
    "aufgabe:vier-augen": lambda told, act: (_("Vom Vier-Augen-Prinzip abgewiesen"), "", False),
    "aufgabe:datei-hochgeladen": _uploaded,
    "amtshilfe:ersucht": _help_asked,
    "amtshilfe:beantwortet": _help_given,
    "befugnis:beendet": _help_ended,
    "amtshilfe:eingesehen": lambda told, act: (_("Ersuchen um Amtshilfe angesehen"), "", False),
    "befugnis:eingesehen": lambda told, act: (_("Vorgang angesehen"), "", False),
    "bescheid:geaendert": _changed,
    "loeschsperre:gesetzt": _held,
    "loeschsperre:aufgehoben": lambda told, act: (_("Löschsperre aufgehoben"), "", True),
    "bekanntgabe:zugang": _arrived,
    "nachricht:abruf-vermerkt": _opened,
    **dict.fromkeys(("incident:wiederholt", "incident:berichtigt"), _tried_again),
}
