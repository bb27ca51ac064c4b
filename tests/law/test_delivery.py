"""When a notice counts as delivered: each row of the table, what its end depends on, and what is refused instead of guessed."""

from __future__ import annotations

import dataclasses
import datetime as dt
import tomllib
from pathlib import Path

import pytest

import engine.law.rules
from engine.base.errors import Invalid
from engine.law import Berechnung, NotDelivered, channel_of, deemed_delivered
from engine.law.delivery import apply, rule_for
from engine.law.rules import DeliveryRule, checked_delivery, delivery_rules, read

MONDAY = dt.date(2026, 3, 2)
FILE = Path(engine.law.rules.__file__).with_name("zustellung.toml")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("channel", "land", "sent", "consent", "delivered", "source"),
    [
        pytest.param("post", "BUND", "2026-03-02", None, "2026-03-06", "§ 41 Abs. 2 Satz 1 VwVfG", id="vierter Tag, Bund"),
        pytest.param("post", "SH", "2026-03-02", None, "2026-03-06", "§ 110 Abs. 2 Satz 1 LVwG", id="vierter Tag, SH"),
        pytest.param("post", "BY", "2026-03-02", None, "2026-03-06", "Art. 41 Abs. 2 Satz 1 BayVwVfG", id="auch in Bayern"),
        pytest.param("post", "SH", "2026-03-03", None, "2026-03-07", "§ 110 Abs. 2 Satz 1 LVwG", id="Sonnabend rückt nicht"),
        pytest.param("post", "SH", "2026-03-31", None, "2026-04-04", "§ 110 Abs. 2 Satz 1 LVwG", id="über Karfreitag hinweg"),
        pytest.param("post", "SH", "2026-04-02", None, "2026-04-06", "§ 110 Abs. 2 Satz 1 LVwG", id="Ostermontag rückt nicht"),
        pytest.param("post", "BUND", "2025-01-01", None, "2025-01-05", "§ 41 Abs. 2 Satz 1 VwVfG", id="erster Tag der Regel"),
        pytest.param("elektronisch", "SH", "2026-03-02", None, "2026-03-06", "§ 110 Abs. 2 Satz 2 LVwG", id="Absendung, SH"),
        pytest.param("ozg_postfach", "SH", "2026-03-02", None, "2026-03-05", "§ 9 Abs. 1 OZG", id="dritter Tag, Postfach"),
        pytest.param("ozg_postfach", "NI", "2024-07-24", True, "2024-07-27", "§ 9 Abs. 1 OZG", id="in jedem Land"),
        pytest.param("ozg_postfach", "BUND", "2026-03-02", None, "2026-03-05", "§ 9 Abs. 1 OZG", id="auch beim Bund"),
        pytest.param("bayern_digital", "BY", "2026-03-02", True, "2026-03-05", "Art. 24 Abs. 2 Satz 1 BayDiG", id="Bayern"),
    ],
)  # fmt: skip
def test_a_notice_counts_as_delivered_on_the_day_of_the_table(channel, land, sent, consent, delivered, source):
    made = deemed_delivered(channel, land, day(sent), consent)
    assert isinstance(made, Berechnung)
    assert (made.result, made.source) == (day(delivered), source)
    assert made.steps[0].day == day(sent)
    assert made.steps[-1].day == day(delivered)
    assert all(f"({source})" in step.text for step in made.steps)


def test_the_steps_name_what_is_counted_from():
    made = deemed_delivered("post", "SH", MONDAY)
    paragraph = "(§ 110 Abs. 2 Satz 1 LVwG)"
    assert [step.text for step in made.steps] == [
        f"Aufgabe zur Post: Montag, 2. März 2026; dieser Tag zählt nicht mit {paragraph}.",
        f"Der 4. Tag danach: Freitag, 6. März 2026. Der Bescheid gilt an diesem Tag als bekanntgegeben {paragraph}.",
    ]


