"""The switches that decide what is recorded: one object, read on every operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Modes:
    """`grad`: operations are recorded. `inference`: nor may they be later. `observer`: called with each new node."""

    __slots__ = ("grad", "inference", "observer")

    def __init__(self) -> None:
        self.grad = True
        self.inference = False
        self.observer: Callable[[Any], None] | None = None


modes = Modes()
