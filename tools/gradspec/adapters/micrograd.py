"""micrograd: scalars alone. Each takes part in the graph, no graph is ever freed, and gradients are plain numbers."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from micrograd.engine import Value

from gradspec.adapters import BASIC_FACETS, Adapter, Unsupported
from gradspec.adapters.renaming import Namespace, Renamed, decline_keywords


class Tensor(Renamed):
    library = "micrograd"

    @classmethod
    def wrap(cls, result: Any) -> Any:
        return Tensor(result) if isinstance(result, Value) else result

    @property
    def grad(self) -> Gradient:
        return Gradient(self.value)

    def backward(self, *, retain_graph: bool = True, **keywords: Any) -> None:
        if not retain_graph:
            raise Unsupported("micrograd never frees a graph")
        decline_keywords("micrograd", keywords)
        self.value.backward()

    def __pow__(self, exponent: Any) -> Tensor:
        if isinstance(exponent, Tensor):
            raise Unsupported("micrograd's exponents are numbers alone")
        return Tensor(self.value**exponent)

    def relu(self) -> Tensor:
        return Tensor(self.value.relu())

    def item(self) -> float:
        return float(self.value.data)


class Gradient(Tensor):
    """The number that stands in a value's `grad` now. It has no identity: to zero it is to assign 0 to `grad`."""

    owner: Value

    def __init__(self, owner: Value) -> None:
        super().__init__(Value(owner.grad))
        vars(self)["owner"] = owner

    def zero_(self) -> None:
        self.owner.grad = 0


def tensor(data: Any, *, requires_grad: bool = False, **keywords: Any) -> Tensor:
    """A Value, which is given a gradient whether that is required or not."""
    decline_keywords("micrograd", keywords)
    if not isinstance(data, int | float):
        raise Unsupported("micrograd has scalars alone")
    return Tensor(Value(data))


def describe(value: Any) -> dict[str, Any] | None:
    return {"values": [value.value.data], "shape": []} if isinstance(value, Tensor) else None


def adapter() -> Adapter:
    return Adapter(
        name="micrograd",
        torch=Namespace("micrograd", tensor=tensor, Tensor=Tensor, relu=Tensor.relu),
        capabilities=frozenset({"clear_grad", "functions"}),
        facets=BASIC_FACETS,
        describe=describe,
        version=version("micrograd"),
    )
