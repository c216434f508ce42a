"""Copies of tensors: by `copy`, by `deepcopy`, by pickle, in files. History and hooks stay behind."""

from __future__ import annotations

import contextlib
import copy
import os
import pickle
from typing import Any

import numpy as np

from refgrad import messages
from refgrad.derivatives.shapes import memory_of
from refgrad.tensor import Tensor, wrap


def attributes(t: Tensor) -> dict:
    """What was set on `t` from outside."""
    return {name: value for name, value in vars(t).items() if not hasattr(Tensor, name)}


def rebuild(cls: type | None, data: Any, requires_grad: bool, others: dict) -> Tensor:
    """A leaf of class `cls`, None for Tensor itself: pickle would look for that under PyTorch's name.

    data: the array itself, or what `placed` says of it.
    """
    t = wrap(np.ndarray(*data) if data.__class__ is tuple else data, cls or Tensor)
    t._rg = requires_grad
    vars(t).update(others)
    return t


def parts(t: Tensor) -> tuple:
    """The arguments of `rebuild` that make a copy of `t`. Warns of hooks, which stay behind."""
    for hook in (t._backward_hooks or {}).values():
        if not getattr(hook, "__torch_unserializable__", False):
            messages.warn("tensor.hooked", hook)
    return None if type(t) is Tensor else type(t), t._data, t.requires_grad, attributes(t)


def reduce(self: Tensor) -> tuple:
    return rebuild, parts(self)


def shallow(self: Tensor) -> Tensor:
    """A leaf on the same memory."""
    self._array()
    return rebuild(*parts(self))


def placed(t: Tensor, memo: dict) -> tuple:
    """What makes the array of `t` again; arrays on one memory get, by way of `memo`, one and the same copy of it."""
    data = t._array()
    memory = memory_of(data)
    if id(memory) not in memo:
        memo[id(memory)] = memory.ravel(order="K").copy()
        memo.setdefault(id(memo), []).append(memory)  # lest another one gets its id
    return data.shape, data.dtype, memo[id(memory)], data.ctypes.data - memory.ctypes.data, data.strides


def deepcopy(self: Tensor, memo: dict) -> Any:
    """A copy of this leaf and of its gradient; what shared memory in a structure shares memory in its copy."""
    messages.require(self.is_leaf, "tensor.deepcopy")
    t = memo[id(self)] = rebuild(type(self), placed(self, memo), self.requires_grad, {})
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
        return rebuild, (cls, placed(value, self.memories), requires_grad, others)


def save(obj: Any, f: Any, pickle_module: Any = pickle, pickle_protocol: int = 2, **_: Any) -> None:
    """Write `obj`, a tensor or a structure of tensors, to `f`, a path or a file open for bytes."""
    messages.require(hasattr(f, "write") or isinstance(f, (str, os.PathLike)), "tensor.save_to")
    with contextlib.nullcontext(f) if hasattr(f, "write") else open(f, "wb") as file:
        Pickler(file, max(pickle_protocol, 4)).dump(obj)


def load(f: Any, map_location: Any = None, pickle_module: Any = pickle, *, weights_only: bool | None = None) -> Any:
    """Read what `save` wrote to `f`, a path or a file open for bytes. Only from files that you trust."""
    with contextlib.nullcontext(f) if hasattr(f, "read") else open(f, "rb") as file:
        return pickle.load(file)


Tensor.__copy__, Tensor.__deepcopy__, Tensor.__reduce__ = shallow, deepcopy, reduce  # type: ignore[assignment, attr-defined, method-assign]
