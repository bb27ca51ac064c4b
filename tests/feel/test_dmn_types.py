"""Types of the designer and models that import each other."""

import datetime as dt

import pytest

import engine.feel
from engine.base.errors import Invalid


def value(files, *parts, ask="e", context=None):
    return engine.feel.decide(files.model(*parts), ask, context or {})


def explained(files, *parts, ask="e", context=None):
    return engine.feel.decide_explained(files.model(*parts), ask, context or {})


# --- types -----------------------------------------------------------------------------------------------------------------


TREE = (
    '<itemDefinition name="tArt"><typeRef>string</typeRef><allowedValues><text>"Eiche", "Birne"</text></allowedValues>'
    "</itemDefinition>"
    '<itemDefinition name="tBaum"><itemComponent name="art"><typeRef>tArt</typeRef></itemComponent>'
    '<itemComponent name="umfang in cm"><typeRef>number</typeRef>'
    "<allowedValues><text>&gt; 0</text></allowedValues></itemComponent></itemDefinition>"
    '<itemDefinition name="tBäume" isCollection="true"><typeRef>tBaum</typeRef>'
    "<typeConstraint><text>count(?) &lt; 3</text></typeConstraint></itemDefinition>"
)


@pytest.mark.parametrize(
    ("kind", "given", "fits"),
    [
        ("number", 1, True), ("number", "1", False), ("string", "a", True), ("string", 1, False), ("boolean", True, True),
        ("boolean", 1, False), ("number", None, True), ("number", [1], True), ("number", [1, 2], False),
        ("tArt", "Eiche", True),
        ("tArt", "Tanne", False), ("tBaum", {"art": "Eiche", "umfang in cm": 5}, True), ("tBaum", {"art": "Eiche"}, True),
        ("tBaum", {"art": "Tanne", "umfang in cm": 5}, False), ("tBaum", {"art": "Eiche", "umfang in cm": 0}, False),
        ("tBaum", "Eiche", False), ("tBaum", {"art": "Eiche", "umfang in cm": 5, "mehr": 1}, True), ("tBäume", [], True),
        ("tBäume", [{"art": "Eiche", "umfang in cm": 5}], True), ("tBäume", {"art": "Eiche", "umfang in cm": 5}, True),
        ("tBäume", [{"art": "Eiche", "umfang in cm": 5}] * 3, False), ("tBäume", [{"art": "Tanne"}], False),
        ("Any", {"a": 1}, True),
        ("gibt es nicht", 5, True), ("feel:number", 5, True), ("integer", 5, True), ("double", "x", False),
    ],
)  # fmt: skip
def test_inputs_must_be_of_their_type(files, kind, given, fits):
    parts = [TREE, files.input("a", kind), files.decision("e", files.text("a"), inputs=("a",))]
    result = explained(files, *parts, context={"a": given})
    assert (result.value is not None) == (fits and given is not None)
    assert bool(result.warnings) == (not fits)


def test_entries_that_a_form_left_out_are_null(files):
    parts = [TREE, files.input("a", "tBaum"), files.decision("e", files.text("a.umfang in cm = null"), inputs=("a",))]
    assert value(files, *parts, context={"a": {"art": "Eiche"}}) is True


@pytest.mark.parametrize(
    ("kind", "given", "text"),
    [
        ("date", "2026-03-01", 'a = @"2026-03-01"'), ("time", "10:00:00", 'a = @"10:00:00"'),
        ("days and time duration", "P1D", 'a = @"P1D"'),
        ("date and time", "2026-03-01T10:00:00Z", 'a = @"2026-03-01T10:00:00Z"'),
        ("years and months duration", "P1Y", 'a = @"P12M"'),
        ("date and time", dt.date(2026, 3, 1), 'a = @"2026-03-01T00:00:00Z"'), ("date", "gestern", "a = null"),
    ],
)  # fmt: skip
def test_dates_and_durations_may_come_as_iso_text(files, kind, given, text):
    assert (
        value(files, files.input("a", kind), files.decision("e", files.text(text), inputs=("a",)), context={"a": given}) is True
    )


def test_results_must_be_of_their_type(files):
    assert value(files, files.decision("e", files.text('"x"'), type="number")) is None
    assert value(files, files.decision("e", files.text("[1]"), type="number")) == 1
    assert value(files, TREE, files.decision("e", files.text('"Tanne"'), type="tArt")) is None
    assert value(files, files.decision("e", files.text("1", "string"))) is None
    collection = files.item("tZahlen", "<typeRef>number</typeRef>", collection=True)
    assert value(files, collection, files.decision("e", files.text("1"), type="tZahlen")) == [1]


