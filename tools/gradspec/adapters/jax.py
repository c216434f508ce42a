"""JAX: differentiates functions of arrays, through `jax.vjp`; in double precision, which has to be asked for."""

from __future__ import annotations

import itertools
from importlib import import_module
from typing import Any

import numpy as np

from gradspec.adapters import BASIC_FACETS, Adapter
from gradspec.adapters.numpy_names import functions, linalg, spelled_anew
from gradspec.adapters.recorded import Function, Recorded, namespace, recording
from gradspec.adapters.renaming import Namespace

jax: Any = import_module("jax")
jnp: Any = import_module("jax.numpy")
CLAIMED = {"tensor", "broadcasting", "functions", "matmul", "indexing", "shapes", "detach", "grad_argument"}
CLAIMED |= {"autograd_grad", "higher_order"}
ACTIVATIONS = """
relu relu6 sigmoid softplus leaky_relu elu selu celu silu mish hardtanh:hard_tanh hardsigmoid:hard_sigmoid | input
hardswish:hard_swish logsigmoid:log_sigmoid softsign:soft_sign | input
softmax log_softmax logsumexp | input dim=axis
"""
SPECIAL = """
erf erfc erfinv:erf_inv digamma psi:digamma gammaln expit logit entr ndtr ndtri log_ndtr i0 i0e i1 i1e | input
xlogy xlog1py zeta gammainc gammaincc polygamma | input other
"""
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


def describe(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, Tensor):
        return None
    array = np.asarray(value.value)
    return {"values": array.ravel().tolist(), "shape": list(array.shape)}


def adapter() -> Adapter:
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_platforms", "cpu")
    activations, special = spelled_anew(jax.nn, ACTIVATIONS), spelled_anew(import_module("jax.scipy.special"), SPECIAL)
    table = functions(jnp) | activations | special | {"lgamma": special["gammaln"]}
    names = {"linalg": linalg(jnp), "special": special | activations}
    parts = {name: Namespace("JAX", **recording(Tensor, each)) for name, each in names.items()}
    parts["nn"] = Namespace("JAX", functional=Namespace("JAX", **recording(Tensor, activations)))
    return Adapter(
        name="jax",
        torch=namespace(Tensor, table, **parts),
        capabilities=frozenset(CLAIMED),
        facets=BASIC_FACETS | {"shape"},
        describe=describe,
        version=jax.__version__,
    )
