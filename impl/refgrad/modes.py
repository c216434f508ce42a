"""The switches that decide what is recorded: one object, read on every operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Modes:
    """`grad`: operations are recorded. `inference`: nor may they be later. `observers`: called with each new node.

    `asked`: in inference mode, what `grad` would be outside of it. `task`: the backward pass that is under way, None
    outside of one. `anomaly`: what watches the passes, if anything.
    """

    __slots__ = ("anomaly", "asked", "grad", "inference", "observers", "task")

    def __init__(self) -> None:
        self.grad = True
        self.inference = self.asked = False
        self.observers: tuple[Callable[[Any], None], ...] = ()
        self.task: Any = None
        self.anomaly: Any = None


modes = Modes()