# --- retrieval ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("land", ["SH", "BUND"])
@pytest.mark.parametrize(
    ("retrieved", "delivered"),
    [("2026-03-02", "2026-03-03"), ("2026-03-09", "2026-03-10"), ("2026-03-12", "2026-03-13")],
)
def test_what_is_retrieved_in_time_is_delivered_the_day_after(land, retrieved, delivered):
    made = deemed_delivered("abruf", land, MONDAY, True, day(retrieved))
    assert isinstance(made, Berechnung)
    assert made.result == day(delivered)


@pytest.mark.parametrize("retrieved", [None, "2026-03-13", "2026-12-24"])
def test_what_is_not_retrieved_within_ten_days_needs_another_way(retrieved):
    made = deemed_delivered("abruf", "SH", MONDAY, True, retrieved and day(retrieved))
    assert isinstance(made, NotDelivered)
    assert made.sentence.startswith("nicht bekanntgegeben; anderer Weg: erneut bereitstellen oder Post")
    assert (made.retrievable_bis, made.source) == (day("2026-03-12"), "§ 110 Abs. 2a LVwG")
    assert made.steps[-1].day == day("2026-03-12")


def test_fetching_it_early_from_the_postfach_changes_nothing():
    made = deemed_delivered("ozg_postfach", "SH", MONDAY, None, day("2026-03-03"))
    assert isinstance(made, Berechnung)
    assert made.result == day("2026-03-05")
    assert "ändert den Tag der Bekanntgabe nicht" in made.steps[1].text


# --- consent, notification, arrival ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "land", "consent"),
    [
        ("abruf", "SH", None), ("abruf", "SH", False), ("bayern_digital", "BY", None), ("bayern_digital", "BY", False),
        ("ozg_postfach", "SH", False), ("elektronisch", "SH", False),
    ],
)  # fmt: skip
def test_without_the_consent_that_is_needed_nothing_is_delivered(channel, land, consent):
    made = deemed_delivered(channel, land, MONDAY, consent, MONDAY)
    assert isinstance(made, NotDelivered)
    assert "Einwilligung" in made.sentence
    assert "anderer Weg: " in made.sentence
    assert made.retrievable_bis is None


def test_a_letter_needs_no_consent():
    assert isinstance(deemed_delivered("post", "SH", MONDAY, False), Berechnung)


@pytest.mark.parametrize("notified", ["2026-02-27", "2026-03-02"])
def test_the_notification_goes_out_at_the_latest_on_the_day_of_provision(notified):
    assert isinstance(deemed_delivered("ozg_postfach", "SH", MONDAY, notified=day(notified)), Berechnung)
    late = deemed_delivered("ozg_postfach", "SH", MONDAY, notified=day("2026-03-03"))
    assert isinstance(late, NotDelivered)
    assert "Die Benachrichtigung ging erst am Dienstag, 3. März 2026 hinaus" in late.sentence


def test_in_bavaria_the_days_are_counted_from_the_notification():
    made = deemed_delivered("bayern_digital", "BY", MONDAY, True, notified=day("2026-03-04"))
    assert isinstance(made, Berechnung)
    assert made.result == day("2026-03-07")


def test_the_window_for_fetching_begins_with_the_notification():
    made = deemed_delivered("abruf", "SH", MONDAY, True, day("2026-03-14"), notified=day("2026-03-04"))
    assert isinstance(made, Berechnung)
    assert made.result == day("2026-03-15")
    late = deemed_delivered("abruf", "SH", MONDAY, True, day("2026-03-15"), notified=day("2026-03-04"))
    assert isinstance(late, NotDelivered)
    assert late.retrievable_bis == day("2026-03-14")


def test_what_arrived_later_is_delivered_on_that_day():
    made = deemed_delivered("post", "SH", MONDAY, arrived=day("2026-03-11"))
    assert isinstance(made, Berechnung)
    assert made.result == day("2026-03-11")
    assert made.source == "§ 110 Abs. 2 Satz 1 LVwG; § 110 Abs. 2 Satz 3 LVwG"


@pytest.mark.parametrize("arrived", ["2026-03-03", "2026-03-06"])
def test_what_arrived_earlier_is_delivered_on_the_presumed_day(arrived):
    made = deemed_delivered("post", "SH", MONDAY, arrived=day(arrived))
    assert isinstance(made, Berechnung)
    assert made.result == day("2026-03-06")


