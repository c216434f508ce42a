"""The tensor's methods: names, and the functions and operators behind them."""

from __future__ import annotations

import functools
import inspect
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import autograd, creation, dtypes, errors, functions, indexing, memory, messages, random, views
from refgrad.derivatives import TABLE
from refgrad.functions import IN_PLACE, ops
from refgrad.functions.arithmetic import OPERATORS
from refgrad.functions.elsewhere import Elsewhere
from refgrad.grad_dtype import grad_dtype
from refgrad.hooks import RemovableHandle, add_hook, tensor_hooks
from refgrad.modes import modes
from refgrad.node import Untracked, as_node, sequence
from refgrad.tensor import Tensor
from refgrad.views import change

# in `special`, `nn.functional` or `linalg` alone; methods alone; functions of the package alone
ELSEWHERE = "powers entr erfcx i0e i1 i1e log_ndtr ndtr ndtri xlog1py zeta".split()
# the functions of the package that take sizes as a list, where the methods may take them one by one
LISTED = "reshape permute flip tile broadcast_to".split()
METHODS_ONLY = "unfold view expand repeat to contiguous view_as reshape_as expand_as add_ sub_".split()
FUNCTIONS_ONLY = """
    cat concat concatenate stack meshgrid polygamma rsub var_mean result_type atleast_1d atleast_2d atleast_3d
    broadcast_tensors block_diag tensordot einsum trapezoid cumulative_trapezoid cdist hstack vstack dstack
    column_stack chain_matmul vander lu_unpack std_mean view_as_real view_as_complex complex polar real imag gradient
    trapz row_stack cartesian_prod combinations searchsorted bucketize isin
""".split()
FUNCTIONS_ONLY += functions.parts.COPIES
DIRECT = {
    "add": "add", "radd": "add", "sub": "sub", "mul": "mul", "rmul": "mul", "truediv": "div", "neg": "neg",
    "abs": "abs", "eq": "eq", "ne": "ne", "lt": "lt", "le": "le", "gt": "gt", "ge": "ge",
    "floordiv": "floor_divide", "lshift": "bitwise_left_shift", "rshift": "bitwise_right_shift",
    "and": "bitwise_and", "or": "bitwise_or", "xor": "bitwise_xor",
}  # fmt: skip
AUGMENTED = {"iadd": "add", "isub": "sub", "imul": "mul", "itruediv": "div", "ilshift": "bitwise_left_shift",
             "irshift": "bitwise_right_shift"}  # fmt: skip
OF_MATRICES = {
    "det": "det", "logdet": "logdet", "slogdet": "slogdet", "inverse": "inv", "pinverse": "pinv", "matrix_exp": "matrix_exp",
    "matrix_power": "matrix_power", "cholesky_inverse": "cholesky_inverse", "cholesky_solve": "cholesky_solve",
    "orgqr": "householder_product",
}  # fmt: skip
FORMER = "svd cholesky qr lu lu_solve lu_unpack triangular_solve ormqr".split()  # of matrices, as they were once
CASTS = {"float": "float32", "double": "float64", "half": "float16", "long": "int64", "int": "int32", "short": "int16",
         "char": "int8", "byte": "uint8", "bool": "bool_"}  # fmt: skip


class Lazy:
    """A method that is written, from a table, when it is first asked for."""

    def __init__(self, name: str, entry: Any) -> None:
        self.name, self.entry = name, entry

    def __get__(self, instance: Any, owner: type) -> Any:
        function = self.entry.recorded
        setattr(Tensor, self.name, function)
        return function if instance is None else function.__get__(instance, owner)


def lazy(name: str, entry: Any) -> Any:
    return Lazy(name, entry) if hasattr(type(entry), "recorded") else entry


def squeeze(self: Tensor, *dim: Any, **named: Any) -> Tensor:
    """A view without dimensions of size 1: without any, or without those of `dim`, a list or one by one."""
    return functions.squeeze(self, *([dim] if len(dim) > 1 else dim), **named)


def positive(self: Tensor) -> Tensor:
    messages.require(self._data.dtype.kind != "b", "methods.positive")
    return self


def invert(self: Tensor) -> Tensor:
    messages.require(self._data.dtype.kind in "biu", "methods.invert")
    return functions.bitwise_not(self)


def cast_method(dtype: dtypes.dtype) -> Callable:
    def method(self: Tensor) -> Tensor:
        return functions.to(self, dtype)

    return method


def backward(
    self: Tensor, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False, inputs: Any = None
) -> None:
    """Add the gradient of this tensor, weighted by `gradient` (of its shape), to the `.grad` of the leaves."""
    autograd.backward(self, gradient, retain_graph, create_graph, None, inputs)


