"""For one Leistung there is one gemeinsames Amt at a time: a second is refused where it is offered and where it is signed."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from engine.base import db
from engine.base.errors import Conflict, Invalid
from engine.model import grant
from engine.verbs.cooperate import end_grant, offer_agreement
from tests.engine.cases import rows
from tests.engine.neighbours import OFFICE, ThroughJson, agreed, at, sign, today

EARLY, LATE = (0, 30), (31, 60)


def offer(guest: str, days: tuple[int, int] = EARLY, form: str = grant.DELEGATION, opens: tuple[str, str] = OFFICE) -> str:
    with at("husum", "chef") as chef:
        return offer_agreement(
            grant.GEMEINSAMES_AMT, guest, opens, "Vertrag", today(days[0]), today(days[1]), legal_form=form, by=chef
        )


def two_offers() -> tuple[str, str]:
    """Two for the same days, as there may be from before this was refused."""
    first, second = offer("kreis"), offer("heide", LATE)
    with db.namespace("husum"), db.transaction() as tx:
        days = {"from_am": today(), "until_bis": today(30)}
        tx.execute(sa.update(grant.T).where(grant.T.c.id == second).values(**days))
    return first, second


def at_once(*acts: Callable[[], object]) -> list[str]:
    """What becomes of acts that are done at the same time."""
    together, said = threading.Barrier(len(acts)), list[str]()

    def one(act: Callable[[], object]) -> None:
        together.wait(10)
        try:
            act()
            said.append("")
        except (Conflict, Invalid) as refused:
            said.append(type(refused).__name__)

    threads = [threading.Thread(target=one, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return sorted(said)


@pytest.mark.parametrize("first", [grant.DELEGATION, grant.MANDATE])
@pytest.mark.parametrize("second", [grant.DELEGATION, grant.MANDATE])
@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_second_one_for_the_same_days_is_not_offered(way: ThroughJson, first: str, second: str) -> None:
    agreed("husum", "kreis", grant.GEMEINSAMES_AMT, OFFICE, last=30, form=first)
    for guest, days in (("heide", (30, 90)), ("kreis", (0, 1)), ("heide", (10, 12))):
        with pytest.raises(Invalid) as refused:
            offer(guest, days, second)
        [cause] = refused.value.causes
        assert cause.pointer == "/was"
        days_said = f"vom {today():%d.%m.%Y} bis zum {today(30):%d.%m.%Y}"
        assert f"„zwei“ ist {days_said} schon der Kommune „Nordfriesland“ vereinbart" in cause.message
        assert f"§ {first} GkZ" in cause.message
    offer("heide", (31, 90), second)
    offer("heide", EARLY, second, ("leistung", "offen"))


def test_what_is_only_offered_or_has_ended_makes_room_when_it_is_ended(way: ThroughJson) -> None:
    open_ = offer("kreis")
    with pytest.raises(Invalid, match="angeboten werden") as refused:
        offer("heide")
    assert "angeboten (§ 18" in refused.value.causes[0].message
    with at("husum", "chef") as chef:
        end_grant(open_, by=chef)
    other = offer("heide")
    sign("heide", "husum", other)
    with at("husum", "chef") as chef:
        end_grant(other, by=chef)
    sign("kreis", "husum", offer("kreis"))


def test_of_two_that_were_offered_one_is_signed(way: ThroughJson) -> None:
    first, second = two_offers()
    sign("heide", "husum", second)
    with pytest.raises(Conflict, match="schon ein anderes gemeinsames Amt") as refused:
        sign("kreis", "husum", first)
    assert "Heide" not in refused.value.sentence, "with whom is nobody else's affair"
    sign("heide", "husum", second)  # once more changes nothing
    with at("husum", "chef") as chef:
        end_grant(second, by=chef)
    sign("kreis", "husum", first)


def test_of_two_at_the_same_moment_one_is_refused(way: ThroughJson) -> None:
    assert at_once(lambda: offer("kreis", LATE), lambda: offer("heide", LATE)) == ["", "Invalid"]
    with db.namespace("husum"), db.transaction() as tx:
        tx.execute(sa.delete(grant.T))
    first, second = two_offers()
    assert at_once(lambda: sign("kreis", "husum", first), lambda: sign("heide", "husum", second)) == ["", "Conflict"]
    with db.namespace("husum"):
        assert sorted(row.signed_at is not None for row in rows(grant.T)) == [False, True]
