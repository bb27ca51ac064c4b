"""Whatever is pushed: an Antrag or a problem with a sentence, never anything else."""

import json
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.base.errors import Problem
from forms.antrag import labels, read_push, variables

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)
NODES = st.recursive(
    st.fixed_dictionaries(
        {"name": JSON},
        optional=dict.fromkeys(("label", "stringValue", "numberValue", "dateValue", "booleanValue", "formItems"), JSON),
    ),
    lambda inner: st.fixed_dictionaries({"name": st.text(max_size=5), "formItems": st.lists(inner | JSON, max_size=3)}),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_sentence(raw: bytes) -> None:
    with pytest.raises(Problem) as caught:
        read_push(raw, (), ())
    assert caught.value.sentence


@settings(max_examples=150, deadline=None)
@given(
    control=st.fixed_dictionaries(
        {},
        optional={
            "transactionId": JSON | st.uuids().map(str),
            "zustaendigeStelle": JSON,
            "leikaIds": JSON | st.lists(JSON, max_size=3),
            "serviceKonto": JSON | st.fixed_dictionaries({"type": JSON, "postfachAddress": JSON}),
        },
    )
    | JSON,
    nodes=st.lists(NODES, max_size=4) | JSON,
)
def test_any_json_is_read_or_refused_with_a_sentence(control: Any, nodes: Any) -> None:
    raw = json.dumps({"control": control, "formData": nodes}).encode()
    try:
        antrag = read_push(raw, (), ())
    except Problem as problem:
        told = [problem.sentence, *(cause.message for cause in problem.causes)]
    else:
        told = [str(uuid.UUID(antrag.transaction_id)), antrag.stelle]
        assert len(labels(antrag)) >= len(variables(antrag))
    assert all(told)
    assert "\n".join(told).encode()
