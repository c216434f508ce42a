"""tinygrad: lazy tensors, each of which is given a gradient; in double precision, on the device that needs no compiler."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np

from gradspec.adapters import BASIC_FACETS, Adapter, Unsupported
from gradspec.adapters.numpy_names import of_dimensions, spelled_anew
from gradspec.adapters.recorded import together
from gradspec.adapters.renaming import Namespace, Renamed, decline_keywords, unwrap

tinygrad: Any = import_module("tinygrad")
DEVICE = "PYTHON"
CLAIMED = {"tensor", "broadcasting", "functions", "matmul", "indexing", "shapes", "inplace", "detach", "clear_grad"}
CLAIMED |= {"grad_argument", "autograd_grad", "higher_order"}
ACTIVATIONS = """
relu relu6 sigmoid tanh silu mish softplus softsign hardsigmoid hardswish hardtanh elu celu leaky_relu selu | input
logsigmoid | input
softmax log_softmax softmin | input dim=axis
"""
FUNCTIONS = """
abs exp exp2 log log2 log10 sqrt rsqrt square reciprocal sin cos tan asin acos atan sinh cosh asinh acosh atanh | input
erf sign floor ceil trunc round neg isnan isinf isfinite logical_not clone zeros_like ones_like max min | input
add sub mul eq ne fmod remainder:mod copysign | input other
pow | input exponent
div | input other rounding_mode=rounding_mode
where | condition input other
lerp | input end weight
clamp clip | input min=min_ max=max_
sum mean prod amax:max amin:min any all argmax argmin | input dim=axis keepdim=keepdim
var std var_mean std_mean | input dim=axis correction=correction keepdim=keepdim
logsumexp | input dim keepdim=keepdim
cumsum cumprod logcumsumexp | input dim
sort | input dim=dim descending=descending
topk | input k dim=dim largest=largest
gather | input dim index
masked_fill | input mask value
transpose | input dim0 dim1
reshape | input *shape
permute flip repeat | input *dims
expand | input *sizes
flatten | input start_dim=start_dim end_dim=end_dim
unsqueeze | input dim
squeeze | input dim=dim
unflatten | input dim sizes
roll | input shifts dims=dims
split | input split_size_or_sections dim=dim
chunk | input chunks dim=dim
repeat_interleave | input repeats dim=dim
diagonal | input offset=offset dim1=dim1 dim2=dim2
tril triu | input diagonal=diagonal
"""
TWO: dict[str, tuple[int | None, ...]] = {
    "matmul": (None, None),
    "mm:matmul": (2, 2),
    "mv:matmul": (2, 1),
    "bmm:matmul": (3, 3),
    "dot": (1, 1),
}
TWO |= {"maximum": (None, None), "minimum": (None, None), "logaddexp": (None, None), "t:transpose": (2,)}


class Tensor(Renamed):
    library = "tinygrad"
    shape = property(lambda self: self.value.shape)
    item = property(lambda self: read(self.value).item)
    tolist = property(lambda self: read(self.value).tolist)

    @classmethod
    def wrap(cls, result: Any) -> Any:
        if isinstance(result, tuple | list):
            return tuple(map(cls.wrap, result))
        return Tensor(result) if isinstance(result, tinygrad.Tensor) else result

    @property
    def grad(self) -> Any:
        return self.wrap(self.value.grad)

    @grad.setter
    def grad(self, gradient: Any) -> None:
        self.value.grad = unwrap(gradient)

    def detach(self) -> Any:
        return self.wrap(self.value.detach())

    def backward(
        self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, **keywords: Any
    ) -> None:
        kept(retain_graph)
        decline_keywords("tinygrad", keywords)
        self.value.backward(unwrap(gradient))


def kept(retain_graph: bool | None) -> None:
    if retain_graph is False:
        raise Unsupported("tinygrad never frees a graph")


def gradient(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,  # there always is one
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
    **keywords: Any,
) -> Any:
    kept(retain_graph)
    decline_keywords("tinygrad", keywords)
    of, *others = listed(outputs)
    by, start = listed(inputs), None if grad_outputs is None else listed(grad_outputs)[0]
    if others or (materialize_grads and allow_unused is False):
        raise Unsupported("tinygrad differentiates one tensor at a time, and has zeros for what was not used")
    found = unwrap(of).gradient(*map(unwrap, by), gradient=unwrap(start))
    if allow_unused and not materialize_grads and not all(np.any(read(each)) for each in found):
        raise Unsupported("tinygrad does not tell a gradient of zeros from none")
    return Tensor.wrap(tuple(found))


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, tuple | list) else [value]


def tensor(data: Any, *, requires_grad: bool = False, **keywords: Any) -> Tensor:
    """A tensor with memory of its own: without, those that hold the same number would be one."""
    decline_keywords("tinygrad", keywords)
    return Tensor(tinygrad.Tensor(np.array(data)).clone())


def zeros(*size: Any, **keywords: Any) -> Tensor:
    return tensor(np.zeros(together(size)), **keywords)


def read(value: Any) -> Any:
    return np.array((value if value.device else value.clone(device=DEVICE)).tolist()).reshape(value.shape)


def describe(value: Any) -> dict[str, Any] | None:
    if not isinstance(value, Tensor):
        return None
    return {"values": read(value.value).ravel().tolist(), "shape": list(value.shape)}


def renamed(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **keywords: Any) -> Any:
        if len(args) > 1 and isinstance(args[0], int | float):
            raise Unsupported("tinygrad's functions are methods of the first tensor")
        return Tensor.wrap(function(*map(unwrap, args), **{name: unwrap(each) for name, each in keywords.items()}))

    return call


def adapter() -> Adapter:
    tinygrad.helpers.DEV.value = DEVICE
    table = spelled_anew(tinygrad.Tensor, ACTIVATIONS + FUNCTIONS.lstrip())
    table |= {
        name.partition(":")[0]: of_dimensions(getattr(tinygrad.Tensor, name.partition(":")[2] or name), *ndims)
        for name, ndims in TWO.items()
    }
    table |= {"cat": lambda tensors, dim=0: tinygrad.Tensor.cat(*tensors, dim=dim)}
    table |= {
        "stack": lambda tensors, dim=0: tinygrad.Tensor.stack(*tensors, dim=dim),
        "einsum": tinygrad.Tensor.einsum,
    }
    functions = {name: renamed(each) for name, each in table.items()}
    for name, each in functions.items():
        setattr(Tensor, name, each)
    activations = {name: functions[name] for name in spelled_anew(tinygrad.Tensor, ACTIVATIONS)}
    nn = Namespace("tinygrad", functional=Namespace("tinygrad", **activations))
    autograd = Namespace("tinygrad", grad=gradient)
    return Adapter(
        name="tinygrad",
        torch=Namespace("tinygrad", tensor=tensor, zeros=zeros, Tensor=Tensor, autograd=autograd, nn=nn, **functions),
        capabilities=frozenset(CLAIMED),
        facets=BASIC_FACETS | {"shape"},
        describe=describe,
        version=version("tinygrad"),
    )
