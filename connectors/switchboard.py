"""All connectors behind one call: values are checked on the way in and on the way out."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import Schema, ValidationError, fields

from connectors.fields import Choice, Number, Secret, WebAddress, Whole, findings, sentence
from connectors.shape import Connector, Operation, SchemaClass
from engine.base.errors import Cause, Invalid, Unknown
from engine.base.ports import Answer, Call, Door, Offer, Refused, Repeat, SettingField, Unsure

MAX_VARIABLE_BYTES = 256 * 1024
MAX_DOCUMENT_BYTES = 25 * 1024 * 1024
KINDS: tuple[tuple[type, str], ...] = (
    (WebAddress, "url"), (Secret, "secret"), (Number, "number"), (Whole, "number"), (Choice, "choice"),
)  # fmt: skip
LONGEST_NUMBER = 15
ELSEWHERE = "Die Adresse ist eine andere; das gespeicherte Geheimnis wird nicht an sie gesendet."


class Switchboard:
    """The connectors of an installation, found by the operation type a diagram names (see ports.Connectors)."""

    def __init__(self, connectors: Sequence[Connector]) -> None:
        self._by_name = {connector.name: connector for connector in connectors}
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
            Unreachable: later may help; `Unsure` if it may have been done.
            BpmnError: an outcome the diagram knows.
        """
        operation, loaded, inputs = self._loaded(call)
        return _checked(operation, operation.run(loaded, inputs))

    def repeat(self, type: str) -> Repeat:
        """What may follow an attempt whose outcome nobody knows; of what there is not, nothing was ever sent."""
        found = self._by_type.get(type)
        return found[1].repeat if found is not None else Repeat.KEY

    def ask(self, call: Call) -> Answer | None:
        """Ask the other side whether it has done a call, where it can be asked."""
        operation, loaded, inputs = self._loaded(call)
        answer = operation.ask(loaded, inputs) if operation.ask is not None else None
        return None if answer is None else _checked(operation, answer)

    def _loaded(self, call: Call) -> tuple[Operation, Call, dict[str, Any]]:
        try:
            connector, operation = self._find(call.type)
        except Unknown as cause:
            raise Refused(cause.sentence) from cause
        config = _load(connector.config, call.config, f"Die Einstellungen von „{connector.title}“ passen nicht")
        inputs = _load(operation.inputs, call.inputs, f"Die Eingaben für „{operation.title}“ passen nicht")
        if "timeout_s" in config:
            config["timeout_s"] = min(config["timeout_s"], operation.timeout_s)
        return operation, replace(call, config=config), inputs

    def doors(self) -> tuple[Door, ...]:
        """The connectors as the Administration sees them."""
        return tuple(_door(connector) for connector in self._by_name.values())

    def read_settings(self, name: str, typed: Mapping[str, str], kept: Mapping[str, Any]) -> dict[str, Any]:
        """What was typed for a connector, as it is kept. A secret that was left empty stays, but goes to no other address.

        Raises:
            Unknown: there is no such connector.
            Invalid: it does not fit; causes point at fields.
        """
        connector = self._named(name)
        described = _door(connector).fields
        given = {each.name: typed.get(each.name, "").strip() for each in described}
        config: dict[str, Any] = {each.name: _read(each, given[each.name]) for each in described if given[each.name]}
        moved = any(each.kind == "url" and kept.get(each.name) != given[each.name].rstrip("/") for each in described)
        stays = [each.name for each in described if each.kind == "secret" and each.name in kept and not given[each.name]]
        causes = [Cause(ELSEWHERE, "Bitte geben Sie es neu ein.", f"/{secret}") for secret in stays if moved]
        config |= {secret: kept[secret] for secret in stays if not moved}
        causes += [cause for cause in _wrong(connector, config) if cause.pointer not in {each.pointer for each in causes}]
        if causes:
            raise Invalid("Die Einstellungen passen nicht.", causes)
        return config

    def check(self, name: str, config: Mapping[str, Any]) -> list[str]:
        """What is wrong with settings of a connector, in sentences; asks the other side too.

        Raises:
            Unknown: there is no such connector.
        """
        return self._named(name).check(config)

    def _named(self, name: str) -> Connector:
        if name not in self._by_name:
            raise Unknown("Diesen Konnektor gibt es nicht.")
        return self._by_name[name]

    def _find(self, type: str) -> tuple[Connector, Operation]:
        try:
            return self._by_type[type]
        except KeyError:
            raise Unknown(f"Die Operation „{type}“ gibt es nicht.") from None


def _door(connector: Connector) -> Door:
    described = tuple(_described(name, field) for name, field in connector.config().fields.items())
    return Door(connector.name, connector.title, connector.about, tuple(each.title for each in connector.operations), described)


def _described(name: str, field: fields.Field[Any]) -> SettingField:
    """A setting in plain words, made from its field in the schema."""
    told = field.metadata
    kind = next((kind for of, kind in KINDS if isinstance(field, of)), "text")
    choices = tuple(field.choices) if isinstance(field, Choice) else ()
    return SettingField(name, told.get("title", name), kind, told.get("help", ""), field.required, choices)


def _read(described: SettingField, text: str) -> Any:
    """What was typed as the schema wants it; text that is no number stays, and the schema says so."""
    if described.kind != "number":
        return text.rstrip("/") if described.kind == "url" else text
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return text
    if not number.is_finite() or abs(number.adjusted()) > LONGEST_NUMBER:
        return text
    return int(number) if number == number.to_integral_value() else float(number)


def _wrong(connector: Connector, config: Mapping[str, Any]) -> Iterator[Cause]:
    try:
        connector.config().load(dict(config))
    except ValidationError as cause:
        for place, why in findings(cause.messages):
            yield Cause(why, pointer=f"/{place}")


def _load(schema: SchemaClass, values: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Load values through a schema; null at the top means: not given."""
    given = {name: value for name, value in values.items() if value is not None}
    try:
        loaded: dict[str, Any] = _made(schema).load(given)
    except ValidationError as cause:
        raise Refused(f"{what}: {sentence(cause.messages)}") from cause
    return loaded


@functools.cache
def _made(schema: SchemaClass) -> Schema:
    """The one instance of a schema: making it costs more than using it."""
    return schema()


def _checked(operation: Operation, answer: Answer) -> Answer:
    """Hold an answer against the schema of outputs and the limits on its size."""
    if sum(len(document.content) for document in answer.documents) > MAX_DOCUMENT_BYTES:
        raise Refused(f"„{operation.title}“ hat mehr als {MAX_DOCUMENT_BYTES} Bytes an Dokumenten geliefert.")
    try:
        variables = _made(operation.outputs).load(dict(answer.variables))
    except ValidationError as cause:
        raise Unsure(f"Die Antwort auf „{operation.title}“ ist unbrauchbar: {sentence(cause.messages)}") from cause
    if len(json.dumps(variables, default=str)) > MAX_VARIABLE_BYTES:
        raise Unsure(f"Die Antwort auf „{operation.title}“ ist größer als {MAX_VARIABLE_BYTES} Bytes.")
    return replace(answer, variables=variables)
