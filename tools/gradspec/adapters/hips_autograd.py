"""HIPS autograd: differentiates functions of NumPy arrays, with NumPy's names and dtypes (which are not compared)."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
from autograd.builtins import tuple as boxed_tuple
from autograd.tracer import getval

from gradspec.adapters import Adapter
from gradspec.adapters.arrays import of_arrays
from gradspec.adapters.numpy_names import functions, linalg
from gradspec.adapters.recorded import Function, Recorded, namespace, recording
from gradspec.adapters.renaming import Namespace

CLAIMED = "tensor broadcasting functions matmul indexing shapes detach grad_argument autograd_grad higher_order"


class Tensor(Recorded):
    library = "autograd"
    arrays = (np.ndarray, np.generic)
    numpy = anp
    constant = staticmethod(getval)

    @staticmethod
    def gradient_of(function: Function, argument: Any) -> Any:
        return autograd.grad(function)(argument)

    @staticmethod
    def pull_back(function: Function, argument: Any, upstream: list[Any]) -> Any:
        return autograd.make_vjp(lambda x: boxed_tuple(function(x)))(argument)[0](boxed_tuple(upstream))


def adapter() -> Adapter:
    parts = {"linalg": Namespace("autograd", **recording(Tensor, linalg(anp)))}
    return of_arrays(Tensor, namespace(Tensor, functions(anp), **parts), CLAIMED, version("autograd"))