def test_what_never_arrived_is_not_delivered():
    made = deemed_delivered("bayern_digital", "BY", MONDAY, True, arrived="nie")
    assert isinstance(made, NotDelivered)
    assert (
        made.sentence == "nicht bekanntgegeben; anderer Weg: Post. Der Bescheid ist nicht zugegangen; die Vermutung entfällt."
    )
    assert "Art. 24 Abs. 2 Satz 2 BayDiG" in made.source


# --- refused, not guessed ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "land", "sent", "sentence"),
    [
        pytest.param("post", "BUND", "2024-12-31", "die hinterlegte gilt ab Mittwoch, 1. Januar 2025", id="vor der Regel"),
        pytest.param("ozg_postfach", "SH", "2024-07-23", "gilt ab Mittwoch, 24. Juli 2024", id="vor dem neuen § 9 OZG"),
        pytest.param("post", "NI", "2026-03-02", "in Niedersachsen keine Regel hinterlegt, nur für", id="keine Zeile"),
        pytest.param("elektronisch", "BUND", "2026-03-02", "Bundesbehörden keine Regel hinterlegt", id="keine Zeile, Bund"),
        pytest.param("bayern_digital", "SH", "2026-03-02", "nur für: Bayern", id="bayerischer Weg in SH"),
        pytest.param("brieftaube", "SH", "2026-03-02", "Den Weg „brieftaube“ gibt es nicht", id="kein Weg"),
        pytest.param("post", "XX", "2026-03-02", "Das Land „XX“ gibt es nicht", id="kein Land"),
        pytest.param("post", "ALLE", "2026-03-02", "Das Land „ALLE“ gibt es nicht", id="ALLE ist kein Land"),
        pytest.param("post", "SH", "1582-10-15", "1583 bis 9998", id="1582"),
        pytest.param("post", "SH", "9999-01-01", "1583 bis 9998", id="9999"),
        pytest.param("post", "SH", "9998-12-30", "9998", id="Ergebnis nach 9998"),
    ],
)  # fmt: skip
def test_where_there_is_no_rule_it_is_refused_with_a_sentence(channel, land, sent, sentence):
    with pytest.raises(Invalid, match=sentence):
        deemed_delivered(channel, land, day(sent))


def test_days_in_an_impossible_order_are_refused():
    with pytest.raises(Invalid, match=r"„Abruf“ .* liegt vor"):
        deemed_delivered("abruf", "SH", MONDAY, True, day("2026-03-01"))
    with pytest.raises(Invalid, match=r"„Zugang“ .* liegt vor"):
        deemed_delivered("post", "SH", MONDAY, arrived=day("2026-03-01"))
    for channel, land in (("bayern_digital", "BY"), ("abruf", "SH")):
        with pytest.raises(Invalid, match=r"„Benachrichtigung“ .* liegt vor"):
            deemed_delivered(channel, land, MONDAY, True, MONDAY, notified=day("2026-03-01"))
    assert isinstance(deemed_delivered("post", "SH", MONDAY, notified=day("2026-03-01")), Berechnung)  # of an earlier attempt
    with pytest.raises(Invalid, match="„Zugang“ ist kein Tag"):
        deemed_delivered("post", "SH", MONDAY, arrived="gestern")
    with pytest.raises(Invalid, match="„Benachrichtigung“ ist kein Tag"):
        deemed_delivered("ozg_postfach", "SH", MONDAY, notified="heute")


# --- accounts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "land", "channel"),
    [
        ("OSI", "SH", "ozg_postfach"), ("BUND_ID", "SH", "ozg_postfach"), ("BAYERN_ID", "SH", "ozg_postfach"),
        ("BayernID", "BY", "bayern_digital"), ("OSI", "BY", "bayern_digital"), ("ZBP", "BUND", "ozg_postfach"),
        ("e-mail", "SH", "elektronisch"), ("De-Mail", "SH", "elektronisch"), ("Post", "SH", "post"), ("Brief", "BY", "post"),
        ("Portal", "SH", "abruf"), ("Bürgerportal", "SH", "abruf"), ("BUERGERPORTAL", "BUND", "abruf"),
    ],
)  # fmt: skip
def test_which_channel_an_account_is(account, land, channel):
    assert channel_of(account, land) == channel


