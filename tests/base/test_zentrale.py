"""What an operator says of a municipality is checked field by field; its states follow one table."""

from __future__ import annotations

import itertools
import re

import pytest
import sqlalchemy as sa

from engine.base.errors import Conflict, Invalid
from engine.model.zentrale import KOMMUNE, LAENDER, RESERVED, STATES, checked, may_become, moved

GOOD = {"slug": "husum", "name": "Stadt Husum", "kind": "Stadt", "land": "SH", "allow_ips": (), "stellen": ()}


def pointers(**fields: object) -> list[str | None]:
    """The places at which what was said is wrong."""
    with pytest.raises(Invalid) as caught:
        checked(**(GOOD | fields))  # type: ignore[arg-type]
    assert all(cause.message for cause in caught.value.causes)
    return [cause.pointer for cause in caught.value.causes]


@pytest.mark.parametrize("slug", ["husum", "a1b", "st-peter-ording", "k" * 40, "kreis-1"])
def test_good_slugs(slug: str) -> None:
    assert checked(**(GOOD | {"slug": slug})).slug == slug  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "slug",
    ["", "ab", "Husum", "1husum", "-husum", "husum-", "k" * 41, "hu sum", "hüsum", "husum\n", "../etc", "hu_sum", "hu;x"],
)
def test_slugs_that_are_no_names(slug: str) -> None:
    assert pointers(slug=slug) == ["/slug"]


@pytest.mark.parametrize("slug", sorted(RESERVED))
def test_reserved_words_are_no_slugs(slug: str) -> None:
    assert pointers(slug=slug) == ["/slug"]


def test_the_paths_of_the_installation_are_reserved() -> None:
    assert {"live", "ready", "metrics", "static", "antrag"} <= RESERVED


def test_there_are_sixteen_laender_and_no_other() -> None:
    assert len(LAENDER) == 16
    assert checked(**(GOOD | {"land": "de-sh"})).land == "SH"  # type: ignore[arg-type]
    assert pointers(land="XX") == ["/land"]
    assert pointers(land="") == ["/land"]


def test_kinds_are_those_of_the_land() -> None:
    assert checked(**(GOOD | {"kind": "Markt", "land": "BY"})).kind == "Markt"  # type: ignore[arg-type]
    assert checked(**(GOOD | {"kind": "Ministerium"})).kind == "Ministerium"  # type: ignore[arg-type]
    assert pointers(kind="Markt") == ["/kind"]
    assert pointers(kind="Königreich") == ["/kind"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "Hu\x00sum", "Hu\x1b[31msum"])
def test_a_name_must_be_readable(name: str) -> None:
    assert pointers(name=name) == ["/name"]


def test_networks_are_in_normal_form_and_named_once() -> None:
    given = ["192.0.2.7", " 10.0.0.0/8 ", "2001:DB8::/32", "192.0.2.7/32"]
    wanted = ("192.0.2.7/32", "10.0.0.0/8", "2001:db8::/32")
    assert checked(**(GOOD | {"allow_ips": given})).allow_ips == wanted  # type: ignore[arg-type]


@pytest.mark.parametrize("network", ["10.0.0.0/33", "300.1.1.1", "intern", "", "2001:db8::/129", "10.0.0.1/8"])
def test_what_is_no_network_is_refused_at_its_place(network: str) -> None:
    assert pointers(allow_ips=["10.0.0.0/8", network]) == ["/allow_ips/1"]


def test_host_bits_come_with_the_network_that_was_meant() -> None:
    with pytest.raises(Invalid) as caught:
        checked(**(GOOD | {"allow_ips": ["192.0.2.7/24"]}))  # type: ignore[arg-type]
    assert "192.0.2.0/24" in caught.value.causes[0].hint


def test_every_wrong_field_is_named_at_once() -> None:
    wrong = {"slug": "X", "name": "", "land": "ZZ", "kind": "Dorf", "allow_ips": ["x"], "stellen": [""]}
    assert pointers(**wrong) == ["/slug", "/name", "/land", "/kind", "/allow_ips/0", "/stellen/0"]


@pytest.mark.parametrize(("before", "after"), list(itertools.product(STATES, STATES)))
def test_every_pair_of_states(before: str, after: str) -> None:
    allowed = {
        ("entsteht", "bereit"),
        ("entsteht", "wird_entfernt"),
        ("bereit", "gesperrt"),
        ("bereit", "wird_entfernt"),
        ("gesperrt", "bereit"),
        ("gesperrt", "wird_entfernt"),
    }
    if before == after or (before, after) in allowed:
        assert may_become(before, after)
        assert moved("husum", before, after) == after
    else:
        with pytest.raises(Conflict, match="husum"):
            moved("husum", before, after)


def test_a_state_that_does_not_exist_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError, match="no such state"):
        may_become("bereit", "fertig")


def test_the_database_knows_the_same_states() -> None:
    (check,) = [item for item in KOMMUNE.constraints if isinstance(item, sa.CheckConstraint)]
    assert set(re.findall(r"'(\w+)'", str(check.sqltext))) == set(STATES)
