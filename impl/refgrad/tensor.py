"""The tensor: an array, and where it came from."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from refgrad import conjugation, dtypes, errors, messages, printing
from refgrad.derivatives import TABLE, Op
from refgrad.dtypes import Size
from refgrad.modes import modes
from refgrad.node import LEAF, MultiNode, Node, Saved, Slot, Untracked, node_of

new = object.__new__
NON_LEAF_GRAD = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
    "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, "
    "use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access "
    "the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information."
)


INHERITED = "inherited"  # `_rg` of a view that requires grad because its base does: no gradient arrives at it
SCALAR = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\nConsider using "
    "tensor.detach() first."
)


class Tensor:
    """An array with a history.

    A tensor without dimensions holds a NumPy scalar, which is ten times faster than an array, until its memory is
    shared (by a view, by `detach`, with NumPy): then an array. Only a tensor that shares its memory needs more than
    `_data`, so everything else is a default of the class until it is set.
    """

    _kind = LEAF
    _data: Any  # np.ndarray, or a NumPy scalar
    _rg: Any = False  # a leaf that requires grad; None for one that says so, but is an inference tensor
    _node: Any = None  # the node, or the slot of a node, that made it
    _grad: Any = None
    _vc: Any = (0,)  # [version], shared with all that share the memory
    _base: Any = None  # what this is a view of
    _views: Any = None  # weak references to the views of this base
    _replay: tuple = ()  # how to get from the base to this: (op, args, shape before) ...
    _origin: str = ""  # a view made without grad mode, or one of several: why it may not be changed in place
    _hooks: Any = None  # of a leaf
    _post_hooks: Any = None
    _like: Any = None  # what its gradients are made like, if not like `_data`
    _accumulator: Any = None  # a weak reference to the node that stands for this leaf, if anybody asked for it
    __array_priority__ = 1000

    if TYPE_CHECKING:  # most methods are put here, from tables, by methods.py

        def __getattr__(self, name: str) -> Any: ...

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        return legacy(cls, *args, **kwargs) if args else legacy(cls, 0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    # -- memory

    def _array(self) -> np.ndarray:
        """The data as an array that may be shared."""
        data = self._data
        if data.__class__ is not np.ndarray:
            data = self._data = np.array(data)
        return data

    def _counter(self) -> list[int]:
        """The version, as a list that may be shared."""
        vc = self._vc
        if vc.__class__ is tuple:
            vc = self._vc = [0]
        return vc

    def _bump(self) -> None:
        vc = self._vc
        if vc.__class__ is tuple:
            self._vc = [1]
        elif vc.__class__ is list:
            vc[0] += 1

    @property
    def _version(self) -> int:
        if self._vc.__class__ is Untracked:
            raise RuntimeError("Inference tensors do not track version counter.")
        return self._vc[0]

    # -- what it is

    @property
    def shape(self) -> Size:
        return Size(self._data.shape)

    @property
    def dtype(self) -> dtypes.dtype:
        return dtypes.dtype.instances[self._data.dtype]

    @property
    def ndim(self) -> int:
        return self._data.ndim

    device = property(lambda self: dtypes.CPU)
    layout = property(lambda self: dtypes.strided)
    itemsize = property(lambda self: self._data.dtype.itemsize)
    nbytes = property(lambda self: self._data.nbytes)
    is_sparse = is_quantized = is_cuda = is_meta = is_mkldnn = is_nested = is_xpu = is_mps = False
    is_cpu, name = True, None

    @property
    def is_leaf(self) -> bool:
        return not self._node

    @property
    def grad_fn(self) -> Any:
        return node_of(self._node or None)

    @property
    def output_nr(self) -> int:
        return self._node.nr if self._node.__class__ is Slot else 0

    @property
    def requires_grad(self) -> bool:
        return self._node is not None or self._rg is not False

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, (bool, np.bool_)):
            raise RuntimeError("requires_grad must be a bool")
        if value and self._data.dtype.kind not in "fc":
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Say whether operations on this leaf are recorded; only floating point and complex tensors may be."""
        if not isinstance(requires_grad, (bool, np.bool_)):
            raise TypeError(
                "requires_grad_(): argument 'requires_grad' (position 1) must be bool, not "
                f"{type(requires_grad).__name__}"
            )
        if self._node is not None and not requires_grad:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in "
                "a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if requires_grad and self._data.dtype.kind not in "fc":
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if requires_grad and self._vc.__class__ is Untracked and not modes.inference:
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        if self._node is None:
            self._make_leaf(bool(requires_grad))
        return self

    def _make_leaf(self, requires_grad: bool) -> None:
        self._rg = None if requires_grad and self._vc.__class__ is Untracked else requires_grad
        if requires_grad and self._data.dtype.kind == "c":
            conjugation.watch()
        for view in [reference() for reference in self._views or ()]:
            if view is not None and view._node is None and view._rg is not True:
                view._rg = INHERITED if requires_grad else False

    @property
    def grad(self) -> Any:
        if self._node is not None and not self.retains_grad and self._grad is None:
            warnings.warn(NON_LEAF_GRAD, UserWarning, stacklevel=2)
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            self._check_grad(value)
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def _check_grad(self, value: Any) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
            )
        if value is self:
            raise RuntimeError("can't assign Variable as its own grad")
        expected = (self._like or self._data).dtype
        if expected is not None and value._data.dtype != expected:
            raise RuntimeError(
                f"attempting to assign a gradient with dtype '{messages.SCALAR_TYPES.get(value._data.dtype.name)}' to a "
                f"tensor with grad_dtype '{dtypes.of_numpy(expected).tensor_type[6:-6]}'. The gradient must match the tensor's "
                "grad_dtype (defaults to the tensor's dtype). You can set the tensor's grad_dtype attribute with a "
                "specific dtype, or None to allow any dtype. Set grad_dtype with caution. Diverging the dtypes of a "
                "tensor and its gradient may break downstream systems that assume they match."
            )
        if value._data.shape != self._data.shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{errors.shape_text(value._data.shape)}' to a tensor of size "
                f"'{errors.shape_text(self._data.shape)}'. Please ensure that the gradient and the tensor are the "
                "same size"
            )

    @property
    def retains_grad(self) -> bool:
        node = self.grad_fn
        return node is not None and node.extra is not None and self.output_nr in node.extra.retains

    @property
    def data(self) -> Tensor:
        t = new(type(self)) if type(self) is Tensor else new(Tensor)
        t._data = self._array()
        return t

    @data.setter
    def data(self, value: Any) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if self.requires_grad and value._data.dtype.kind not in "fc":
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        self._data = value._array()

    def detach(self) -> Tensor:
        """The same memory and version counter, without a history."""
        t = new(Tensor)
        t._data = self._array()
        t._vc = self._counter()
        return t

    # -- to and from Python

    def item(self) -> Any:
        if self._data.size != 1:
            raise RuntimeError(f"a Tensor with {self._data.size} elements cannot be converted to Scalar")
        return self._data.item()

    def tolist(self) -> Any:
        return self._data.tolist()

    def numpy(self, *, force: bool = False) -> np.ndarray:
        if self.requires_grad and not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        return self._array()

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        array = self.numpy()
        return array if dtype is None else array.astype(dtype, copy=False)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """A formula's ufunc, met with a tensor: recorded, like the operator of the table that it is."""
        entry = UFUNCS.get(ufunc)
        if method != "__call__" or entry is None or kwargs:
            return NotImplemented
        first = inputs[0] if isinstance(inputs[0], Tensor) else constant(inputs[0])
        return entry.recorded(first, *inputs[1:])

    def _warn_scalar(self) -> None:
        if self.requires_grad and modes.grad:
            warnings.warn(SCALAR, UserWarning, stacklevel=3)

    def _number(self) -> Any:
        if self._data.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
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
        if self._data.dtype.kind not in "iub" or self._data.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._data.item())

    def __bool__(self) -> bool:
        if self._data.size != 1:
            count = "more than one value" if self._data.size else "no values"
            raise RuntimeError(f"Boolean value of Tensor with {count} is ambiguous")
        return bool(self._data.item())

    def __len__(self) -> int:
        if not self._data.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self._data.shape[0]

    def __contains__(self, value: Any) -> bool:
        if not isinstance(value, (Tensor, bool, int, float, complex)):
            raise RuntimeError(
                f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(value)}."
            )
        return bool((self._data == (value._data if isinstance(value, Tensor) else value)).any())

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        suffixes = []
        if self._node is not None:
            name = node_of(self._node).name()
            suffixes.append(f"grad_fn=<{name.rpartition('::')[2] if 'AccumulateGrad' not in name else name}>")
        elif self._rg:
            suffixes.append("requires_grad=True")
        return printing.tensor_str(self._data, suffixes=suffixes, default_dtype=dtypes.get_default_dtype().numpy)

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        if not self._data.ndim and type(self) is Tensor:
            return format(self._data.item(), spec)
        return object.__format__(self, spec)


