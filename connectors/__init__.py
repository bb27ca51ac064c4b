"""One door per outside system. This list is all there is: nothing is discovered, nothing is inherited.

A connector is two things, a schema in and out and a function, plus `check(config)`. Connectors know the engine by its
ports and errors only.
"""

from __future__ import annotations

from connectors import amtshilfe, baumregister, demo, letter, servicekonto
from connectors.shape import Connector, Operation
from connectors.switchboard import Switchboard

CONNECTORS: tuple[Connector, ...] = (
    servicekonto.CONNECTOR,
    letter.CONNECTOR,
    baumregister.CONNECTOR,
    amtshilfe.CONNECTOR,
    demo.CONNECTOR,
)

__all__ = ["CONNECTORS", "Connector", "Operation", "Switchboard"]
