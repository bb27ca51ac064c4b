"""The OZG-Cloud push interface: what is read, what is tolerated, what is refused and in which words."""

import datetime as dt
import json
from copy import deepcopy
from dataclasses import FrozenInstanceError
from decimal import Decimal
from typing import Any

import pytest

from engine.base.errors import Invalid, TooLarge, Unreadable
from engine.base.ports import File
from forms.antrag import Antrag, Feld, Limits, Servicekonto, read_push

ID = "7c1b0c1e-0000-4000-8000-000000000001"
APPLICATION: dict[str, Any] = {
    "control": {
        "transactionId": ID,
        "zustaendigeStelle": "100001",
        "leikaIds": ["99093003001000"],
        "formId": "baumfaellung",
        "name": "Antrag auf Baumfällgenehmigung",
        "serviceKonto": {
            "type": "OSI",
            "trustLevel": "STORK-QAA-Level-3",
            "postfachAddress": {"identifier": "00000000-0000-4000-8000-000000000002", "type": "citizen"},
        },
    },
    "formData": [
        {
            "name": "antragsteller",
            "label": "Antragstellende Person",
            "formItems": [{"name": "nachname", "label": "Nachname", "stringValue": "Muster"}],
        },
        {
            "name": "baeume",
            "label": "Bäume",
            "formItems": [
                {
                    "name": "baum_1",
                    "label": "Baum 1",
                    "formItems": [
                        {"name": "art", "label": "Baumart", "stringValue": "Stieleiche"},
                        {"name": "umfang", "label": "Stammumfang in 1 m Höhe (cm)", "numberValue": 210},
                    ],
                }
            ],
        },
    ],
}
PDF = File("antrag.pdf", "application/pdf", b"%PDF-1.7 Antrag")
PHOTO = File("baum.jpg", "image/jpeg", b"\xff\xd8\xff\xe0 Baum")


def application(**control: Any) -> dict[str, Any]:
    changed = deepcopy(APPLICATION)
    changed["control"].update(control)
    return changed


def with_nodes(*nodes: Any) -> dict[str, Any]:
    return {**deepcopy(APPLICATION), "formData": list(nodes)}


def read(content: Any = APPLICATION, files: Any = (), limits: Limits = Limits()) -> Antrag:  # noqa: B008 - frozen
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_push(raw, [PDF], files, limits)


def refusal(content: Any) -> tuple[str | None, str, str]:
    """Pointer, message and hint of the one cause for which an application is refused."""
    with pytest.raises(Invalid) as caught:
        read(content)
    (cause,) = caught.value.causes
    return cause.pointer, cause.message, cause.hint


# --- what is read --------------------------------------------------------------------------------------------------


def test_the_published_example_is_read_whole() -> None:
    antrag = read(files=[PHOTO])
    assert (antrag.transaction_id, antrag.stelle, antrag.form_id) == (ID, "100001", "baumfaellung")
    assert antrag.leika_ids == ("99093003001000",)
    assert antrag.name == "Antrag auf Baumfällgenehmigung"
    assert antrag.servicekonto == Servicekonto("OSI", 3, "00000000-0000-4000-8000-000000000002", "citizen")
    assert [feld.name for feld in antrag.felder] == ["antragsteller", "baeume"]
    umfang = antrag.felder[1].items[0].items[1]
    assert umfang == Feld("umfang", "Stammumfang in 1 m Höhe (cm)", "zahl", Decimal(210))
    assert [(datei.kind, datei.name, datei.media_type) for datei in antrag.dateien] == [
        ("darstellung", "antrag.pdf", "application/pdf"),
        ("anlage", "baum.jpg", "image/jpeg"),
    ]


def test_every_kind_of_value_keeps_its_type_and_all_its_digits() -> None:
    raw = json.dumps(
        with_nodes(
            {"name": "t", "label": "T", "stringValue": ""},
            {"name": "z", "label": "Z", "numberValue": "ZAHL"},
            {"name": "d", "label": "D", "dateValue": "2024-02-29"},
            {"name": "j", "label": "J", "booleanValue": False},
            {"name": "g", "label": "G", "formItems": []},
        )
    ).replace('"ZAHL"', "12345678901234567890.123456789012345678901")
    felder = read(raw.encode()).felder
    assert [feld.kind for feld in felder] == ["text", "zahl", "datum", "ja_nein", "gruppe"]
    assert felder[0].value == ""
    assert felder[1].value == Decimal("12345678901234567890.123456789012345678901")
    assert felder[2].value == dt.date(2024, 2, 29)
    assert felder[3].value is False
    assert felder[4].items == ()


