"""All connectors behind one call: values are checked on the way in and on the way out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError

from connectors.fields import sentence
from connectors.shape import Connector, Operation, SchemaClass
from engine.base.errors import Unknown
from engine.base.ports import Answer, Call, Offer, Refused, Unreachable

MAX_VARIABLE_BYTES = 256 * 1024
MAX_DOCUMENT_BYTES = 25 * 1024 * 1024


class Switchboard:
    """The connectors of an installation, found by the operation type a diagram names (see ports.Connectors)."""

    def __init__(self, connectors: Sequence[Connector]) -> None:
        self._by_type: dict[str, tuple[Connector, Operation]] = {}
        for connector in connectors:
            for operation in connector.operations:
                if operation.type in self._by_type:
                    raise ValueError(f"two operations of type {operation.type}")
                self._by_type[operation.type] = (connector, operation)

    def types(self) -> Offer:
        """The operation types a diagram may name, each with the variables it gives."""
        return {type: frozenset(operation.outputs().fields) for type, (_, operation) in self._by_type.items()}

    def operation(self, type: str) -> Operation:
        """The operation of that type: its schemas, how it may be repeated, how long it may take.

        Raises:
            Unknown: there is no such operation.
        """
        return self._find(type)[1]

    def connector(self, type: str) -> Connector:
        """The connector that owns the operation of that type; its `name` is the key of its settings.

        Raises:
            Unknown: there is no such operation.
        """
        return self._find(type)[0]

    def call(self, call: Call) -> Answer:
        """Do one thing outside.

        Raises:
            Refused: config or inputs do not fit, or the other side refused for good.
            Unreachable: later may help; the key makes a repeat harmless.
            BpmnError: an outcome the diagram knows.
        """
        try:
            connector, operation = self._find(call.type)
        except Unknown as cause:
            raise Refused(cause.sentence) from cause
        config = _load(connector.config, call.config, f"Die Einstellungen von „{connector.title}“ passen nicht")
        inputs = _load(operation.inputs, call.inputs, f"Die Eingaben für „{operation.title}“ passen nicht")
        if "timeout_s" in config:
            config["timeout_s"] = min(config["timeout_s"], operation.timeout_s)
        return _checked(operation, operation.run(replace(call, config=config), inputs))

    def _find(self, type: str) -> tuple[Connector, Operation]:
        try:
            return self._by_type[type]
        except KeyError:
            raise Unknown(f"Die Operation „{type}“ gibt es nicht.") from None


def _load(schema: SchemaClass, values: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Load values through a schema; null at the top means: not given."""
    given = {name: value for name, value in values.items() if value is not None}
    try:
        loaded: dict[str, Any] = schema().load(given)
    except ValidationError as cause:
        raise Refused(f"{what}: {sentence(cause.messages)}") from cause
    return loaded


def _checked(operation: Operation, answer: Answer) -> Answer:
    """Hold an answer against the schema of outputs and the limits on its size."""
    if sum(len(document.content) for document in answer.documents) > MAX_DOCUMENT_BYTES:
        raise Refused(f"„{operation.title}“ hat mehr als {MAX_DOCUMENT_BYTES} Bytes an Dokumenten geliefert.")
    try:
        variables = operation.outputs().load(dict(answer.variables))
    except ValidationError as cause:
        raise Unreachable(f"Die Antwort auf „{operation.title}“ ist unbrauchbar: {sentence(cause.messages)}") from cause
    if len(json.dumps(variables, default=str)) > MAX_VARIABLE_BYTES:
        raise Unreachable(f"Die Antwort auf „{operation.title}“ ist größer als {MAX_VARIABLE_BYTES} Bytes.")
    return replace(answer, variables=variables)
