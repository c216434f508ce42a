"""An implementation that is known to be wrong: every gradient is a tenth too large."""

from __future__ import annotations

from gradspec.smoking import right


class Tensor(right.Tensor):
    factor = 1.1


def tensor(data: float, requires_grad: bool = False) -> Tensor:
    return Tensor(data, requires_grad)