def legacy(cls: type, *args: Any, device: Any = None) -> Any:
    """`Tensor(2, 3)`: uninitialised, of that shape. `Tensor([1.0])`: of the data, in the default dtype."""
    default = dtypes.get_default_dtype().numpy
    t = new(cls)
    if len(args) == 1 and isinstance(args[0], Tensor):
        t._data = args[0]._array()
    elif len(args) == 1 and not isinstance(args[0], int):
        t._data = np.array(args[0], dtype=default) if not isinstance(args[0], Size) else np.empty(args[0], default)
    else:
        t._data = np.zeros(args, default)
    return t


def memory_of(array: np.ndarray) -> np.ndarray:
    """The array that owns the memory which `array` shows."""
    memory, owner = array, array.base
    while owner is not None:
        memory = owner if isinstance(owner, np.ndarray) else memory
        owner = getattr(owner, "base", None)
    return memory


def wrap(data: Any) -> Tensor:
    """A tensor that holds `data` (array or NumPy scalar) as it is, without history."""
    t = new(Tensor)
    t._data = data
    return t


def constant(value: Any) -> Tensor:
    """A number or array of a formula, as a tensor."""
    return wrap(value if isinstance(value, (np.ndarray, np.generic)) else np.asarray(value)[()])


def unpack(saved: Any) -> Any:
    """A saved input as the tensor it was, for a backward pass that is itself recorded."""
    return saved if isinstance(saved, Tensor) else saved.tensor(None)


