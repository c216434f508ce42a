"""The tensor's methods: names, and the functions and operators behind them."""

from __future__ import annotations

import functools
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import autograd, creation, dtypes, errors, functions, indexing, random
from refgrad.derivatives import TABLE
from refgrad.derivatives.table import Op
from refgrad.dtypes import Size
from refgrad.functions import ops
from refgrad.grad_dtype import grad_dtype
from refgrad.hooks import RemovableHandle, add_hook, tensor_hooks
from refgrad.modes import modes
from refgrad.node import Untracked, node_of
from refgrad.tensor import Tensor, memory_of, wrap
from refgrad.views import augmented, change, check_writable, follow, in_place, needs_record

# operators of the table that are functions and methods as they are
PLAIN = """
    neg abs exp expm1 log log2 log10 log1p sqrt rsqrt reciprocal sin cos tan asin acos atan sinh cosh tanh sigmoid relu
    sign floor ceil trunc round isnan isinf isfinite signbit logical_not bitwise_not
    triu tril erf erfc
""".split()
ALIASES = {"negative": "neg", "absolute": "abs", "arcsin": "asin", "arccos": "acos", "arctan": "atan"}
BINARY = """
    mul atan2 maximum minimum remainder fmod eq ne lt le gt ge bitwise_and bitwise_or bitwise_xor logical_and logical_or
    logical_xor
""".split()
BINARY_ALIASES = {
    "multiply": "mul",
    "greater": "gt",
    "greater_equal": "ge",
    "less": "lt",
    "less_equal": "le",
    "not_equal": "ne",
}
FUNCTIONS = """
    add sub rsub div pow square clamp where sum mean prod max min amax amin argmax argmin var std var_mean cumsum
    logsumexp softmax log_softmax all any norm mm mv dot bmm matmul addmm outer reshape flatten unflatten squeeze
    unsqueeze transpose permute t movedim flip roll select narrow unbind split chunk gather index_select masked_fill
    diagonal as_strided clone equal allclose isclose numel floor_divide broadcast_to
""".split()
FUNCTION_ALIASES = {
    "subtract": "sub",
    "divide": "div",
    "true_divide": "div",
    "clip": "clamp",
    "swapaxes": "transpose",
    "swapdims": "transpose",
    "moveaxis": "movedim",
    "ravel": "flatten",
}
METHODS_ONLY = "unfold view expand repeat to contiguous".split()
FUNCTIONS_ONLY = {
    "cat": functions.cat,
    "concat": functions.cat,
    "concatenate": functions.cat,
    "stack": functions.stack,
    "meshgrid": creation.meshgrid,
    "result_type": functions.result_type,
}
IN_PLACE = """
    mul neg abs exp expm1 log log2 log10 log1p sqrt rsqrt reciprocal sin cos tan asin acos atan sinh cosh tanh sigmoid relu
    sign floor ceil trunc round remainder fmod
""".split()
OPERATORS = {
    "add": "add", "radd": "add", "sub": "sub", "rsub": "rsub", "mul": "mul", "rmul": "mul", "truediv": "div", "neg": "neg",
    "abs": "abs", "eq": "eq", "ne": "ne", "lt": "lt", "le": "le", "gt": "gt", "ge": "ge",
    "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor", "invert": "bitwise_not",
}  # fmt: skip
CASTS = {"float": "float32", "double": "float64", "half": "float16", "long": "int64", "int": "int32", "short": "int16",
         "char": "int8", "byte": "uint8", "bool": "bool_"}  # fmt: skip


class Lazy:
    """A method that is written, from the table, when it is first asked for."""

    def __init__(self, name: str, op: Op) -> None:
        self.name, self.op = name, op

    def __get__(self, instance: Any, owner: type) -> Any:
        function = self.op.recorded
        setattr(Tensor, self.name, function)
        return function if instance is None else function.__get__(instance, owner)


