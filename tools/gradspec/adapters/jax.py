"""JAX: differentiates functions of arrays, through `jax.vjp`; in double precision, which has to be asked for."""

from __future__ import annotations

import itertools
from importlib import import_module
from typing import Any

import numpy as np

from gradspec.adapters import Adapter
from gradspec.adapters.arrays import of_arrays, words
from gradspec.adapters.numpy_names import functions, linalg, spelled_anew
from gradspec.adapters.recorded import Function, Recorded, namespace, recording
from gradspec.adapters.renaming import Namespace

jax: Any = import_module("jax")
jnp: Any = import_module("jax.numpy")
CLAIMED = "tensor broadcasting functions matmul indexing shapes detach grad_argument autograd_grad higher_order"
LEAVES = itertools.count(1)
CLEARED_AFTER = 60  # leaves: what JAX compiles, for every shape anew, it keeps, until there is no memory left


class Tensor(Recorded):
    library = "JAX"
    arrays = (jax.Array, np.generic)
    numpy = jnp
    constant = staticmethod(jax.lax.stop_gradient)

    @classmethod
    def leaf(cls, value: Any, requires_grad: bool = False, **keywords: Any) -> Recorded:
        if next(LEAVES) % CLEARED_AFTER == 0:
            jax.clear_caches()
        return super().leaf(value, requires_grad, **keywords)

    @staticmethod
    def gradient_of(function: Function, argument: Any) -> Any:
        return jax.grad(function)(argument)

    @staticmethod
    def pull_back(function: Function, argument: Any, upstream: list[Any]) -> Any:
        return jax.vjp(function, argument)[1](upstream)[0]


def adapter() -> Adapter:
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    table = words("jax")
    activations = spelled_anew(jax.nn, table["activations"])
    special = spelled_anew(import_module("jax.scipy.special"), table["special"])
    names = {"linalg": linalg(jnp), "special": special | activations}
    parts = {name: Namespace("JAX", **recording(Tensor, each)) for name, each in names.items()}
    parts["nn"] = Namespace("JAX", functional=Namespace("JAX", **recording(Tensor, activations)))
    spelled = functions(jnp) | activations | special | {"lgamma": special["gammaln"]}
    return of_arrays(Tensor, namespace(Tensor, spelled, **parts), CLAIMED, jax.__version__)