@pytest.mark.parametrize("account", ["MUK", "Unternehmenskonto", "", "OSI2", None, 7, "O" * 100_000])
def test_an_account_nobody_knows_has_no_channel(account):
    with pytest.raises(Invalid, match="kein Weg der Bekanntgabe hinterlegt") as refused:
        channel_of(account, "SH")
    assert len(refused.value.sentence) < 200


def test_an_account_in_no_land_is_refused():
    with pytest.raises(Invalid, match="gibt es nicht"):
        channel_of("OSI", "XX")


# --- the rules as data ---------------------------------------------------------------------------------------------------


def test_no_rule_moves_unless_the_table_says_so_and_then_it_does():
    assert not any(rule.moves for rule in delivery_rules())
    moving = dataclasses.replace(rule_for("post", "SH", MONDAY), moves=True)
    rest = {"notified": None, "arrived": None, "own": ()}
    made = apply(moving, "SH", day("2026-03-31"), None, None, **rest)
    assert isinstance(made, Berechnung)
    assert made.result == day("2026-04-07")  # 4 April is Easter Saturday
    assert "Ostermontag" in made.steps[-1].text
    stays = apply(moving, "SH", MONDAY, None, None, **rest)
    assert isinstance(stays, Berechnung)
    assert stays.result == day("2026-03-06")


def test_a_later_rule_takes_over_on_its_first_day(monkeypatch):
    old = rule_for("post", "BUND", MONDAY)
    ending = dataclasses.replace(old, valid_to=day("2027-12-31"))
    new = dataclasses.replace(old, id="post-bund-2028", days=5, valid_from=day("2028-01-01"))
    rules = checked_delivery((ending, new))
    monkeypatch.setattr("engine.law.delivery.delivery_rules", lambda: rules)
    assert deemed_delivered("post", "BUND", day("2027-12-31")).result == day("2028-01-04")
    assert deemed_delivered("post", "BUND", day("2028-01-01")).result == day("2028-01-06")


@pytest.mark.parametrize(
    "change",
    [
        {"channel": "fax"}, {"land": "XX"}, {"consent": "vielleicht"}, {"counts_from": "gestern"}, {"days": -1}, {"days": 365},
        {"window_days": 10}, {"valid_to": dt.date(2020, 1, 1)},
    ],
    ids=str,
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused(change):
    with pytest.raises(Invalid) as refused:
        checked_delivery((dataclasses.replace(rule_for("post", "SH", MONDAY), **change),))
    assert [next(iter(change)) in cause.message for cause in refused.value.causes] == [True]


def test_two_rules_for_one_day_are_refused():
    rule = rule_for("post", "SH", MONDAY)
    with pytest.raises(Invalid) as refused:
        checked_delivery((rule, dataclasses.replace(rule, id="noch-eine", valid_from=day("2026-01-01"))))
    assert refused.value.causes[0].message == "Die Regeln post-sh und noch-eine gelten zugleich."


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("days", "vier", "„days“ hat eine falsche Art von Wert"), ("days", True, "„days“ hat eine falsche Art von Wert"),
        ("valid_from", "2025-01-01", "„valid_from“ hat eine falsche Art von Wert"), ("tage", 4, "„tage“ ist unbekannt"),
        ("source", None, "„source“ fehlt"),
    ],
)  # fmt: skip
def test_an_entry_with_a_slip_is_refused_by_name(field, value, message):
    entry = {**tomllib.loads(FILE.read_text(encoding="utf-8"))["rule"][0], field: value}
    if value is None:
        del entry[field]
    with pytest.raises(Invalid) as refused:
        read(DeliveryRule, [entry], "zustellung.toml")
    assert [cause.message for cause in refused.value.causes] == [f"1. Eintrag (post-bund): {message}."]