def public() -> dict[str, Callable | Op]:
    """The functions of the package, by name; an Op stands for its recorded form."""
    names: dict[str, Callable | Op] = {name: TABLE[name] for name in PLAIN}
    names |= {alias: TABLE[name] for alias, name in ALIASES.items()}
    names |= {name: functions.binary(name) for name in BINARY}
    names |= {alias: names[name] for alias, name in BINARY_ALIASES.items()}
    names |= {name: getattr(functions, name) for name in FUNCTIONS}
    names |= {alias: getattr(functions, name) for alias, name in FUNCTION_ALIASES.items()}
    return names | FUNCTIONS_ONLY


PUBLIC = public()


def put_methods() -> None:
    for name, function in PUBLIC.items():
        if name not in FUNCTIONS_ONLY:
            setattr(Tensor, name, Lazy(name, function) if isinstance(function, Op) else function)
    for name in METHODS_ONLY:
        setattr(Tensor, name, getattr(functions, name))
    for name in IN_PLACE:
        setattr(Tensor, f"{name}_", in_place(name))
    for dunder, name in OPERATORS.items():
        setattr(Tensor, f"__{dunder}__", Lazy(f"__{dunder}__", TABLE[name]))
    for name, attribute in CASTS.items():
        setattr(Tensor, name, cast_method(attribute))


def cast_method(attribute: str) -> Callable:
    to = getattr(dtypes, attribute)

    def method(self: Tensor) -> Tensor:
        return functions.to(self, to)

    method.__name__ = method.__qualname__ = to.name
    return method


def backward(
    self: Tensor, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None
) -> None:
    """Add the gradient of this tensor, weighted by `gradient` (of its shape), to the `.grad` of the leaves."""
    autograd.backward(self, gradient, retain_graph, create_graph, inputs=inputs)


def register_hook(self: Tensor, hook: Callable) -> RemovableHandle:
    """Call `hook(grad)` when the gradient of this tensor is known; what it gives back, if not None, takes its place."""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    return add_hook(tensor_hooks(self), hook)


def register_post_accumulate_grad_hook(self: Tensor, hook: Callable) -> RemovableHandle:
    """Call `hook(tensor)` after the gradient of this leaf has been added to its `.grad`."""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self._node is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    if self._post_hooks is None:
        self._post_hooks = OrderedDict()
    return add_hook(self._post_hooks, hook)


def retain_grad(self: Tensor) -> None:
    """Keep the gradient of this tensor in `.grad` although it is not a leaf."""
    if not self.requires_grad:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if self._node is not None:
        node_of(self._node).more().retains.setdefault(self.output_nr, weakref.ref(self))


def detach_(self: Tensor) -> Tensor:
    """Forget this tensor's history."""
    if self._base is not None:
        raise RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for "
            "training, and gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence "
            "detach_() cannot be called on these gradients. To fix this error, please refer to the "
            "Optimizer.zero_grad() function in torch/optim/optimizer.py as the solution."
        )
    self._node = None
    self._make_leaf(False)
    return self


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Write `src`, cast and broadcast to this tensor's dtype and shape, into it."""
    if not isinstance(src, Tensor):
        raise errors.not_a_tensor("copy_", "other", 1, src)
    return change(self, TABLE["copy"], src)


def zero_(self: Tensor) -> Tensor:
    """Write zeros everywhere."""
    shared = self._views is not None or self._base is not None
    if shared or self._data.__class__ is not np.ndarray or (modes.grad and needs_record(self, ())):
        return change(self, TABLE["zero"])
    self._data.fill(0)
    self._bump()
    return self


def fill_(self: Tensor, value: Any) -> Tensor:
    """Write the number `value` everywhere."""
    if isinstance(value, Tensor):
        if value._data.ndim:
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {value._data.ndim} dimensions."
            )
        return change(self, TABLE["copy"], value)
    return change(self, TABLE["fill"], value)


def pow_(self: Tensor, exponent: Any) -> Tensor:
    return change(self, TABLE["pow_tensor" if isinstance(exponent, Tensor) else "pow"], exponent)


def clamp_(self: Tensor, min: Any = None, max: Any = None) -> Tensor:
    tensors = isinstance(min, Tensor) or isinstance(max, Tensor)
    return change(self, TABLE["clamp_tensor" if tensors else "clamp"], min, max)


