"""The tensor's methods: names, and the functions and operators behind them."""

from __future__ import annotations

import functools
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from refgrad import autograd, creation, dtypes, errors, functions, indexing, linalg, memory, random
from refgrad.derivatives import TABLE
from refgrad.derivatives.elementwise import COMPARED
from refgrad.derivatives.table import Op
from refgrad.dtypes import Size
from refgrad.functions import ops
from refgrad.functions.composed import COMPOSED
from refgrad.functions.forms import FORMS
from refgrad.functions.sorting import SORTING
from refgrad.grad_dtype import grad_dtype
from refgrad.hooks import RemovableHandle, add_hook, tensor_hooks
from refgrad.modes import modes
from refgrad.node import Untracked, node_of
from refgrad.tensor import Tensor
from refgrad.views import (
    augmented,
    change,
    check_inference,
    check_writable,
    follow,
    in_place,
    needs_record,
    replay,
    sum_to,
)

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
    add sub div pow square clamp where sum mean prod max min amax amin argmax argmin var std cumsum
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
METHODS_ONLY = "unfold view expand repeat to contiguous split_with_sizes".split()
FUNCTIONS_ONLY = {
    "cat": functions.cat,
    "concat": functions.cat,
    "concatenate": functions.cat,
    "stack": functions.stack,
    "meshgrid": creation.meshgrid,
    "polygamma": TABLE["polygamma"],
    "rsub": functions.rsub,
    "var_mean": functions.var_mean,
    "result_type": functions.result_type,
}
FUNCTIONS_ONLY |= {
    name: COMPOSED[name]
    for name in """
        atleast_1d atleast_2d atleast_3d broadcast_tensors block_diag tensordot einsum trapezoid cumulative_trapezoid cdist
        hstack vstack dstack column_stack std_mean view_as_real view_as_complex complex polar real imag
    """.split()
}
FORMS_IN_TORCH = "addmv_ deg2rad_ erf_ erfc_ exp2_ frac_ lgamma_ logit_ nan_to_num_ rad2deg_ sinc_ xlogy_".split()
MATRICES = {"det": linalg.det, "inverse": linalg.inv, "slogdet": linalg.slogdet}
ELSEWHERE = "entr ndtr xlog1py softmin".split()  # in `special` and `nn.functional` alone
IN_PLACE = """
    mul neg abs exp expm1 log log2 log10 log1p sqrt rsqrt reciprocal sin cos tan asin acos atan sinh cosh tanh sigmoid relu
    sign floor ceil trunc round remainder fmod
""".split()
OPERATORS = {
    "add": "add", "radd": "add", "sub": "sub", "rsub": "rsub", "mul": "mul", "rmul": "mul", "truediv": "div", "neg": "neg",
    "abs": "abs", "eq": "eq", "ne": "ne", "lt": "lt", "le": "le", "gt": "gt", "ge": "ge",
    "lshift": "bitwise_left_shift", "rshift": "bitwise_right_shift",
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
    names: dict[str, Any] = {name: TABLE[name] for name in PLAIN}
    names |= {alias: TABLE[name] for alias, name in ALIASES.items()}
    names |= {name: functions.binary(name) for name in BINARY}
    names |= {alias: names[name] for alias, name in BINARY_ALIASES.items()}
    names |= {name: getattr(functions, name) for name in FUNCTIONS}
    names |= {alias: getattr(functions, name) for alias, name in FUNCTION_ALIASES.items()}
    out_of_place = {name: function for name, function in FORMS.items() if not name.endswith("_")}
    changing = {f"{name}_": in_place(name) for name in IN_PLACE}
    changing |= {name: FORMS[name] for name in FORMS_IN_TORCH if name in FORMS}
    FUNCTIONS_ONLY.update(changing)
    names = SORTING | COMPOSED | out_of_place | names | MATRICES | FUNCTIONS_ONLY
    return {name: function for name, function in names.items() if name not in ELSEWHERE}


PUBLIC = public()


def put_methods() -> None:
    for name, function in PUBLIC.items():
        if name not in FUNCTIONS_ONLY:
            setattr(Tensor, name, Lazy(name, function) if isinstance(function, Op) else function)
    for name in METHODS_ONLY:
        setattr(Tensor, name, getattr(functions, name))
    for name, function in FORMS.items():
        if name.endswith("_"):
            setattr(Tensor, name, function)
    for name in IN_PLACE:
        setattr(Tensor, f"{name}_", in_place(name))
    for name in COMPARED:
        setattr(Tensor, f"{name}_", renamed(in_place(f"{name}_in_place"), f"{name}_"))
    for dunder, name in OPERATORS.items():
        setattr(Tensor, f"__{dunder}__", Lazy(f"__{dunder}__", TABLE[name]))
    for name, attribute in CASTS.items():
        setattr(Tensor, name, cast_method(attribute))


def renamed(method: Callable, name: str) -> Callable:
    method.__name__ = method.__qualname__ = name
    return method


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
    return change(self, TABLE["copy"], src if self._data.dtype.kind in "fc" else src.detach())


def zero_(self: Tensor) -> Tensor:
    """Write zeros everywhere."""
    shared = self._views is not None or self._base is not None or self._vc.__class__ is Untracked
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
        return change(self, TABLE["fill_tensor"], value)
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
        if self._vc.__class__ is Untracked:
            check_inference()
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


def refuse(message: str, self: Tensor) -> None:
    raise RuntimeError(message)


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
    if not self._data.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter(functions.unbind(self, 0))


def size(self: Tensor, dim: int | None = None) -> Any:
    return self.shape if dim is None else self._data.shape[functions.as_dim(dim, self._data.ndim)]


def stride(self: Tensor, dim: int | None = None) -> Any:
    strides = tuple(s // self._data.itemsize for s in self._data.strides)
    return strides if dim is None else strides[dim]


def type_(self: Tensor, dtype: Any = None) -> Any:
    if dtype is None:
        return self.dtype.tensor_type
    named = {d.tensor_type: d for d in dtypes.dtype.instances.values()}
    return functions.to(self, named[dtype] if isinstance(dtype, str) else dtype)


def volatile(self: Tensor) -> bool:
    warnings.warn("volatile was removed (Variable.volatile is always False)", UserWarning, stacklevel=2)
    return False


def set_volatile(self: Tensor, value: Any) -> None:
    warnings.warn(autograd.VOLATILE, UserWarning, stacklevel=2)


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
OTHERS: dict[str, Any] = memory.METHODS | {
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
    "transpose_": reshaping("transpose"), "swapaxes_": reshaping("transpose"),
    "swapdims_": reshaping("transpose"), "uniform_": drawing("uniform", random.uniform),
    "normal_": drawing("normal", random.normal), "exponential_": drawing("exponential", random.exponential),
    "multinomial": creation.multinomial, "random_": drawing("random", integers), "bernoulli_": drawing("bernoulli", chances),
    "sum_to_size": lambda self, *size: sum_to(self, functions.as_shape(size)),
    # operators
    "__iadd__": augmented("add"), "__isub__": augmented("sub"), "__imul__": augmented("mul"),
    "__itruediv__": augmented("div"), "__ilshift__": augmented("bitwise_left_shift"),
    "__irshift__": augmented("bitwise_right_shift"),
    "__mod__": functions.modulo, "__ipow__": pow_, "__pow__": functions.pow, "__rpow__": functions.rpow,
    "__rtruediv__": functions.rdiv,
    "__floordiv__": functions.floor_divide, "__rfloordiv__": functions.rfloordiv, "__rmod__": functions.rremainder,
    "__matmul__": functions.matmul_operator, "__getitem__": indexing.getitem, "__setitem__": indexing.setitem,
    "__delitem__": indexing.delitem,
    "__iter__": iterate, "__reversed__": lambda self: functions.flip(self, 0) if self._data.ndim else self,
    "__pos__": lambda self: self,
    # new tensors beside this one
    "new_zeros": creation.new_zeros, "new_ones": creation.new_ones, "new_empty": creation.new_empty,
    "as_subclass": as_subclass, "_make_subclass": staticmethod(make_subclass),
    "new_tensor": creation.new_tensor, "new_full": creation.new_full,
    # in the form of another
    "view_as": lambda self, other: functions.view(self, other.shape),
    "expand_as": lambda self, other: functions.expand(self, *other.shape),
    "reshape_as": lambda self, other: functions.reshape(self, other.shape),
    "polygamma": lambda self, n: ops.polygamma(n, self),
    "type_as": lambda self, other: functions.to(self, other.dtype),
    "cpu": lambda self: self,
    # what it is
    "grad_dtype": grad_dtype, "volatile": property(volatile, set_volatile), "_grad_fn": property(lambda self: self.grad_fn),
    "_post_accumulate_grad_hooks": property(lambda self: self._post_hooks),
    "real": property(COMPOSED["real"]), "imag": property(COMPOSED["imag"]),
    "mH": property(lambda self: COMPOSED["conj"](matrix_transpose(self))),
    "H": property(lambda self: COMPOSED["conj"](matrix_transpose(self))),
    "is_conj": lambda self: False, "is_neg": lambda self: False,
    "resolve_conj": lambda self: self, "resolve_neg": lambda self: self,
    "T": property(reverse_dims), "mT": property(matrix_transpose), "size": size, "stride": stride, "type": type_,
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
    "_view_func": lambda self, base: replay(base, self._replay),
    "_is_view": lambda self: self._base is not None and self._vc.__class__ is not Untracked,
    "data_ptr": lambda self: self._array().ctypes.data,
    "get_device": lambda self: -1,
    "masked_select": lambda self, mask: ops.masked_select(self, mask),
}  # fmt: skip

put_methods()
backward.__qualname__ = "Tensor.backward"
for _name, _value in OTHERS.items():
    setattr(Tensor, _name, _value)
UNDELETABLE = {
    "data": "Deleting tensor data is not allowed. Delete tensor instead!",
    "requires_grad": "requires_grad must be a bool",
    "_grad_fn": "Deletion of _grad_fn not allowed. Detach tensor instead!",
    "_backward_hooks": "Deletion of _backwards_hooks not allowed!",
}
for _name, _message in UNDELETABLE.items():
    setattr(Tensor, _name, getattr(Tensor, _name).deleter(functools.partial(refuse, _message)))
Size.__module__ = "torch"
