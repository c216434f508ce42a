"""MyGrad: tensors that follow NumPy, in their names and in their dtypes (float64 by default: they are not compared)."""

from __future__ import annotations

from typing import Any

import mygrad as mg
import numpy as np
from mygrad.nnet.activations import relu, sigmoid

from gradspec.adapters import Adapter, Unsupported
from gradspec.adapters.arrays import of_arrays
from gradspec.adapters.renaming import Namespace, Renamed, decline_keywords, renamed, unwrap

CLAIMED = """
tensor broadcasting functions matmul indexing shapes views inplace flags grad_modes detach clear_grad grad_argument
"""
SAME = """
abs exp log sqrt sin cos tan tanh sum mean prod where maximum minimum reshape squeeze matmul stack ones_like zeros_like
""".split()
OTHER = {"amax": mg.max, "amin": mg.min, "relu": relu, "sigmoid": sigmoid, "cat": mg.concatenate, "flatten": mg.ravel}
OTHER |= {"transpose": mg.swapaxes, "t": mg.transpose, "unsqueeze": mg.expand_dims}


def wrap(result: Any) -> Any:
    if isinstance(result, mg.Tensor):
        return Tensor(result)
    return Array(np.asarray(result)) if isinstance(result, np.ndarray | np.generic) else result


class Array(Renamed):
    """A NumPy array, which is what MyGrad has for gradients, for `data`, and so for what is detached."""

    library = "MyGrad"
    requires_grad: Any = False
    is_leaf: Any = True
    wrap = staticmethod(wrap)
    shape = property(lambda self: self.value.shape)
    item = property(lambda self: self.value.item)
    tolist = property(lambda self: np.asarray(self.value).tolist)
    data = property(lambda self: self.detach())

    def detach(self) -> Array:
        return Array(np.asarray(self.value))

    def zero_(self) -> Array:
        self.value[...] = 0
        return self


class Tensor(Array):
    requires_grad = property(lambda self: not self.value.constant)
    is_leaf = property(lambda self: self.value.constant or self.value.creator is None)

    @property
    def grad(self) -> Any:
        return wrap(self.value.grad)

    @grad.setter
    def grad(self, gradient: Any) -> None:
        if gradient is not None:
            raise Unsupported("MyGrad lets nothing but None be assigned to a gradient")
        self.value.null_grad()

    def backward(self, gradient: Any = None, **keywords: Any) -> None:
        decline_keywords("MyGrad", keywords)
        self.value.backward(unwrap(gradient))


FUNCTIONS = {name: renamed(each, wrap) for name, each in ({name: getattr(mg, name) for name in SAME} | OTHER).items()}
for _name, _function in FUNCTIONS.items():
    setattr(Tensor, _name, _function)


def tensor(data: Any, *, requires_grad: bool = False, **keywords: Any) -> Tensor:
    decline_keywords("MyGrad", keywords)
    return Tensor(mg.tensor(unwrap(data), constant=not requires_grad))


def no_grad(function: Any = None) -> Any:
    return mg.no_autodiff if function is None else mg.no_autodiff(function)


def adapter() -> Adapter:
    torch = Namespace("MyGrad", tensor=tensor, Tensor=Tensor, no_grad=no_grad, **FUNCTIONS)
    return of_arrays(Array, torch, CLAIMED, mg.__version__, flags=("requires_grad", "is_leaf"))
