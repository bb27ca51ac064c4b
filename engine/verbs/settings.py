"""Settings: what the Administration of a municipality sets: letterhead and texts, connectors, senders, parameters."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any

from engine.base import db, files
from engine.base.db import Tx
from engine.base.errors import Cause, Conflict, Invalid
from engine.base.ports import Connectors, File, Letter, Refused, Renderer
from engine.base.rights import Konto, verb
from engine.model import auftrag, breaker, einstellung, letterhead, parameter, protokoll
from engine.model.bundle import Bundle
from engine.model.parameter import Field, Own
from engine.model.typed import Wrong, check, read, show
from engine.reads.parameters import CHANGED, parameters_of, state_of
from engine.verbs.offering import offer
from engine.verbs.parameters import misused

WRONG = "Das wurde nicht gespeichert."
CONNECTOR, SENDERS = "konnektor.", "antrag.absender"
MOST_NETWORKS = 200


# --- letters -------------------------------------------------------------------------------------------------------


@verb(right="kommune.verwalten", tag="briefkopf:geaendert")
def change_letterhead(
    said: Mapping[str, Any], texts: Mapping[str, Any], logo: File | None, renderer: Renderer, *, by: Konto
) -> None:
    """Set the head of the municipality's letters and the texts at their end.

    `logo` is a new picture, one without bytes takes the old one away; None leaves it as it is. A letter is set with all of it
    before it counts.

    Raises:
        Invalid: it is too long, the picture cannot be used, or no letter can be set with it; causes point at fields.
    """
    sample = sample_letter(said, texts, logo)
    try:
        renderer.render(sample, logo_of(sample, logo))
    except Refused as refused:
        raise Invalid(WRONG, [Cause(str(refused), pointer="/logo" if "Logo" in str(refused) else None)]) from refused
    if logo is not None:
        with db.reading() as tx:
            so_far = letterhead.head_of(tx).logo
        if so_far:
            files.wanted(so_far)  # a letter that is just being drafted will name it
        if logo.content:
            files.put(logo.content)
    kept = {**said, **{name: getattr(sample.letterhead, name) for name in ("logo", "logo_type", "logo_alt")}}
    with db.transaction() as tx:
        before = {**einstellung.read(tx, letterhead.HEAD, {}), **letterhead.texts_of(tx)}
        einstellung.write(tx, letterhead.HEAD, kept)
        einstellung.write(tx, letterhead.TEXTS, dict(texts))
        changed = sorted(name for name, value in {**kept, **texts}.items() if before.get(name, type(value)()) != value)
        protokoll.record(tx, None, einstellung=letterhead.HEAD, geaendert=changed)


def sample_letter(said: Mapping[str, Any], texts: Mapping[str, Any], logo: File | None) -> Letter:
    """A letter that shows a letterhead and texts as they were typed.

    Raises:
        Invalid: they cannot be used; causes point at fields.
    """
    with db.reading() as tx:
        head = letterhead.head_of(tx)
    causes = list(letterhead.faults({**said, **texts}))
    picture = {"logo": head.logo, "logo_type": head.logo_type}
    if logo is not None:
        kind, why = letterhead.picture_of(logo.content) if logo.content else ("", "")
        causes += [Cause(why, pointer="/logo")] if why else []
        picture = {"logo": hashlib.sha256(logo.content).hexdigest() if logo.content else "", "logo_type": kind}
    if causes:
        raise Invalid(WRONG, causes)
    return letterhead.sample({**said, **picture}, texts)


def logo_of(letter: Letter, logo: File | None) -> bytes:
    """The bytes of the picture in a letter's head: just typed in, or kept."""
    if logo is not None:
        return logo.content
    return files.get(letter.letterhead.logo) if letter.letterhead.logo else b""


# --- outside -------------------------------------------------------------------------------------------------------


@verb(right="kommune.verwalten", tag="konnektor:geaendert")
def change_connector(name: str, typed: Mapping[str, str], connectors: Connectors, *, by: Konto) -> None:
    """Set a connector; if the other side did not answer, it is tried again. A secret that was left empty stays as it is.

    Raises:
        Unknown: there is no such connector.
        Invalid: the settings do not fit; causes point at fields.
    """
    with db.transaction() as tx:
        before = einstellung.read(tx, CONNECTOR + name, {})
        config = connectors.read_settings(name, typed, before)
        einstellung.write(tx, CONNECTOR + name, config)
        changed = sorted(key for key in {*config, *before} if config.get(key) != before.get(key))
        if breaker.try_now(tx, name):
            _again_at_once(tx, name)
        protokoll.record(tx, None, konnektor=name, geaendert=changed)


