"""An implementation that is known to be right, as far as it goes: sums, products, and what they leave behind."""

from __future__ import annotations

from collections.abc import Iterator

FACTOR = 1.0  # of every gradient: another one is wrong


class Tensor:
    shape: tuple[int, ...] = ()
    dtype = "torch.float32"
    grad_fn: object = None
    factor = FACTOR
    requires_grad: bool

    def __init__(self, data: float, requires_grad: bool = False, made: tuple[tuple[Tensor, float], ...] = ()) -> None:
        self.data = float(data)
        self.made = tuple((each, slope) for each, slope in made if each.requires_grad)
        self.requires_grad = requires_grad or bool(self.made)
        self.is_leaf = not self.made
        self.grad: Tensor | None = None

    def __add__(self, other: Tensor | float) -> Tensor:
        other = other if isinstance(other, Tensor) else type(self)(other)
        return type(self)(self.data + other.data, made=((self, 1.0), (other, 1.0)))

    def __mul__(self, other: Tensor | float) -> Tensor:
        other = other if isinstance(other, Tensor) else type(self)(other)
        return type(self)(self.data * other.data, made=((self, other.data), (other, self.data)))

    def __sub__(self, other: Tensor | float) -> Tensor:
        return self + (other if isinstance(other, Tensor) else type(self)(other)) * -1.0

    def backward(self) -> None:
        for leaf, slope in self.paths(self.factor):
            leaf.grad = type(self)(slope + (leaf.grad.data if leaf.grad else 0.0))

    def paths(self, slope: float) -> Iterator[tuple[Tensor, float]]:
        """Every leaf, as often as a path leads to it: enough for a few operations."""
        if self.is_leaf:
            yield self, slope
        for each, step in self.made:
            yield from each.paths(slope * step)


def tensor(data: float, requires_grad: bool = False) -> Tensor:
    return Tensor(data, requires_grad)
