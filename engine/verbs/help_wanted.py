"""Help wanted: what becomes of a call whose connector wants more kept than its variables: an Amtshilfe that is asked, a letter.

The Auftrag `amtshilfe.anfragen` is worked in the house: its connector reads what the diagram gives, and the request is made in
the transaction that ends the Auftrag, with an id made from the key. So it is made once, however often the Auftrag is worked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from engine.base.db import Tx
from engine.base.ports import Answer, Call, HelpWanted
from engine.base.rights import SYSTEM, acting
from engine.model.auftrag import Claim
from engine.verbs import letters
from engine.verbs.cooperate import ASKED, name_of_guest, put_request
from engine.verbs.letters import Writing


def to_keep(claim: Claim, call: Call, answer: Answer, documents: Sequence[Mapping[str, Any]]) -> Writing | None:
    """What is kept with the answer of a connector besides; None if nothing is."""
    if answer.help is not None:
        id = id_of(call.key)
        return Writing({"ersuchen": id}, partial(_ask, claim.vorgang_id, id, answer.help, name_of_guest(answer.help.guest)))
    return letters.writing(claim, call.letter, documents) if call.letter is not None else None


def id_of(key: str) -> str:
    """The id of the request that an Auftrag with that key makes."""
    return hashlib.sha256(key.encode()).hexdigest()[:26]


def _ask(vorgang_id: str, id: str, wanted: HelpWanted, name: str | None, tx: Tx) -> None:
    """Ask as the process. The Protokoll has a line of it beside that of the Auftrag."""
    with acting(ASKED, SYSTEM):
        put_request(tx, id, vorgang_id, wanted, name, SYSTEM)