@verb(right="kommune.verwalten", tag="konnektor:erneut")
def try_connector(name: str, *, by: Konto) -> bool:
    """Try an outside system now that does not answer, with one Auftrag; False if there is nothing to wait for any more."""
    with db.transaction() as tx:
        if not breaker.try_now(tx, name):
            return False
        _again_at_once(tx, name)
        protokoll.record(tx, None, konnektor=name)
    return True


def _again_at_once(tx: Tx, name: str) -> None:
    """Let nothing that waits for a connector wait for a time of its own: one of them tries, then all go on."""
    auftrag.bring_forward(tx, name)
    tx.after(offer)


@verb(right="kommune.verwalten", tag="absender:geaendert")
def change_senders(networks: Iterable[str], *, by: Konto) -> None:
    """Say from which networks applications are taken; without any from none.

    Raises:
        Invalid: with a cause for every network that is none.
    """
    wanted, causes = list[str](), list[Cause]()
    for text in networks:
        try:
            wanted.append(str(ipaddress.ip_network(text.strip(), strict=False)))
        except ValueError:
            causes.append(Cause(f"„{text.strip()[:60]}“ ist kein Netz.", "Zum Beispiel 192.0.2.0/24.", "/netze"))
    if len(wanted) > MOST_NETWORKS:
        causes.append(Cause(f"Das sind zu viele Netze, höchstens {MOST_NETWORKS}.", pointer="/netze"))
    if causes:
        raise Invalid(WRONG, causes[:20])
    with db.transaction() as tx:
        before = einstellung.read(tx, SENDERS, [])
        einstellung.write(tx, SENDERS, wanted)
        protokoll.record(tx, None, von=before, auf=wanted)


# --- parameters ----------------------------------------------------------------------------------------------------


@verb(right="kommune.verwalten", tag=CHANGED)
def change_parameters(key: str, values: Mapping[str, Any], seen: str | None = None, *, by: Konto) -> None:
    """Set parameters of a Leistung for the cases that start from now on; running ones keep theirs.

    `values` are texts as people write them (or values), by path; None takes the bundle's value again, and so does the bundle's
    value itself. `seen` names the state that was looked at. What the current version does not know any more is dropped.

    Raises:
        Unknown: there is no such Leistung.
        Conflict: others have changed it meanwhile, or a new version was deployed.
        Invalid: a value is none of its kind, out of bounds, or not what the process takes it for; causes point at paths.
    """
    with db.transaction() as tx:
        bundle, fields, mine = parameters_of(tx, key)
        stale = seen is not None and seen != state_of(bundle, mine)
        wanted = _wanted(bundle, fields, mine, values)
        if stale and wanted != mine.used:  # a double click asks for what is so already
            raise Conflict("Diese Werte wurden inzwischen geändert, oder es gibt eine neue Fassung.")
        told = {
            path: [show(each.kind, mine.used.get(path, each.given)), show(each.kind, wanted.get(path, each.given))]
            for path, each in fields.items()
            if mine.used.get(path, each.given) != wanted.get(path, each.given)
        }
        gone = sorted(mine.unused)
        if told or gone:
            parameter.keep(tx, key, wanted)
            protokoll.record(tx, None, leistung=key, fassung=bundle.id, werte=told, entfallen=gone)


def _wanted(bundle: Bundle, fields: Mapping[str, Field], mine: Own, values: Mapping[str, Any]) -> dict[str, Any]:
    """The municipality's own values after a change, checked one by one and then all together."""
    wanted, causes = dict(mine.used), list[Cause]()
    for path, given in values.items():
        if path not in fields:
            causes.append(Cause("Diesen Wert gibt es in der Fassung nicht.", pointer=f"/{path}"))
            continue
        each = fields[path]
        try:
            value = _value(each, given)
        except Wrong as wrong:
            causes.append(Cause(str(wrong), pointer=f"/{path}"))
            continue
        wanted.pop(path, None)
        if value is not None and value != each.given:
            wanted[path] = value
    if not causes:
        causes = [
            Cause(message[:1].upper() + message[1:] + "." * (not message.endswith(".")), pointer=f"/{path}")
            for path, message, _ in misused(parameter.replaced(bundle, wanted))  # its hints speak to designers
        ]
    if causes:
        raise Invalid(WRONG, causes)
    return wanted


def _value(each: Field, given: Any) -> Any:
    """A value as it was typed or given; None for what is left to the bundle."""
    if given is None or (each.given is None and given == ""):
        return None
    if isinstance(given, str):
        return read(each.kind, given, each.bounds)
    check(each.kind, given, each.bounds)
    return given
