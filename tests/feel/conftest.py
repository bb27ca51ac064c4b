"""What the tests of FEEL share: values written short, expressions that are null for a reason, small DMN files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from html import escape
from typing import Any

import pytest

import engine.feel

DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"


@pytest.fixture
def feel() -> Callable[..., Any]:
    """The value of an expression, which must come without a warning."""

    def evaluate(expression: str, context: Mapping[str, Any] | None = None) -> Any:
        result = engine.feel.evaluate_with_warnings(expression, context or {})
        assert result.warnings == (), result.warnings
        return result.value

    return evaluate


@pytest.fixture
def null() -> Callable[..., str]:
    """The warnings of an expression whose value is null; there must be one."""

    def evaluate(expression: str, context: Mapping[str, Any] | None = None) -> str:
        result = engine.feel.evaluate_with_warnings(expression, context or {})
        assert result.value is None
        assert result.warnings
        return "\n".join(result.warnings)

    return evaluate


@pytest.fixture
def same() -> Callable[[str, str], None]:
    """Two expressions have the same value, and the second one is not null unless it says so."""

    def compare(left: str, right: str, context: Mapping[str, Any] | None = None) -> None:
        a, b = engine.feel.evaluate(left, context or {}), engine.feel.evaluate(right, context or {})
        assert engine.feel.to_text(a) == engine.feel.to_text(b)
        assert (b is None) == (right == "null")

    return compare


class Files:
    """Writes small DMN files."""

    def model(self, *parts: str, namespace: str = "urn:test", xmlns: str = DMN, name: str = "test") -> bytes:
        body = "\n".join(parts)
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<definitions xmlns="{xmlns}" id="definitions" name="{name}" '
            f'namespace="{namespace}">\n{body}\n</definitions>'
        ).encode()

    def input(self, name: str, type: str = "") -> str:
        return (
            f'<inputData id="in_{_id(name)}" name="{escape(name)}"><variable name="{escape(name)}"{_type(type)}/></inputData>'
        )

    def decision(
        self, name: str, logic: str, *, type: str = "", inputs: tuple[str, ...] = (), decisions: tuple[str, ...] = (),
        knows: tuple[str, ...] = (), references: str = "",
    ) -> str:  # fmt: skip
        needs = "".join(
            f'<informationRequirement><requiredInput href="#in_{_id(n)}"/></informationRequirement>' for n in inputs
        )
        needs += "".join(
            f'<informationRequirement><requiredDecision href="#d_{_id(n)}"/></informationRequirement>' for n in decisions
        )
        needs += "".join(f'<knowledgeRequirement><requiredKnowledge href="#k_{_id(n)}"/></knowledgeRequirement>' for n in knows)
        variable = f'<variable name="{escape(name)}"{_type(type)}/>'
        return f'<decision id="d_{_id(name)}" name="{escape(name)}">{variable}{needs}{references}{logic}</decision>'

    def knowledge(
        self, name: str, parameters: Mapping[str, str], body: str, *, type: str = "", knows: tuple[str, ...] = ()
    ) -> str:
        formal = "".join(f'<formalParameter name="{escape(n)}"{_type(t)}/>' for n, t in parameters.items())
        needs = "".join(f'<knowledgeRequirement><requiredKnowledge href="#k_{_id(n)}"/></knowledgeRequirement>' for n in knows)
        logic = f"<encapsulatedLogic>{formal}{body}</encapsulatedLogic>"
        variable = f'<variable name="{escape(name)}"{_type(type)}/>'
        inner = f"{variable}{logic}{needs}"
        return f'<businessKnowledgeModel id="k_{_id(name)}" name="{escape(name)}">{inner}</businessKnowledgeModel>'

    def text(self, text: str, type: str = "") -> str:
        return f"<literalExpression{_type(type)}><text>{escape(text)}</text></literalExpression>"

    def table(
        self, inputs: list[str], outputs: list[str], rules: list[list[str]], *, policy: str = "UNIQUE", aggregation: str = "",
        values: Mapping[str, str] | None = None, defaults: Mapping[str, str] | None = None,
        types: Mapping[str, str] | None = None, input_values: Mapping[str, str] | None = None,
    ) -> str:  # fmt: skip
        values, defaults, types, input_values = values or {}, defaults or {}, types or {}, input_values or {}
        head = "".join(
            f'<input id="i{n}" label="{escape(text)}"><inputExpression{_type(types.get(text, ""))}><text>{escape(text)}</text>'
            f"</inputExpression>{_tests('inputValues', input_values.get(text))}</input>"
            for n, text in enumerate(inputs)
        )
        head += "".join(
            f'<output id="o{n}" name="{escape(name)}"{_type(types.get(name, ""))}>{_tests("outputValues", values.get(name))}'
            f"{_tests('defaultOutputEntry', defaults.get(name))}</output>"
            for n, name in enumerate(outputs)
        )
        body = ""
        for number, rule in enumerate(rules, 1):
            cells = "".join(f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in rule[: len(inputs)])
            cells += "".join(f"<outputEntry><text>{escape(cell)}</text></outputEntry>" for cell in rule[len(inputs) :])
            body += f'<rule id="r{number}">{cells}</rule>\n'
        kind = f' aggregation="{aggregation}"' if aggregation else ""
        return f'<decisionTable id="table" hitPolicy="{policy}"{kind}>{head}{body}</decisionTable>'

    def item(self, name: str, inner: str, *, collection: bool = False) -> str:
        flag = ' isCollection="true"' if collection else ""
        return f'<itemDefinition name="{escape(name)}"{flag}>{inner}</itemDefinition>'


def _id(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in name)


def _type(name: str) -> str:
    return f' typeRef="{escape(name)}"' if name else ""


def _tests(tag: str, text: str | None) -> str:
    return f"<{tag}><text>{escape(text)}</text></{tag}>" if text is not None else ""


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def d() -> Callable[[str | int], Decimal]:
    return Decimal