def masked_fill_(self: Tensor, mask: Tensor, value: Any) -> Tensor:
    return change(self, TABLE["masked_fill_tensor" if isinstance(value, Tensor) else "masked_fill"], mask, value)


RESHAPED = {
    "UnsqueezeBackward0": "UnsqueezeBackward1", "SqueezeBackward0": "SqueezeBackward3", "TBackward0": "TBackward1",
    "SqueezeBackward1": "SqueezeBackward4", "TransposeBackward0": "TransposeBackward1",
}  # fmt: skip


@functools.cache
def reshaped(node_type: Any) -> Any:
    """The class of the nodes that the in-place form of a view makes: the same, under PyTorch's name for it."""
    return type(RESHAPED.get(node_type.__name__, node_type.__name__), (node_type,), {"__slots__": ()})


def reshaping(name: str) -> Callable:
    """The in-place form of a view: this tensor itself gets another shape."""

    def method(self: Tensor, *args: Any) -> Tensor:
        if modes.grad:
            check_writable(self)
        view = getattr(functions, name)(self, *args)
        if view._node is not None and modes.grad:
            self._node = view._node
            self._node.__class__ = reshaped(self._node.__class__)
        self._data = view._data
        if self._base is not None:
            self._replay = view._replay
        self._bump()
        follow(self if self._base is None else self._base, but=self if modes.grad else None)
        return self

    method.__name__ = method.__qualname__ = f"{name}_"
    return method


def drawing(name: str, draw: Callable) -> Callable:
    """The method that fills a tensor with what `draw` draws; what stood there is forgotten."""

    def method(self: Tensor, *args: Any, generator: Any = None, **kwargs: Any) -> Tensor:
        drawn = np.empty_like(self._data)
        place = random.memory_order(drawn)
        place[...] = draw(generator or creation.default_generator, place.shape, drawn.dtype, *args, **kwargs)
        return change(self, TABLE[f"{name}_{len(args)}" if draw is integers else name], drawn)

    method.__name__ = method.__qualname__ = f"{name}_"
    return method


def integers(generator: Any, shape: tuple, dtype: Any, *bounds: int) -> np.ndarray:
    """Integers within `bounds`: none, the end, or both."""
    if not bounds:
        return random.random_(generator, shape, dtype)
    low, high = (0, *bounds)[-2:]
    return random.randint(generator, low, high, shape, dtype)


def chances(generator: Any, shape: tuple, dtype: Any, p: Any = 0.5) -> np.ndarray:
    return random.bernoulli(generator, p._data if isinstance(p, Tensor) else p, shape, dtype)


def iterate(self: Tensor) -> Any:
    if not self._data.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter(functions.unbind(self, 0))


def size(self: Tensor, dim: int | None = None) -> Any:
    return self.shape if dim is None else self._data.shape[functions.as_dim(dim, self._data.ndim)]


def stride(self: Tensor, dim: int | None = None) -> Any:
    strides = tuple(s // self._data.itemsize for s in self._data.strides)
    return strides if dim is None else strides[dim]


def storage_offset(self: Tensor) -> int:
    """How many elements lie in the memory before the first of this tensor."""
    data = self._array()
    return (data.ctypes.data - memory_of(data).ctypes.data) // data.itemsize


def type_(self: Tensor, dtype: Any = None) -> Any:
    if dtype is None:
        return self.dtype.tensor_type
    named = {d.tensor_type: d for d in dtypes.dtype.instances.values()}
    return functions.to(self, named[dtype] if isinstance(dtype, str) else dtype)


T_DEPRECATED = (
    "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an "
    "error in a future release. Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange(x.ndim - "
    "1, -1, -1))` to reverse the dimensions of a tensor."
)
T_SCALAR = "Tensor.T is deprecated on 0-D tensors. This function is the identity in these cases."


def reverse_dims(self: Tensor) -> Tensor:
    """The dimensions the other way round: of a matrix, its transpose."""
    if self._data.ndim != 2:
        warnings.warn(T_DEPRECATED if self._data.ndim else T_SCALAR, UserWarning, stacklevel=2)
    return ops.permute(self, tuple(range(self._data.ndim))[::-1])


def matrix_transpose(self: Tensor) -> Tensor:
    if self._data.ndim < 2:
        raise RuntimeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {self._data.ndim}-D tensor."
        )
    return functions.transpose(self, -2, -1)