def test_an_application_of_only_the_required_is_read() -> None:
    antrag = read_push(json.dumps({"control": {"transactionId": ID, "zustaendigeStelle": "1"}}).encode(), (), ())
    assert antrag.servicekonto is None
    assert (antrag.leika_ids, antrag.form_id, antrag.name, antrag.felder, antrag.dateien) == ((), "", "", (), ())


def test_members_we_do_not_know_and_null_members_are_ignored() -> None:
    node = {"name": "t", "label": None, "stringValue": "x", "numberValue": None, "hinweis": {"tief": [1]}}
    content = {**with_nodes(node), "version": 7}
    content["control"]["eingangskanal"] = "web"
    assert read(content).felder == (Feld("t", "t", "text", "x"),)


def test_the_transaction_id_becomes_canonical() -> None:
    assert read(application(transactionId=f" {ID.upper()} ")).transaction_id == ID


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Citizen", "citizen"),
        ("citizen", "citizen"),
        ("unternehmen", "unternehmen"),
        ("UNTERNEHMEN ", "unternehmen"),
        (None, "citizen"),
    ],
)
def test_both_clients_spellings_of_the_address_type_are_one(sent: str | None, kept: str) -> None:
    konto = {"type": "OSI", "postfachAddress": {"identifier": "a", "type": sent}}
    servicekonto = read(application(serviceKonto=konto)).servicekonto
    assert servicekonto is not None
    assert servicekonto.address_type == kept
    assert servicekonto.trust_level is None


@pytest.mark.parametrize("konto", [None, {"type": "OSI"}, {"type": "OSI", "postfachAddress": {"type": "citizen"}}])
def test_an_account_no_letter_can_reach_is_no_account(konto: Any) -> None:
    assert read(application(serviceKonto=konto)).servicekonto is None


def test_control_characters_in_an_answer_are_shown_as_replacement_signs() -> None:
    (feld,) = read(with_nodes({"name": "t", "label": "L\x00", "stringValue": "a\x00b\ud800\nc"})).felder
    assert (feld.label, feld.value) == ("L\ufffd", "a\ufffdb\ufffd\nc")


def test_an_antrag_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        read().stelle = "2"  # type: ignore[misc]


# --- the same again, or another ------------------------------------------------------------------------------------


def test_order_of_keys_white_space_and_unknown_members_do_not_change_the_hash() -> None:
    turned = {key: APPLICATION[key] for key in reversed(APPLICATION)}
    turned["control"] = {key: APPLICATION["control"][key] for key in reversed(APPLICATION["control"])}
    again = json.dumps({**turned, "gesendetUm": "später"}, indent=3).replace("210", "210.0")
    assert read(again.encode("utf-8-sig")).content_hash == read().content_hash


@pytest.mark.parametrize(
    "changed",
    [
        application(zustaendigeStelle="100002"),
        application(leikaIds=[]),
        application(serviceKonto=None),
        with_nodes(),
        with_nodes(*APPLICATION["formData"], {"name": "x", "label": "X", "stringValue": "1"}),
        with_nodes({"name": "x", "label": "X", "stringValue": "1"}),
        with_nodes({"name": "x", "label": "X", "numberValue": 1}),
    ],
)
def test_other_content_has_another_hash(changed: dict[str, Any]) -> None:
    assert read(changed).content_hash != read().content_hash


def test_other_files_have_another_hash() -> None:
    plain = read().content_hash
    renamed = read(files=[File("eiche.jpg", "image/jpeg", PHOTO.content)]).content_hash
    repainted = read(files=[File("baum.jpg", "image/jpeg", PHOTO.content + b"!")]).content_hash
    assert len({plain, renamed, repainted, read(files=[PHOTO]).content_hash}) == 4