def test_types_of_the_model_in_expressions(files):
    text = files.text(
        '[{art: "Eiche", umfang in cm: 1} instance of tBaum, "Tanne" instance of tArt, (function(a: tArt) a)("Tanne")]'
    )
    assert value(files, TREE, files.decision("e", text)) == [True, False, None]


def test_types_that_mention_themselves(files):
    inner = '<itemComponent name="wert"><typeRef>number</typeRef></itemComponent>'
    inner += '<itemComponent name="weiter"><typeRef>tKette</typeRef></itemComponent>'
    parts = [files.item("tKette", inner), files.decision("e", files.text("a instance of tKette"))]
    assert value(files, *parts, context={"a": {"wert": 1, "weiter": {"wert": 2, "weiter": None}}}) is True
    assert value(files, *parts, context={"a": {"wert": 1, "weiter": {"wert": "x", "weiter": None}}}) is False
    assert (
        value(files, files.item("tIch", "<typeRef>tIch</typeRef>"), files.decision("e", files.text("1 instance of tIch")))
        is None
    )


def test_function_types(files):
    kind = files.item("tFn", '<functionItem outputTypeRef="number"><parameters name="a" typeRef="number"/></functionItem>')
    assert (
        value(files, kind, files.decision("e", files.text("(function(a: number) a) instance of tFn"))) is False
    )  # result unknown
    assert value(files, kind, files.decision("e", files.text("abs instance of tFn"))) is True


# --- imports ---------------------------------------------------------------------------------------------------------------


DMN_KIND = 'importType="https://www.omg.org/spec/DMN/20230324/MODEL/"'


def test_decisions_knowledge_and_types_of_another_model(files):
    other = files.model(
        TREE,
        files.input("satz"),
        files.decision("doppelt", files.text("satz * 2"), inputs=("satz",)),
        files.knowledge("plus", {"a": "", "b": ""}, files.text("a + b")),
        namespace="urn:other",
    )
    needs = (
        '<informationRequirement><requiredDecision href="urn:other#d_doppelt"/></informationRequirement>'
        '<knowledgeRequirement><requiredKnowledge href="urn:other#k_plus"/></knowledgeRequirement>'
    )
    main = files.model(
        f'<import name="basis" namespace="urn:other" {DMN_KIND}/>',
        files.decision("e", files.text('[basis.plus(basis.doppelt, 1), "Eiche" instance of basis.tArt]'), references=needs),
    )
    assert engine.feel.decide([main, other], "e", {"basis": {"satz": 5}}) == [11, True]
    assert engine.feel.decide([main, other], "e", {"satz": 5}) == [11, True]
    assert engine.feel.decide([other, main], "e", {"basis.satz": 5}) == [11, True]
    assert engine.feel.decide([main, other], "doppelt", {"satz": 5}) == 10
    assert engine.feel.decide([main], "e", {"satz": 5}) == [None, None]


def test_the_same_model_under_two_names_has_two_inputs(files):
    person = files.model(
        files.input("name"), files.decision("gruß", files.text('"Guten Tag " + name'), inputs=("name",)), namespace="urn:p"
    )
    middle = [
        files.model(
            f'<import name="p" namespace="urn:p" {DMN_KIND}/>',
            files.decision(
                "weiter",
                files.text("p.gruß"),
                references='<informationRequirement><requiredDecision href="urn:p#d_gruß"/></informationRequirement>',
            ),
            namespace=f"urn:m{n}",
        )
        for n in (1, 2)
    ]
    needs = "".join(
        f'<informationRequirement><requiredDecision href="urn:m{n}#d_weiter"/></informationRequirement>' for n in (1, 2)
    )
    main = files.model(
        *(f'<import name="m{n}" namespace="urn:m{n}" {DMN_KIND}/>' for n in (1, 2)),
        files.decision("e", files.text('m1.weiter + ", " + m2.weiter'), references=needs),
    )
    context = {"m1": {"p": {"name": "A"}}, "m2": {"p": {"name": "B"}}}
    assert engine.feel.decide([main, *middle, person], "e", context) == "Guten Tag A, Guten Tag B"


def test_models_that_import_each_other_are_read(files):
    one = files.model(
        f'<import name="b" namespace="urn:b" {DMN_KIND}/>', files.decision("e", files.text("1")), namespace="urn:a"
    )
    two = files.model(f'<import name="a" namespace="urn:a" {DMN_KIND}/>', namespace="urn:b")
    assert engine.feel.decide([one, two], "e", {}) == 1


def test_no_file_or_too_many_are_refused(files):
    with pytest.raises(Invalid):
        engine.feel.decide([], "e", {})
    with pytest.raises(Invalid):
        engine.feel.decide([files.model()] * 51, "e", {})