def result_tensor(node: Node, saved: Saved) -> Tensor:
    """A saved result as a tensor with its history, which the node could not keep without keeping itself alive."""
    t = new(Tensor)
    t._data, t._vc = saved._data, saved._vc
    if isinstance(node, MultiNode):
        if t._data.dtype.kind in "fc":
            t._node = Slot(node, saved.nr, node.shape[saved.nr], node.dtype[saved.nr])
    else:
        t._node = node
    return t


Tensor.__module__ = "torch"  # `print(type(x))`
Node.make_result = staticmethod(result_tensor)
Op.tensor_type = Tensor
UFUNCS = {
    f: TABLE[name]
    for name, f in {
        "add": np.add,
        "sub": np.subtract,
        "mul": np.multiply,
        "div": np.true_divide,
        "neg": np.negative,
        "abs": np.absolute,
        "exp": np.exp,
        "log": np.log,
        "log1p": np.log1p,
        "sqrt": np.sqrt,
        "sin": np.sin,
        "cos": np.cos,
        "tan": np.tan,
        "sinh": np.sinh,
        "cosh": np.cosh,
        "tanh": np.tanh,
        "sign": np.sign,
        "floor": np.floor,
        "trunc": np.trunc,
        "maximum": np.maximum,
        "minimum": np.minimum,
        "eq": np.equal,
        "ne": np.not_equal,
        "lt": np.less,
        "le": np.less_equal,
        "gt": np.greater,
        "ge": np.greater_equal,
        "pow_tensor": np.power,
    }.items()
}
