"""Who is competent: by the Stelle an application names, else by its Leistung and its place."""

from __future__ import annotations

from typing import Any

import pytest

from engine.base.errors import Conflict, Invalid, Unknown
from engine.model import protokoll
from engine.model.zentrale import BETRIEB
from engine.reads import operator as looks
from engine.verbs.central import competent, way_of
from engine.verbs.operator import operator, remove_rule
from tests.engine.cases import rows
from tests.engine.land import HUSUM, LEIKA, OLE, OTHER, body, read, rule

pytestmark = pytest.mark.parametrize("installation", ["sqlite"], indirect=True)


def test_the_stelle_decides_and_what_it_lacks_the_leistung_and_the_place(land: None) -> None:
    rule("kreis", leika=LEIKA, ags="01054")
    rule("husum", leika=LEIKA, ags=HUSUM, unit="42")

    def found(**control: Any) -> tuple[str | None, str | None]:
        way = way_of(read(body(**control)))
        return way.slug, way.unit

    assert found(stelle="100001", leika=(LEIKA,), ags=HUSUM) == ("kreis", None)  # the Stelle it names is known
    assert found(leika=(LEIKA,), ags=HUSUM) == ("husum", "42")  # most specific wins
    assert found(leika=(LEIKA,), ars="010540000056") == ("husum", "42")
    assert found(leika=(LEIKA,), ags="01054088") == ("kreis", None)  # another Gemeinde of the Kreis
    assert found(stelle=HUSUM, leika=(LEIKA,)) == ("husum", "42")  # the place stands where the Stelle should
    assert found(leika=(OTHER,), ags=HUSUM) == (None, None)
    assert found(leika=(LEIKA,), ags="01055001") == (None, None)
    assert found(leika=(LEIKA,)) == (None, None)
    assert found(ags=HUSUM) == (None, None)


def test_a_number_of_a_stelle_that_only_looks_like_a_place_is_for_no_land(land: None) -> None:
    rule("kreis", leika=LEIKA, ags="10")
    assert competent(read(body(stelle="10026453", leika=(LEIKA,)))) is None
    assert competent(read(body(stelle="10026453", leika=(LEIKA,), ags="10026453"))) is not None


def test_two_municipalities_at_one_place_are_nobody(land: None) -> None:
    rule("kreis", leika=LEIKA, ags=HUSUM)
    rule("husum", leika=OTHER, ags=HUSUM)
    assert way_of(read(body(leika=(LEIKA, OTHER), ags=HUSUM))).slug is None
    assert way_of(read(body(leika=(LEIKA,), ags=HUSUM))).slug == "kreis"


def test_the_amt_of_an_ars_is_more_than_its_kreis(land: None) -> None:
    rule("husum", leika=LEIKA, ags="010545439")
    rule("kreis", leika=LEIKA, ags="01054")
    assert way_of(read(body(leika=(LEIKA,), ars="010545439022"))).slug == "husum"
    assert way_of(read(body(leika=(LEIKA,), ags="01054022"))).slug == "kreis"  # an AGS names no Amt


def test_rules_are_checked_and_no_two_contradict(land: None) -> None:
    first = rule("husum", leika=LEIKA, ags=HUSUM, unit="42")
    assert rule("husum", leika=LEIKA, ags="010540000056", unit="42") == first  # the same place as an ARS: the same again
    for said in ({"leika": LEIKA, "ags": HUSUM}, {"stelle": "200002"}):
        with pytest.raises(Conflict, match="husum"):
            rule("kreis", **said)
    wrong: list[dict[str, str]] = [
        {}, {"stelle": "1", "leika": LEIKA, "ags": HUSUM}, {"leika": "99", "ags": HUSUM}, {"leika": LEIKA, "ags": "17000000"},
        {"leika": LEIKA, "ags": "0105"}, {"leika": LEIKA}, {"ags": HUSUM}, {"stelle": "1", "unit": "2"}, {"stelle": "x" * 101},
    ]  # fmt: skip
    for said in wrong:
        with pytest.raises(Invalid):
            rule("husum", **said)
    for nobody in ("gibtsnicht", BETRIEB):
        with pytest.raises(Invalid) as refusal:
            rule(nobody, stelle="5")
        assert refusal.value.causes[0].pointer == "/kommune"
    with operator():
        remove_rule(first, by=OLE)
        with pytest.raises(Unknown):
            remove_rule(first, by=OLE)
        told = [(row.tag, row.konto) for row in rows(protokoll.T)]
    assert told == [("zustaendigkeit:eingetragen", "ole"), ("zustaendigkeit:entfernt", "ole")]
    assert {one.stelle for one in looks.all_rules()} == {"200002", "100001"}