def test_a_file_as_printed_form_and_as_attachment_are_two_things() -> None:
    raw = json.dumps(APPLICATION).encode()
    assert read_push(raw, [PDF], []).content_hash != read_push(raw, [], [PDF]).content_hash


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "kein gültiges JSON"),
        (b'{"control":', "Zeile 1, Spalte"),
        (b"<antrag/>", "kein gültiges JSON"),
        (b'{"control": "\xe4"}', "nicht in UTF-8 kodiert (Byte 14)"),
        ('{"control": {}}'.encode("utf-16"), "nicht in UTF-8 kodiert"),
        (b'{"a": NaN}', "„NaN“"),
        (b'{"a": -Infinity}', "„-Infinity“"),
        (b'{"a": 1e999999999}', "zu lang"),
        (b'{"a": 1' + b"0" * 5000 + b"}", "zu lang"),
        (b'{"control": {"name": "a", "name": "b"}}', "„name“ doppelt"),
    ],
)
def test_bytes_without_one_meaning_are_unreadable(raw: bytes, words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(raw)
    assert words in caught.value.sentence


def test_a_key_named_twice_is_pointed_at() -> None:
    with pytest.raises(Unreadable) as caught:
        read(b'{"formData": [{"name": "a"}, {"name": "a", "a/b": 1, "a/b": 2}]}')
    assert [cause.pointer for cause in caught.value.causes] == ["/formData/1/a~1b"]


@pytest.mark.parametrize("content", [[], "x", 1, None])
def test_json_that_is_no_object_is_refused(content: Any) -> None:
    assert refusal(content)[0] == ""


@pytest.mark.parametrize(
    ("control", "place", "message"),
    [
        ({"transactionId": None}, "/control/transactionId", "Die transactionId fehlt."),
        ({"transactionId": "abc"}, "/control/transactionId", "Die transactionId ist keine UUID."),
        ({"transactionId": 7}, "/control/transactionId", "Die transactionId ist keine UUID."),
        ({"transactionId": "{" + ID + "}"}, "/control/transactionId", "Die transactionId ist keine UUID."),
        ({"zustaendigeStelle": None}, "/control/zustaendigeStelle", "zustaendigeStelle fehlt."),
        ({"zustaendigeStelle": "  "}, "/control/zustaendigeStelle", "zustaendigeStelle fehlt."),
        ({"zustaendigeStelle": 100001}, "/control/zustaendigeStelle", "zustaendigeStelle ist kein Text."),
        ({"zustaendigeStelle": "1\x00"}, "/control/zustaendigeStelle", "zustaendigeStelle enthält Steuerzeichen."),
        ({"formId": "x" * 256}, "/control/formId", "formId ist länger als 255 Zeichen."),
        ({"leikaIds": "99093003001000"}, "/control/leikaIds", "leikaIds ist keine Liste von höchstens 100 Schlüsseln."),
        ({"leikaIds": ["99093003001000", "9909300300100"]}, "/control/leikaIds/1", "Kein LeiKa-Schlüssel."),
        ({"leikaIds": [99093003001000]}, "/control/leikaIds/0", "Kein LeiKa-Schlüssel."),
        ({"leikaIds": ["٩" * 14]}, "/control/leikaIds/0", "Kein LeiKa-Schlüssel."),
        ({"serviceKonto": "OSI"}, "/control/serviceKonto", "serviceKonto ist kein Objekt."),
        (
            {"serviceKonto": {"type": "OSI", "postfachAddress": "x"}},
            "/control/serviceKonto/postfachAddress",
            "postfachAddress ist kein Objekt mit identifier und type.",
        ),
        (
            {"serviceKonto": {"type": 1, "postfachAddress": {"identifier": "x"}}},
            "/control/serviceKonto/type",
            "type ist kein Text.",
        ),
    ],
)
def test_a_control_member_against_the_rules_is_named(control: dict[str, Any], place: str, message: str) -> None:
    assert refusal(application(**control))[:2] == (place, message)


def test_without_control_all_that_is_missing_is_listed_at_once() -> None:
    with pytest.raises(Invalid) as caught:
        read({"formData": []})
    assert [cause.pointer for cause in caught.value.causes] == [
        "/control",
        "/control/transactionId",
        "/control/zustaendigeStelle",
    ]


@pytest.mark.parametrize(
    ("node", "place"),
    [
        ("x", "/formData/0"),
        ({"name": "a", "label": "A"}, "/formData/0"),
        ({"name": "a", "label": "A", "stringValue": "1", "numberValue": 1}, "/formData/0"),
        ({"label": "A", "stringValue": "1"}, "/formData/0/name"),
        ({"name": "", "stringValue": "1"}, "/formData/0/name"),
        ({"name": "a\x07", "stringValue": "1"}, "/formData/0/name"),
        ({"name": 3, "stringValue": "1"}, "/formData/0/name"),
        ({"name": "a", "label": 3, "stringValue": "1"}, "/formData/0/label"),
        ({"name": "a", "stringValue": 1}, "/formData/0/stringValue"),
        ({"name": "a", "numberValue": "210"}, "/formData/0/numberValue"),
        ({"name": "a", "numberValue": True}, "/formData/0/numberValue"),
        ({"name": "a", "dateValue": "2023-02-29"}, "/formData/0/dateValue"),
        ({"name": "a", "dateValue": "02.03.2026"}, "/formData/0/dateValue"),
        ({"name": "a", "dateValue": "20260302"}, "/formData/0/dateValue"),
        ({"name": "a", "booleanValue": "ja"}, "/formData/0/booleanValue"),
        ({"name": "a", "booleanValue": 1}, "/formData/0/booleanValue"),
        ({"name": "a", "formItems": {}}, "/formData/0/formItems"),
        ({"name": "a", "formItems": [{"name": "b"}]}, "/formData/0/formItems/0"),
    ],
)
def test_a_node_against_the_rules_is_pointed_at_with_a_hint(node: Any, place: str) -> None:
    pointer, message, hint = refusal(with_nodes(node))
    assert pointer == place
    assert message
    assert hint or place.endswith("label")


def test_not_more_than_fifty_causes_are_told() -> None:
    with pytest.raises(Invalid) as caught:
        read(with_nodes(*({"name": "a"} for _ in range(200))))
    assert len(caught.value.causes) == 50


# --- too much ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"a":' * 100_000, b'{"formData":' + b"[" * 100_000])
def test_a_hundred_thousand_open_brackets_are_refused(raw: bytes) -> None:
    with pytest.raises(TooLarge):
        read(raw)


def test_brackets_inside_a_text_do_not_count_as_depth() -> None:
    assert read(with_nodes({"name": "t", "stringValue": '"\\[' * 1000})).felder[0].value == '"\\[' * 1000


def test_groups_may_be_nested_as_deep_as_the_limit_and_no_deeper() -> None:
    def nested(depth: int) -> dict[str, Any]:
        node: dict[str, Any] = {"name": "innen", "stringValue": "x"}
        for _ in range(depth - 1):
            node = {"name": "g", "formItems": [node]}
        return with_nodes(node)

    assert read(nested(64)).content_hash
    with pytest.raises(TooLarge, match="64 Ebenen"):
        read(nested(65))


def test_each_limit_is_kept_to_the_byte() -> None:
    raw = json.dumps(with_nodes({"name": "a", "stringValue": "xyz"})).encode()
    exact = Limits(attachment_bytes=10, request_bytes=len(raw) + 15, form_data_bytes=len(raw), files=2, nodes=1, text_length=3)
    files = [File("a", "text/plain", b"x" * 10), File("b", "text/plain", b"x" * 5)]
    assert len(read_push(raw, [], files, exact).dateien) == 2
    for less in (
        {"attachment_bytes": 9},
        {"request_bytes": len(raw) + 14},
        {"form_data_bytes": len(raw) - 1},
        {"files": 1},
        {"nodes": 0},
        {"text_length": 2},
    ):
        with pytest.raises(TooLarge):
            read_push(raw, [], files, Limits(**{**exact_members(exact), **less}))


def exact_members(limits: Limits) -> dict[str, int]:
    return {name: getattr(limits, name) for name in Limits.__slots__}


def test_a_file_that_is_too_large_is_named() -> None:
    with pytest.raises(TooLarge) as caught:
        read_push(b"{}", [], [PHOTO, File("plan.tif", "image/tiff", b"x" * 11)], Limits(attachment_bytes=8))
    assert [cause.pointer for cause in caught.value.causes] == ["/attachment/0", "/attachment/1"]
    assert "plan.tif" in caught.value.causes[1].message


def test_the_limits_as_published() -> None:
    assert Limits().attachment_bytes == 25 * 1024 * 1024
    assert Limits().request_bytes == 100 * 1024 * 1024
