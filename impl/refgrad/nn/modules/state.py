"""A module's state as a dictionary, and back."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from collections.abc import Mapping
from typing import Any

from refgrad.nn.parameter import Parameter
from refgrad.tensor import Tensor


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What `load_state_dict` did not find, and what it did not look for."""

    __slots__ = ()

    def __repr__(self) -> str:
        words = f"_IncompatibleKeys(missing_keys={self[0]}, unexpected_keys={self[1]})"
        return words if self[0] or self[1] else "<All keys matched successfully>"

    __str__ = __repr__


def own(module: Any) -> dict:
    """The parameters and persistent buffers that belong to `module` directly."""
    values = module._parameters | module._buffers
    return {k: v for k, v in values.items() if v is not None and k not in module._non_persistent_buffers_set}


def paths(module: Any, prefix: str = "") -> Any:
    return ((path + "." * bool(path), m) for path, m in module.named_modules(None, prefix.rstrip("."), False))


def state_of(module: Any, destination: Any, prefix: str, keep_vars: bool) -> Any:
    destination = OrderedDict() if destination is None else destination
    for start, m in paths(module, prefix):
        destination.update({start + name: t if keep_vars else t.detach() for name, t in own(m).items()})
    return destination


def quoted(keys: list) -> str:
    return ", ".join(f'"{key}"' for key in keys)


def load_state(module: Any, state: Any, strict: bool, assign: bool) -> _IncompatibleKeys:
    if not isinstance(state, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state)}.")
    missing: list = []
    unexpected: list = []
    errors: list = []
    for start, m in paths(module):
        tensors = own(m)
        for name, t in tensors.items():
            if start + name not in state:
                missing.append(start + name)
            elif (error := put(m, name, t, state[start + name], start + name, assign)) is not None:
                errors.append(error)
        for key in state:
            name, inside, _ = key.removeprefix(start).partition(".")
            if key.startswith(start) and name not in (m._modules if inside else tensors):
                unexpected.append(key)
    if strict:
        wrong = {"Missing": missing, "Unexpected": unexpected}
        errors = [f"{word} key(s) in state_dict: {quoted(keys)}. " for word, keys in wrong.items() if keys] + errors
    if errors:
        lines = "\n\t".join(errors)
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t{lines}")
    return _IncompatibleKeys(missing, unexpected)


def put(module: Any, name: str, t: Tensor, value: Any, key: str, assign: bool) -> str | None:
    """Give `t`, the module's `name`, the `value` found under `key`; what is wrong with that, if it can't be done."""
    if not isinstance(value, Tensor):
        return (
            f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from checkpoint but '
            f"received {type(value)}"
        )
    if value._data.shape != t._data.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, the shape in current model "
            f"is {t.shape}."
        )
    if not assign:
        t.copy_(value)
    elif isinstance(t, Parameter) and not isinstance(value, Parameter):
        setattr(module, name, Parameter(value, t.requires_grad))
    else:
        setattr(module, name, value)
    return None
