"""Three connectors to learn and test with: one prints, one refuses, one breaks."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from connectors.fields import Form, Text
from connectors.shape import Connector, Operation
from engine.base.ports import Answer, Call, Refused, Repeat


class Settings(Form):
    """The demo needs no settings."""


class Words(Form):
    """A text to do something with."""

    text = Text(longest=10_000, load_default="")


class Printed(Form):
    """What was printed."""

    gedruckt = Text(longest=10_000, required=True)


class Nothing(Form):
    """No outputs: nothing comes back."""


def prints(call: Call, inputs: dict[str, Any]) -> Answer:
    """Print the text on the worker's output."""
    sys.stdout.write(f"demo.druckt {call.key}: {inputs['text']}\n")
    sys.stdout.flush()
    return Answer({"gedruckt": inputs["text"]})


def refuses(call: Call, inputs: dict[str, Any]) -> Answer:
    """Refuse, as an outside system would that says no."""
    raise Refused("Die Demo lehnt immer ab." + (f" Grund: {inputs['text']}" if inputs["text"] else ""))


def breaks(call: Call, inputs: dict[str, Any]) -> Answer:
    """Break in a way nobody expected, as a connector with a fault in it would."""
    raise RuntimeError(f"demo.bricht broke on purpose for {call.key}")


def check(config: Mapping[str, Any]) -> list[str]:
    """Nothing to set, nothing to go wrong."""
    return []


CONNECTOR = Connector(
    name="demo",
    title="Demo",
    config=Settings,
    check=check,
    operations=(
        # Printing twice does no harm, so a lost answer may simply be repeated.
        Operation("demo.druckt", "Demo: druckt einen Text", Words, Printed, prints, repeat=Repeat.KEY, timeout_s=5),
        Operation("demo.lehnt_ab", "Demo: lehnt ab", Words, Nothing, refuses, repeat=Repeat.KEY, timeout_s=5),
        Operation("demo.bricht", "Demo: bricht", Words, Nothing, breaks, repeat=Repeat.ONCE, timeout_s=5),
    ),
    about="Zum Lernen und Ausprobieren: druckt, lehnt ab oder geht kaputt.",
)
