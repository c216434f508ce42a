"""The tensor: an array, and where it came from."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from refgrad import conjugation, dtypes, messages, printing
from refgrad.derivatives import TABLE, Op
from refgrad.dtypes import Size
from refgrad.modes import modes
from refgrad.node import INHERITED, LEAF, MultiNode, Node, Saved, Slot, Untracked, leading_to, node_of

new = object.__new__
UNCHANGED = (0,)  # the version of what was never changed, nor shared


class TensorBase:
    """What every operator reads of its operands, and so finds fastest: `wrap`, and the code of an operator, fill it in."""

    __slots__ = ("_data", "_detached", "_node", "_rg", "_vc")
    _data: Any  # np.ndarray, or a NumPy scalar
    _node: Any  # the node, or the slot of a node, that made it
    _rg: Any  # whether it is a leaf that requires grad; None for one that says so, but is an inference tensor
    _vc: Any  # [version], shared with all that share the memory; `UNCHANGED` until somebody needs it
    _detached: int  # when its history was cut off in place, as the number of a node


class Like(NamedTuple):
    """What the gradients of a leaf are made like, in the place of the leaf's data."""

    shape: Any
    dtype: Any


class Extra:
    """What few tensors have.

    hooks: on the gradient of the tensor; post_hooks: of a leaf, after it was added. accumulator: a weak reference to the
    node that stands for this leaf, if anybody asked for it. like: what its gradients are made like, if not like `_data`;
    users: weak references to the nodes for whose sake that is so, if it is for theirs.
    """

    __slots__ = ("accumulator", "hooks", "like", "post_hooks", "users")

    def __init__(self) -> None:
        self.accumulator: Any = None
        self.hooks: Any = None
        self.like: Any = None
        self.post_hooks: Any = None
        self.users: Any = None


