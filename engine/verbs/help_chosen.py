"""Help chosen: what of a case a request for Amtshilfe opens: documents, and fields of the application by their paths."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.base.db import Tx
from engine.base.errors import Cause
from engine.base.ports import HelpWanted
from engine.bpmn.codec import decode
from engine.model import antrag, dokument

NUMBERED = "~#"
"""Before the number of one of several fields of one name; no name has it, for a tilde in one is `~0`."""
LONGEST_SHOWN, MOST_SHOWN = 100, 10


def wrong_choice(tx: Tx, vorgang_id: str, wanted: HelpWanted) -> list[Cause]:
    """A cause for documents and for fields that the case does not have: asked with them, the request would open nothing."""
    d, a, causes = dokument.T, antrag.T, []
    own = set(tx.scalars(sa.select(d.c.id).where(d.c.vorgang_id == vorgang_id, d.c.kind != dokument.DRAFT)))
    if not set(wanted.documents) <= own:
        causes.append(Cause("Dieses Dokument gehört nicht zum Vorgang.", pointer="/dokumente"))
    kept = tx.scalar(sa.select(a.c.fields).where(a.c.vorgang_id == vorgang_id)) if wanted.fields else None
    fields = [] if kept is None else decode(kept)
    for path in wanted.fields:
        if not chosen_fields(fields, [path]):
            hint = "Pfade nennen die Namen von Gruppe und Feld, wie standort/flurstueck."
            causes.append(Cause(f"Das Feld „{path[:LONGEST_SHOWN]}“ gibt es in diesem Antrag nicht.", hint, "/felder"))
    return causes[:MOST_SHOWN]


def chosen_fields(fields: Sequence[Mapping[str, Any]], paths: Collection[str]) -> list[dict[str, Any]]:
    """Of an application those fields that are chosen, in their groups; a chosen group is chosen with all it holds.

    A path that does not say which of several of one name (`steps`) chooses them all.
    """
    return list(_chosen(fields, set(paths)))


def _chosen(fields: Sequence[Mapping[str, Any]], paths: Collection[str]) -> Iterator[dict[str, Any]]:
    for any_of_it, this, one in steps(fields):
        if any_of_it in paths or this in paths:
            yield dict(one)
            continue
        heads = (f"{any_of_it}/", f"{this}/")
        inside = {path.split("/", 1)[1] for path in paths if path.startswith(heads)}
        if inside and (found := list(_chosen(one.get("items") or (), inside))):
            yield {**one, "items": found}


def steps(fields: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The fields of one level, each with the step of a path that means all of its name, and the one that means it alone.

    Of several of one name the second is `name~#2`; a slash in a name is `~1` (as in RFC 6901): none is taken for another.
    """
    names = [str(one["name"]).replace("~", "~0").replace("/", "~1") for one in fields]
    in_all, so_far = Counter(names), Counter[str]()
    for name, one in zip(names, fields, strict=True):
        so_far[name] += 1
        yield name, name if in_all[name] == 1 else f"{name}{NUMBERED}{so_far[name]}", one
