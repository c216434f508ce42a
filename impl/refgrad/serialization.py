"""Copies of tensors: by `copy`, by `deepcopy`, by pickle, in files. History and hooks stay behind."""

from __future__ import annotations

import copy
import pickle
import warnings
from typing import Any

import numpy as np

from refgrad.tensor import Tensor, memory_of, new

HOOKED = (
    "backward hook {!r} on tensor will not be serialized.  If this is expected, you can decorate the function with "
    "@torch.utils.hooks.unserializable_hook to suppress this warning"
)
NOT_A_LEAF = (
    "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  If you were "
    "attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, see "
    "https://github.com/pytorch/pytorch/pull/103001"
)


def attributes(t: Tensor) -> dict:
    """What was set on `t` from outside."""
    return {name: value for name, value in vars(t).items() if name != "_data" and not hasattr(Tensor, name)}


def rebuild(cls: type | None, data: Any, requires_grad: bool, others: dict) -> Tensor:
    """A leaf of class `cls`, None for Tensor itself: pickle would look for that under PyTorch's name."""
    t = new(cls or Tensor)
    t._data, t._rg = data, requires_grad
    vars(t).update(others)
    return t


def parts(t: Tensor) -> tuple:
    for hook in (t._backward_hooks or {}).values():
        if not getattr(hook, "__torch_unserializable__", False):
            warnings.warn(HOOKED.format(hook), UserWarning, stacklevel=4)
    return None if type(t) is Tensor else type(t), t._data, t.requires_grad, attributes(t)


def reduce(self: Tensor) -> tuple:
    return rebuild, parts(self)


def shallow(self: Tensor) -> Tensor:
    """A leaf on the same memory."""
    self._array()
    return rebuild(*parts(self))


def memory_parts(t: Tensor, memo: dict) -> tuple:
    """What `over` makes the array of `t` of; arrays on one memory get, by way of `memo`, one and the same bytes."""
    data = t._array()
    memory = memory_of(data)
    if id(memory) not in memo:
        memo[id(memory)] = memory.ravel(order="K").copy()
        memo.setdefault(id(memo), []).append(memory)  # lest another one gets its id
    return memo[id(memory)], data.dtype, data.ctypes.data - memory.ctypes.data, data.shape, data.strides


def over(memory: np.ndarray, dtype: Any, offset: int, shape: tuple, strides: tuple) -> np.ndarray:
    return np.ndarray(shape, dtype, memory, offset, strides)


def deepcopy(self: Tensor, memo: dict) -> Any:
    """A copy of this leaf and of its gradient; what shared memory in a structure shares memory in its copy."""
    if not self.is_leaf:
        raise RuntimeError(NOT_A_LEAF)
    if id(self) in memo:
        return memo[id(self)]
    t = memo[id(self)] = rebuild(type(self), over(*memory_parts(self, memo)), self.requires_grad, {})
    vars(t).update(copy.deepcopy(attributes(self), memo))
    if self._grad is not None:
        t._grad = copy.deepcopy(self._grad, memo)
    return t


class Pickler(pickle.Pickler):
    """Like pickle itself, but tensors that share memory go on sharing it."""

    def __init__(self, file: Any, protocol: int) -> None:
        super().__init__(file, protocol)
        self.memories: dict = {}

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, Tensor):
            return NotImplemented
        cls, _, requires_grad, others = parts(value)
        return rebuild_over, (memory_parts(value, self.memories), cls, requires_grad, others)


def rebuild_over(place: tuple, cls: type | None, requires_grad: bool, others: dict) -> Tensor:
    return rebuild(cls, over(*place), requires_grad, others)


def save(obj: Any, f: Any, pickle_module: Any = pickle, pickle_protocol: int = 2, **_: Any) -> None:
    """Write `obj`, a tensor or a structure of tensors, to `f`, a path or a file open for bytes."""
    if hasattr(f, "write"):
        Pickler(f, max(pickle_protocol, 4)).dump(obj)
    elif isinstance(f, str) or hasattr(f, "__fspath__"):
        with open(f, "wb") as file:
            save(obj, file)
    else:
        raise AttributeError("expected 'f' to be string, path, or a file-like object with a 'write' attribute")


def load(f: Any, map_location: Any = None, pickle_module: Any = pickle, *, weights_only: bool | None = None) -> Any:
    """Read what `save` wrote to `f`, a path or a file open for bytes. Only from files that you trust."""
    if hasattr(f, "read"):
        return pickle.load(f)
    with open(f, "rb") as file:
        return pickle.load(file)


Tensor.__copy__, Tensor.__deepcopy__, Tensor.__reduce__ = shallow, deepcopy, reduce  # type: ignore[assignment, attr-defined, method-assign]