class Tensor(TensorBase):
    """An array with a history.

    A tensor without dimensions holds a NumPy scalar, which is ten times faster than an array, until its memory is
    shared (by a view, by `detach`, with NumPy): then an array. Only a tensor that shares its memory needs more than
    that, so everything else is a default of the class until it is set.
    """

    _kind = LEAF
    _grad: Any = None
    _base: Any = None  # what this is a view of
    _views: Any = None  # weak references to the views of this base
    _replay: tuple = ()  # how to get from the base to this: (op, args, shape before) ...
    _seen: int = 0  # the version at which a view was made
    _origin: str = ""  # a view made without grad mode, or one of several: why it may not be changed in place
    retains_grad: bool = False  # whether `.grad` of this non-leaf is kept
    _extra: Any = None  # what few tensors have
    __array_priority__ = 1000

    if TYPE_CHECKING:  # most methods are put here, from tables, by methods.py

        def __getattr__(self, name: str) -> Any: ...

    def __new__(cls, *args: Any, device: Any = None) -> Any:
        """`Tensor(2, 3)`: zeros, of that shape. `Tensor([1.0])`: of the data, in the default dtype."""
        data = args[0] if len(args) == 1 else Size(args or (0,))
        make: Any = np.zeros if isinstance(data, (int, Size)) else np.array
        return wrap(data._array() if isinstance(data, Tensor) else make(data, dtypes.get_default_dtype().numpy), cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    # -- memory

    def _array(self) -> np.ndarray:
        """The data as an array that may be shared."""
        data = self._data
        if data.__class__ is not np.ndarray:
            number, data = data, np.array(data)
            self._data = data
            node: Any = self._node.node if self._node.__class__ is Slot else self._node
            for saved in (node is not None and node._saved) or ():  # what saved it as a result is to see it, too
                if saved.__class__ is Saved and saved._data is number:
                    saved._data = data
        return data

    def _counter(self) -> list[int]:
        """The version, as a list that may be shared."""
        vc = self._vc
        if vc.__class__ is tuple:
            vc = self._vc = [0]
        return vc

    def _bump(self) -> None:
        vc = self._vc
        if vc.__class__ is list:
            vc[0] += 1
        elif vc.__class__ is tuple:
            self._vc = [1]

    @property
    def _version(self) -> int:
        messages.require(self._vc.__class__ is not Untracked, "tensor.untracked")
        return self._vc[0]

    # -- what few have

    def _more(self) -> Extra:
        """What it has that few tensors have, from now on."""
        if self._extra is None:
            self._extra = Extra()
        return self._extra

    def _like(self) -> Any:
        """What has the shape and dtype of the gradients that come to this leaf."""
        extra = self._extra
        if extra is not None and extra.users is not None and all(user() is None for user in extra.users):
            extra.like = extra.users = None
        return self._data if extra is None else extra.like or self._data

    def _will_change_shape(self) -> None:
        """What was made of this leaf goes on sending gradients of the shape that it has had until now."""
        if self._rg and self._node is None and self._like() is self._data and (nodes := leading_to(self)):
            extra = self._more()
            extra.like, extra.users = Like(self._data.shape, self._data.dtype), [weakref.ref(node) for node in nodes]

    # -- what it is

    shape = property(lambda self: Size(self._data.shape))
    dtype = property(lambda self: dtypes.dtype.instances[self._data.dtype])
    ndim = property(lambda self: self._data.ndim)
    device = property(lambda self: dtypes.CPU)
    layout = property(lambda self: dtypes.strided)
    itemsize = property(lambda self: self._data.dtype.itemsize)
    nbytes = property(lambda self: self._data.nbytes)
    is_sparse = is_quantized = is_cuda = is_meta = is_mkldnn = is_nested = is_xpu = is_mps = False
    is_cpu, name = True, None

    output_nr = property(lambda self: self._node.nr if self._node.__class__ is Slot else 0)

    is_leaf = property(lambda self: self._history() is None or (self._node._kind is None and self._node.node is None))

    def _history(self) -> Any:
        """The node, or the slot of one, that made this; a view says now where it comes from."""
        node = self._node
        if node is not None and node._late:
            node.settle()
        return node

    @property
    def grad_fn(self) -> Any:
        """The node that made this, None for a leaf."""
        return node_of(self._history())

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow through this: it is a leaf that asked for them, or made of such."""
        return self._node is not None or self._rg is not False

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        messages.require(isinstance(value, (bool, np.bool_)), "tensor.flag")
        messages.require(not value or self._data.dtype.kind in "fc", "tensor.flag_dtype")
        messages.require(not value or not self._is_made(), "tensor.switched_on")
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Say whether operations on this leaf are recorded; only floating point and complex tensors may be."""
        messages.require(isinstance(requires_grad, (bool, np.bool_)), "tensor.requires_grad", requires_grad)
        messages.require(requires_grad or not self._is_made(), "tensor.flag_of_leaves")
        messages.require(not requires_grad or self._data.dtype.kind in "fc", "tensor.requires_grad_dtype")
        if requires_grad and self._vc.__class__ is Untracked and not modes.inference:
            raise messages.error("tensor.inference_flag")
        if self._node is None:
            self._make_leaf(bool(requires_grad))
        return self

    def _is_made(self) -> bool:
        """Whether an operator made this; a view is still what it was until somebody asks where it comes from."""
        node = self._node
        if node is None or (node._late and node._old is None):
            return False
        return node._kind is not None or node.edge is not None

    def _make_leaf(self, requires_grad: bool) -> None:
        """Set the flag, also for the views that have it from here."""
        inherits = not requires_grad and self._base is not None and self._base.requires_grad
        tracked = self._vc.__class__ is not Untracked
        asked = requires_grad and self._rg is INHERITED
        for node in leading_to(self) if asked else ():  # what was made of it before leads nowhere
            node._edges = tuple([None if edge is self else edge for edge in node._edges])
        self._rg = INHERITED if inherits else requires_grad if tracked or not requires_grad else None
        if requires_grad and self._data.dtype.kind == "c":
            conjugation.watch()
        if self._views:
            self._flag_views(requires_grad)

    @property
    def grad(self) -> Any:
        """The gradient: a tensor of this shape, or None. On a non-leaf it is kept only after `retain_grad()`."""
        grad = self._grad
        if grad is None and self._is_made() and not self.retains_grad:
            messages.warn("tensor.non_leaf_grad")
        return grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            messages.require(isinstance(value, Tensor), "tensor.grad_type", value)
            messages.require(value is not self, "tensor.own_grad")
            data, expected = value._data, self._like().dtype
            messages.require(expected is None or data.dtype == expected, "tensor.grad_dtype", data, expected)
            messages.require(data.shape == self._data.shape, "tensor.grad_shape", data, self._data)
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def data(self) -> Tensor:
        """The same memory, without history or version counter."""
        data = self._data
        return wrap(data if data.__class__ is np.ndarray else self._array())

    @data.setter
    def data(self, value: Any) -> None:
        if not isinstance(value, Tensor):
            raise messages.error("tensor.data_type", value)
        if value._data.dtype.kind not in "fc" and self.requires_grad:
            raise messages.error("tensor.data_dtype")
        if value._data.shape != self._data.shape:
            self._will_change_shape()
        self._data = value._array()

    def detach(self) -> Tensor:
        """The same memory and version counter, without a history."""
        t = wrap(self._array())
        t._vc = self._counter()
        return t

    # -- to and from Python

    def item(self) -> Any:
        """The one element, as a Python number. RuntimeError if there is not just one."""
        if self._data.size != 1:
            raise messages.error("tensor.item", self._data.size)
        return self._data.item()

    def tolist(self) -> Any:
        """The elements in nested lists, a level a dimension; of a tensor without dimensions, a number."""
        return self._data.tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray:
        """An array on the same memory. RuntimeError if this requires grad, unless `force`."""
        messages.require(force or not self.requires_grad, "tensor.numpy")
        return self._array().view()

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.asarray(self.numpy(), dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """A formula's ufunc, met with a tensor: recorded, like the operator of the table that it is."""
        entry = UFUNCS.get(ufunc)
        if method != "__call__" or entry is None or kwargs:
            return NotImplemented
        first = inputs[0] if isinstance(inputs[0], Tensor) else constant(inputs[0])
        return entry.recorded(first, *inputs[1:])

    def _warn_scalar(self) -> None:
        if self.requires_grad and modes.grad:
            messages.warn("tensor.to_scalar")

    def _number(self) -> Any:
        messages.require(self._data.size == 1, "tensor.number")
        return self._data.item()

    def __float__(self) -> float:
        self._warn_scalar()
        return float(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __complex__(self) -> complex:
        self._warn_scalar()
        return complex(self._number())

    def __index__(self) -> int:
        messages.require(self._data.dtype.kind in "iub" and self._data.size == 1, "tensor.index")
        return int(self._data.item())

    def __bool__(self) -> bool:
        if self._data.size != 1:
            raise messages.error("tensor.truth", "more than one value" if self._data.size else "no values")
        return bool(self._data.item())

    def __len__(self) -> int:
        messages.require(self._data.ndim, "tensor.len")
        return self._data.shape[0]

    def __contains__(self, value: Any) -> bool:
        messages.require(isinstance(value, (Tensor, bool, int, float, complex)), "tensor.contains", type(value))
        return bool((self._data == (value._data if isinstance(value, Tensor) else value)).any())

    __hash__ = object.__hash__

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        suffixes = ["requires_grad=True"] if self._rg else []
        if self._node is not None:
            suffixes = [f"grad_fn=<{self._node.name().rpartition('::')[2]}>"]
        return printing.tensor_str(self._data, suffixes=suffixes, default_dtype=dtypes.get_default_dtype().numpy)

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        if not self._data.ndim and type(self) is Tensor:
            return format(self._data.item(), spec)
        return object.__format__(self, spec)


def wrap(data: Any, cls: type = Tensor) -> Any:
    """A tensor that holds `data` (array or NumPy scalar) as it is, without history."""
    t = new(cls)
    t._data = data
    t._node = None
    t._rg = False
    t._vc = UNCHANGED
    t._detached = -1
    return t


def constant(value: Any) -> Tensor:
    """A number or array of a formula, as a tensor."""
    return wrap(value if isinstance(value, (np.ndarray, np.generic)) else np.asarray(value)[()])


def unpack(saved: Any) -> Any:
    """A saved input as the tensor it was, for a backward pass that is itself recorded."""
    return saved if isinstance(saved, Tensor) else saved.tensor(None)


def result_tensor(saved: Saved, node: Node) -> Tensor:
    """A saved result as a tensor with its history, which the node could not keep without keeping itself alive."""
    t = wrap(saved._data)
    t._vc = saved._vc
    if not isinstance(node, MultiNode):
        t._node = node
    elif t._data.dtype.kind in "fc":
        t._node = Slot(node, saved.nr, node._shapes[saved.nr], node._dtypes[saved.nr])
    return t


Tensor.__module__ = "torch"  # `print(type(x))`
Saved.tensor = result_tensor
Op.tensor_type = Tensor
# NumPy's functions that formulas may be written with: under the name of the operator, unless that is another
NAMES = """
    add subtract:sub multiply:mul true_divide:div negative:neg absolute:abs exp log log1p sqrt sin cos tan sinh cosh tanh
    sign floor trunc maximum minimum power:pow_tensor
    equal:eq not_equal:ne less:lt less_equal:le greater:gt greater_equal:ge
"""
UFUNCS = {getattr(np, f): TABLE[name or f] for f, _, name in (each.partition(":") for each in NAMES.split())}
