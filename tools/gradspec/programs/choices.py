"""Choices out of bytes: one draw of Hypothesis decides about everything in a program, which is what makes it fast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """Decisions read off `data`, a large number of which each takes its share; at its end every one falls on the first.

    What stands first is the plainest, so that little data makes a plain program.
    """

    def __init__(self, data: bytes) -> None:
        self.left = int.from_bytes(data, "little")

    def below(self, n: int) -> int:
        """An integer from 0 up to, without, `n`."""
        self.left, decision = divmod(self.left, n)
        return decision

    def between(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def pick(self, sequence: Sequence[T]) -> T:
        return sequence[self.below(len(sequence))]

    def chance(self, percent: int) -> bool:
        """True in `percent` of 100 cases, and False at the end of the data."""
        return self.below(100) >= 100 - percent

    def shuffled(self, sequence: Sequence[T]) -> list[T]:
        left = list(sequence)
        return [left.pop(self.below(len(left))) for _ in range(len(left))]