def register_hook(self: Tensor, hook: Callable) -> RemovableHandle:
    """Call `hook(grad)` when the gradient of this tensor is known; what it gives back, if not None, takes its place."""
    messages.require(self.requires_grad, "methods.hook")
    return add_hook(tensor_hooks(self), hook)


def register_post_accumulate_grad_hook(self: Tensor, hook: Callable) -> RemovableHandle:
    """Call `hook(tensor)` after the gradient of this leaf has been added to its `.grad`."""
    messages.require(self.requires_grad, "methods.hook")
    messages.require(self.is_leaf, "methods.hook_of_leaves")
    extra = self._more()
    if extra.post_hooks is None:
        extra.post_hooks = OrderedDict()
    return add_hook(extra.post_hooks, hook)


def retain_grad(self: Tensor) -> None:
    """Keep the gradient of this tensor in `.grad` although it is not a leaf."""
    messages.require(self.requires_grad, "methods.retain_grad")
    if self._is_made() and not self.retains_grad:
        self.grad_fn.more().retains[self.output_nr] = weakref.ref(self)
        self.retains_grad = True


def detach_(self: Tensor) -> Tensor:
    """Forget this tensor's history. Its hooks stay with the node, and with the leaf that it becomes."""
    messages.require(self._base is None, "methods.detach")
    if self._node is not None:
        self._node, self._detached = None, next(sequence)
    self._make_leaf(False)
    return self


def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Write `src`, cast and broadcast to this tensor's dtype and shape, into it."""
    if not isinstance(src, Tensor):
        raise errors.argument("copy_", "other", 1, src)
    return change(self, TABLE["copy"], src if self._data.dtype.kind in "fc" else src.detach())


def zero_(self: Tensor) -> Tensor:
    """Write zeros everywhere."""
    vc, data = self._vc, self._data
    if len(vc) > 1 or vc.__class__ is Untracked or (modes.grad and (self._rg or self._node is not None)):
        return change(self, TABLE["zero"])
    if data.__class__ is np.ndarray:
        data.fill(0)
    else:
        self._data = dtypes.ZERO[data.dtype]
    if vc.__class__ is list:
        vc[0] += 1
    else:
        self._vc = [1]
    return self


def fill_(self: Tensor, value: Any) -> Tensor:
    """Write the number `value` everywhere."""
    if not isinstance(value, Tensor):
        return change(self, TABLE["fill"], functions.arguments.as_number(value, "fill_", "value", 1))
    if modes.grad and (self.requires_grad or value.requires_grad):
        views.check_writable(self)
    messages.require(not value._data.ndim, "methods.fill", value._data.ndim)
    return change(self, TABLE["fill_tensor"], value)


RESHAPED = {
    "UnsqueezeBackward0": "UnsqueezeBackward1", "SqueezeBackward0": "SqueezeBackward3", "TBackward0": "TBackward1",
    "SqueezeBackward1": "SqueezeBackward4", "TransposeBackward0": "TransposeBackward1",
    "SqueezeBackward2": "SqueezeBackward5",
}  # fmt: skip