# methods that are written above, or are functions under another name
OTHERS: dict[str, Any] = {
    "backward": backward,
    "register_hook": register_hook,
    "register_post_accumulate_grad_hook": register_post_accumulate_grad_hook,
    "retain_grad": retain_grad,
    "detach_": detach_,
    # in place
    "add_": functions.add_, "sub_": functions.sub_, "div_": in_place("div"), "pow_": pow_, "clamp_": clamp_, "copy_": copy_,
    "fill_": fill_, "zero_": zero_, "masked_fill_": masked_fill_, "index_put_": indexing.index_put_,
    "index_put": indexing.index_put,
    "squeeze_": reshaping("squeeze"), "unsqueeze_": reshaping("unsqueeze"), "t_": reshaping("t"),
    "transpose_": reshaping("transpose"), "uniform_": drawing("uniform", random.uniform),
    "normal_": drawing("normal", random.normal), "exponential_": drawing("exponential", random.exponential),
    "random_": drawing("random", integers), "bernoulli_": drawing("bernoulli", chances),
    # operators
    "__iadd__": augmented("add"), "__isub__": augmented("sub"), "__imul__": augmented("mul"),
    "__itruediv__": augmented("div"),
    "__mod__": functions.modulo, "__ipow__": pow_, "__pow__": functions.pow, "__rpow__": functions.rpow,
    "__rtruediv__": functions.rdiv,
    "__floordiv__": functions.floor_divide, "__rfloordiv__": functions.rfloordiv, "__rmod__": functions.rremainder,
    "__matmul__": functions.matmul_operator, "__getitem__": indexing.getitem, "__setitem__": indexing.setitem,
    "__iter__": iterate, "__pos__": lambda self: self,
    # new tensors beside this one
    "new_zeros": creation.new_zeros, "new_ones": creation.new_ones, "new_empty": creation.new_empty,
    "new_tensor": creation.new_tensor, "new_full": creation.new_full,
    # in the form of another
    "view_as": lambda self, other: functions.view(self, other.shape),
    "expand_as": lambda self, other: functions.expand(self, *other.shape),
    "reshape_as": lambda self, other: functions.reshape(self, other.shape),
    "type_as": lambda self, other: functions.to(self, other.dtype),
    "cpu": lambda self: self,
    # what it is
    "grad_dtype": grad_dtype, "T": property(reverse_dims), "mT": property(matrix_transpose), "size": size, "stride": stride, "type": type_,
    "dim": lambda self: self._data.ndim, "ndimension": lambda self: self._data.ndim, "nelement": functions.numel,
    "element_size": lambda self: self._data.itemsize,
    "is_contiguous": lambda self, memory_format=None: bool(self._array().flags.c_contiguous),
    "is_floating_point": lambda self: self.dtype.is_floating_point,
    "is_complex": lambda self: self.dtype.is_complex,
    "is_signed": lambda self: self.dtype.is_signed,
    "is_nonzero": Tensor.__bool__,
    "is_same_size": lambda self, other: self._data.shape == other._data.shape,
    "is_inference": lambda self: self._vc.__class__ is Untracked,
    "is_shared": lambda self: False,
    "_is_view": lambda self: self._base is not None,
    "data_ptr": lambda self: self._array().ctypes.data,
    "storage_offset": storage_offset,
    "get_device": lambda self: -1,
    "nonzero": lambda self: wrap(np.argwhere(self._data)),
    "masked_select": lambda self, mask: ops.masked_select(self, mask),
}  # fmt: skip

put_methods()
backward.__qualname__ = "Tensor.backward"
for _name, _value in OTHERS.items():
    setattr(Tensor, _name, _value)
Size.__module__ = "torch"
