"""tinygrad: lazy tensors, each of which is given a gradient; in double precision, on the device that needs no compiler."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np

from gradspec.adapters import Adapter, Unsupported
from gradspec.adapters.arrays import frees_nothing, giving_back, of_arrays, words
from gradspec.adapters.numpy_names import spelled_anew, spelled_by_dimensions
from gradspec.adapters.recorded import together
from gradspec.adapters.renaming import Namespace, Renamed, decline_keywords, unwrap

tinygrad: Any = import_module("tinygrad")
DEVICE = "PYTHON"
CLAIMED = """
tensor broadcasting functions matmul indexing shapes inplace detach clear_grad grad_argument autograd_grad higher_order
"""


class Tensor(Renamed):
    library = "tinygrad"
    shape = property(lambda self: self.value.shape)
    item = property(lambda self: read(self.value).item)
    tolist = property(lambda self: read(self.value).tolist)
    grad = property(lambda self: self.wrap(self.value.grad), lambda self, new: setattr(self.value, "grad", unwrap(new)))

    @classmethod
    def wrap(cls, result: Any) -> Any:
        if isinstance(result, tuple | list):
            return tuple(map(cls.wrap, result))
        return Tensor(result) if isinstance(result, tinygrad.Tensor) else result

    def backward(self, gradient: Any = None, retain_graph: bool | None = None, **keywords: Any) -> None:
        frees_nothing("tinygrad", retain_graph)
        decline_keywords("tinygrad", {**keywords, "create_graph": None})  # there always is one
        self.value.backward(unwrap(gradient))


def tensor(data: Any, *, requires_grad: bool = False, **keywords: Any) -> Tensor:
    """A tensor with memory of its own: without, those that hold the same number would be one."""
    decline_keywords("tinygrad", keywords)
    return Tensor(tinygrad.Tensor(np.array(data)).clone())


def read(value: Any) -> Any:
    return np.array((value if value.device else value.clone(device=DEVICE)).tolist()).reshape(value.shape)


def renamed(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **keywords: Any) -> Any:
        if len(args) > 1 and isinstance(args[0], int | float):
            raise Unsupported("tinygrad's functions are methods of the first tensor")
        return Tensor.wrap(function(*map(unwrap, args), **{name: unwrap(each) for name, each in keywords.items()}))

    return call


def adapter() -> Adapter:
    tinygrad.helpers.DEV.value = DEVICE
    library, table = tinygrad.Tensor, words("tinygrad")
    activations = spelled_anew(library, table["activations"])
    spelled = activations | spelled_anew(library, table["functions"])
    spelled |= spelled_by_dimensions(library, table["of_dimensions"]) | {"einsum": library.einsum}
    spelled["cat"] = lambda tensors, dim=0: library.cat(*tensors, dim=dim)
    spelled["stack"] = lambda tensors, dim=0: library.stack(*tensors, dim=dim)
    functions = {name: renamed(each) for name, each in spelled.items()}
    for name, each in functions.items():
        setattr(Tensor, name, each)
    nn = Namespace("tinygrad", functional=Namespace("tinygrad", **{name: functions[name] for name in activations}))
    functions |= {"tensor": tensor, "zeros": lambda *size, **keywords: tensor(np.zeros(together(size)), **keywords)}
    grad = giving_back(Tensor, lambda of, by, start: of.gradient(*by, gradient=start))
    autograd = Namespace("tinygrad", grad=grad)
    torch = Namespace("tinygrad", Tensor=Tensor, autograd=autograd, nn=nn, **functions)
    return of_arrays(Tensor, torch, CLAIMED, version("tinygrad"), read)