def reshaping(viewing: Any) -> Callable:
    """The in-place form of a view: this tensor itself gets another shape."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if self._vc.__class__ is Untracked:
            views.check_inference()
        if modes.grad and self.requires_grad:
            views.check_writable(self)
        view = (viewing if callable(viewing) else getattr(functions, viewing))(self, *args, **kwargs)
        if view._node is not None and modes.grad:
            self._node = view._node
            as_node(self, RESHAPED.get(type(self._node).__name__, type(self._node).__name__))
        self._will_change_shape()
        self._data = view._data
        if self._base is not None:
            self._replay = view._replay
        else:
            views.turn_back(self, view._replay[-1])
        self._bump()
        views.follow_all(self, but=self if modes.grad else None)
        return self

    return method


def drawing(name: str, draw: Callable) -> Callable:
    """The method that fills a tensor with what `draw` draws; what stood there is forgotten."""

    def method(self: Tensor, *args: Any, generator: Any = None, **kwargs: Any) -> Tensor:
        drawn = np.empty_like(self._data)
        place = random.memory_order(drawn)
        place[...] = draw(generator or creation.default_generator, place.shape, drawn.dtype, *args, **kwargs)
        return change(self, TABLE[f"{name}_{len(args)}" if draw is integers else name], drawn)

    return method


def integers(generator: Any, shape: tuple, dtype: Any, *bounds: int) -> np.ndarray:
    """Integers within `bounds`: none, the end, or both."""
    if not bounds:
        return random.random_(generator, shape, dtype)
    low, high = (0, *bounds)[-2:]
    return random.randint(generator, low, high, shape, dtype)


def chances(generator: Any, shape: tuple, dtype: Any, p: Any = 0.5) -> np.ndarray:
    """0 and 1, with the probability `p` of 1."""
    return random.bernoulli(generator, p._data if isinstance(p, Tensor) else p, shape, dtype)


def as_subclass(self: Tensor, cls: type) -> Tensor:
    """The same memory and history, as a tensor of class `cls`."""
    t = ops.alias(self)
    t.__class__ = cls
    return t


def make_subclass(cls: type, data: Tensor, require_grad: bool = False) -> Tensor:
    """The same memory, as a leaf of class `cls`."""
    t = data.detach()
    t.__class__ = cls
    return t.requires_grad_(require_grad)


def iterate(self: Tensor) -> Any:
    """The slices along the first dimension."""
    messages.require(self._data.ndim, "methods.iterate")
    return iter(functions.unbind(self, 0))


def size(self: Tensor, dim: int | None = None) -> Any:
    """The shape, or the size of one dimension."""
    return self.shape if dim is None else self._data.shape[functions.as_dim(dim, self._data.ndim)]


def stride(self: Tensor, dim: int | None = None) -> Any:
    """How many elements of memory lie between neighbours along each dimension, or along one."""
    strides = tuple(s // self._data.itemsize for s in self._data.strides)
    return strides if dim is None else strides[dim]


def type_(self: Tensor, dtype: Any = None) -> Any:
    """The name of this tensor's type, or this tensor in the `dtype` (or type of that name)."""
    if dtype is None:
        return self.dtype.tensor_type
    named = {d.tensor_type: d for d in dtypes.dtype.instances.values()}
    return functions.to(self, named[dtype] if isinstance(dtype, str) else dtype)


def volatile(self: Tensor) -> bool:
    messages.warn("methods.volatile")
    return False


def set_volatile(self: Tensor, value: Any) -> None:
    messages.warn("autograd.volatile")


def reverse_dims(self: Tensor) -> Tensor:
    """The dimensions the other way round: of a matrix, its transpose."""
    ndim = self._data.ndim
    if ndim == 2:
        return ops.permute(self, (1, 0))
    messages.warn("methods.T" if ndim else "methods.T_scalar")
    return ops.permute(self, tuple(range(ndim))[::-1])


def transposing(name: str) -> property:
    """`mT`: the transposes of a batch of matrices; `mH`: their conjugates; `H`: that of one matrix."""

    def transposed(self: Tensor) -> Tensor:
        ndim = self._data.ndim
        if not ndim:
            messages.warn("methods.mT_scalar" if name == "mT" else "methods.mH_scalar", name)
        messages.require(ndim != 1, "methods.H" if name == "H" else "methods.mT", name, ndim)
        messages.require(name != "H" or ndim < 3, "methods.H_batch", ndim)
        turned = functions.transpose(self, -2, -1) if ndim else self
        return turned if name == "mT" else functions.conj(turned)

    return property(transposed)


def undeletable(key: str, self: Tensor) -> None:
    raise messages.error(key)


# methods that are written above, or are functions under another name
OTHERS: dict[str, Any] = memory.METHODS | {
    "backward": backward, "register_hook": register_hook, "retain_grad": retain_grad, "detach_": detach_,
    "register_post_accumulate_grad_hook": register_post_accumulate_grad_hook,
    # in place
    "squeeze": squeeze, "squeeze_": reshaping(squeeze),
    "copy_": copy_, "fill_": fill_, "zero_": zero_, "index_put_": indexing.index_put_,
    "unsqueeze_": reshaping("unsqueeze"),
    "t_": reshaping("t"), "transpose_": reshaping("transpose"), "swapaxes_": reshaping("swapaxes"),
    "swapdims_": reshaping("transpose"), "uniform_": drawing("uniform", random.uniform),
    "normal_": drawing("normal", random.normal), "exponential_": drawing("exponential", random.exponential),
    "random_": drawing("random", integers), "bernoulli_": drawing("bernoulli", chances),
    # operators
    "__getitem__": indexing.getitem, "__setitem__": indexing.setitem, "__delitem__": indexing.delitem, "__iter__": iterate,
    "__reversed__": lambda self: functions.flip(self, 0) if self._data.ndim else self, "__pos__": positive, "__invert__": invert,
    # new tensors beside this one
    "new_zeros": creation.new_zeros, "new_ones": creation.new_ones, "new_empty": creation.new_empty,
    "new_tensor": creation.new_tensor, "new_full": creation.new_full, "multinomial": creation.multinomial,
    "as_subclass": as_subclass, "_make_subclass": staticmethod(make_subclass),
    # in the form of another
    "sum_to_size": lambda self, *size: views.sum_to(self, functions.as_shape(size)),
    "polygamma": lambda self, n: functions.polygamma(n, self),
    "polygamma_": lambda self, n: change(self, TABLE["polygamma_"], functions.arguments.as_int(n, "polygamma_", "n", 1)),
    "where": lambda self, condition, other: functions.where(condition, self, other),
    "type_as": lambda self, other: functions.to(self, other.dtype),
    "cpu": lambda self: self,
    # what it is
    "__ipow__": IN_PLACE["pow"],
    "grad_dtype": grad_dtype, "volatile": property(volatile, set_volatile), "_grad_fn": property(lambda self: self.grad_fn),
    "_post_accumulate_grad_hooks": property(lambda self: self._extra and self._extra.post_hooks),
    "real": property(lambda self: functions.real(self)), "imag": property(lambda self: functions.imag(self)),
    "mH": transposing("mH"), "H": transposing("H"),
    "is_conj": lambda self: False, "is_neg": lambda self: False, "is_shared": lambda self: False,
    "resolve_conj": lambda self: self, "resolve_neg": lambda self: self,
    "T": property(reverse_dims), "mT": transposing("mT"), "size": size, "stride": stride, "type": type_,
    "dim": lambda self: self._data.ndim, "ndimension": lambda self: self._data.ndim, "nelement": functions.numel,
    "element_size": lambda self: self._data.itemsize,
    "is_contiguous": lambda self, memory_format=None: bool(self._array().flags.c_contiguous),
    "is_floating_point": lambda self: self.dtype.is_floating_point,
    "is_complex": lambda self: self.dtype.is_complex,
    "is_signed": lambda self: self.dtype.is_signed,
    "is_nonzero": Tensor.__bool__,
    "is_same_size": lambda self, other: self._data.shape == other._data.shape,
    "is_inference": lambda self: self._vc.__class__ is Untracked,
    "_flag_views": views.flag, "_view_func": lambda self, base: views.replay(base, self._replay),
    "_is_view": lambda self: self._base is not None and self._vc.__class__ is not Untracked,
    "data_ptr": lambda self: self._array().ctypes.data,
    "get_device": lambda self: -1,
}  # fmt: skip
UNDELETABLE = {"data": "methods.delete_data", "requires_grad": "methods.delete_requires_grad",
               "_grad_fn": "methods.delete_grad_fn", "_backward_hooks": "methods.delete_hooks"}  # fmt: skip


def public() -> dict[str, Any]:
    """The functions of the package, by name; some are written when they are asked for."""
    names = functions.PUBLIC | {name: Elsewhere("refgrad.linalg", of) for name, of in OF_MATRICES.items()}
    names |= {name: Elsewhere("refgrad.linalg.former", name) for name in FORMER}
    names |= {name: functions.Declared(name, functions.SIGNATURES[name], listed=True) for name in LISTED}
    names |= {f"{name}_": IN_PLACE[name] for name in functions.IN_PLACE_FUNCTIONS} | {"index_put": indexing.index_put}
    names |= {f"{alias}_": names[f"{name}_"] for alias, name in functions.ALIASES.items() if f"{name}_" in names}
    return {name: function for name, function in names.items() if name not in ELSEWHERE + METHODS_ONLY}


def methods() -> dict[str, Any]:
    """The methods, by name."""
    names = {name: function for name, function in PUBLIC.items() if name not in FUNCTIONS_ONLY}
    names |= {name: functions.PUBLIC[name] for name in METHODS_ONLY + LISTED}
    names |= {f"{name}_": function for name, function in IN_PLACE.items()} | OPERATORS
    names |= {f"{alias}_": names[f"{name}_"] for alias, name in functions.ALIASES.items() if f"{name}_" in names}
    names |= {f"__{name}__": TABLE[operator] for name, operator in DIRECT.items()}
    names |= {f"__{name}__": views.augmented(operator) for name, operator in AUGMENTED.items()}
    return names | {name: cast_method(getattr(dtypes, dtype)) for name, dtype in CASTS.items()} | OTHERS


PUBLIC = public()
for _name, _method in methods().items():
    setattr(Tensor, _name, lazy(_name, _method))
    if getattr(_method, "__module__", "") == __name__ and inspect.isfunction(_method):
        _method.__name__, _method.__qualname__ = _name, f"Tensor.{_name}"
for _name, _key in UNDELETABLE.items():
    setattr(Tensor, _name, getattr(Tensor, _name).deleter(functools.partial(undeletable, _key)))
dtypes.Size.__module__ = "torch"
