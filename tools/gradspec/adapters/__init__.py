"""Adapters: what makes a library look like torch to a scenario.

An adapter is one short module in this package, named in `KNOWN`, with a function `adapter() -> Adapter` that imports
the library and says four things about it:

- `torch`: the namespace handed to scenarios as their argument. For a library that spells things differently, build it
  from small functions and a wrapper class with torch's names (`types.SimpleNamespace(tensor=..., autograd=...)`).
- `capabilities`: the keys of `gradspec.scenario.CAPABILITIES` that the *library* offers. A scenario that needs more
  is `unsupported`. Claim what the library means to do, also where it does it wrongly: its faults are to show.
- `facets`: the keys of `FACETS` that its tensors and errors have. Those that it lacks are not compared.
- `describe(value)`: None where `value` is not one of its tensors; else a dictionary with `values` (flat list of
  Python numbers), `shape` (list of int), and those of `dtype` (name such as "float32"), `requires_grad`, `is_leaf`
  (bool) and `grad_fn` (name such as "MulBackward0", or None) which it has. `describe_tensor` does it for whatever
  has torch's attribute names, and leaves out what is not there.

What has neither torch's names nor an adapter is read by `gradspec.adapters.general`, which finds the names by trying.

An adapter makes up nothing: it renames. For what the library does not offer it raises `Unsupported(reason)`.
Adapters live in the process that holds the code under test: standard library and NumPy only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any

KNOWN = {
    "autograd": "gradspec.adapters.hips_autograd",
    "jax": "gradspec.adapters.jax",
    "micrograd": "gradspec.adapters.micrograd",
    "mygrad": "gradspec.adapters.mygrad",
    "tinygrad": "gradspec.adapters.tinygrad",
}
# What to tell pip where a library that people ask for by name is missing.
INSTALLED_BY = {
    "autograd": "autograd",
    "jax": "jax",
    "micrograd": "micrograd==0.1.0",
    "mygrad": "mygrad",
    "tinygrad": "tinygrad",
    "torch": "torch==2.13.0",
}

SEMANTICS, FIDELITY = "semantics", "fidelity"
FACETS = {
    "observations": SEMANTICS,  # how many there are, and their labels
    "kind": SEMANTICS,  # tensor, number, None, text, tuple, list
    "raised": SEMANTICS,  # that a call raised, or that it did not
    "number": SEMANTICS,
    "values": SEMANTICS,
    "shape": SEMANTICS,
    "requires_grad": SEMANTICS,
    "is_leaf": SEMANTICS,
    "dtype": FIDELITY,
    "grad_fn": FIDELITY,
    "error_type": FIDELITY,
    "message": FIDELITY,
    "warning": FIDELITY,
    "text": FIDELITY,
}
# Without these there is nothing to compare: every adapter has them.
BASIC_FACETS = frozenset({"observations", "kind", "raised", "number", "values"})


class Unsupported(BaseException):
    """Raised by an adapter where its library does not offer what was asked; no `except Exception` may swallow it."""


@dataclass(frozen=True)
class Adapter:
    """A library in torch's clothes; see this module's docstring."""

    name: str
    torch: Any
    capabilities: frozenset[str]
    facets: frozenset[str]
    describe: Callable[[Any], dict[str, Any] | None]
    may_decline: bool = True  # whether Unsupported is believed; never from the code under test itself
    version: str = ""
    reading: str = ""  # where nobody said how it is to be read: as what it was


def describe_tensor(tensor: Any) -> dict[str, Any]:
    """Describe anything that has torch's attribute names; attributes that are not there are left out."""
    values, shape = read_values(tensor)
    description: dict[str, Any] = {"values": values, "shape": shape}
    for name, said in _ATTRIBUTES.items():
        found = getattr(tensor, name, _MISSING)
        if found is not _MISSING:
            description[name] = said(found)
    return description


def dtype_name(dtype: Any) -> str:
    """`float32` for torch.float32, numpy.float32, "float32" and numpy.dtype("float32")."""
    return getattr(dtype, "__name__", None) or str(dtype).rpartition(".")[2]


_MISSING: Any = object()
_ATTRIBUTES: dict[str, Callable[[Any], Any]] = {
    "dtype": dtype_name,
    "requires_grad": bool,
    "is_leaf": bool,
    "grad_fn": lambda node: None if node is None else type(node).__name__,
}
_PLAIN = (bool, int, float, complex)
_EXACT = frozenset(_PLAIN)


def read_values(tensor: Any) -> tuple[list[Any], list[int]]:
    """The numbers of a tensor as a flat list, and its shape. Raises TypeError where they cannot be read."""
    nested, sizes = _nested(tensor), getattr(tensor, "shape", _MISSING)
    shape = _shape(nested) if sizes is _MISSING else [int(size) for size in sizes]
    flat = [nested]
    for _ in shape:
        flat = list(chain.from_iterable(flat))
    return flat if _EXACT.issuperset(map(type, flat)) else [_plain(each) for each in flat], shape


def _nested(tensor: Any) -> Any:
    for attribute in ("", "data"):  # what is not needed is not read: to make `data` may take long
        holder = getattr(tensor, attribute, None) if attribute else tensor
        for name in ("tolist", "numpy"):
            method = getattr(holder, name, None)
            if callable(method):
                read = _read(holder, name, method)
                return read.tolist() if hasattr(read, "tolist") else read
    data = getattr(tensor, "data", tensor)
    if isinstance(data, bool | int | float | complex | list):
        return data
    raise TypeError(f"a {type(tensor).__name__} has neither tolist() nor numpy() nor data to read numbers from")


def _read(holder: Any, name: str, method: Callable[[], Any]) -> Any:
    try:
        return method()
    except RuntimeError:  # PyTorch has zeros without memory, which it lets nobody read; a copy of them has some
        if not getattr(holder, "_is_zerotensor", bool)():
            raise
        return getattr(holder.clone(), name)()


def _shape(nested: Any) -> list[int]:
    return [len(nested), *(_shape(nested[0]) if nested else [])] if isinstance(nested, list) else []


def _plain(number: Any) -> Any:
    kind: Any = next((each for each in _PLAIN if isinstance(number, each)), None)
    if kind is not None:
        return kind(number)
    if hasattr(number, "item"):
        return _plain(number.item())
    raise TypeError(f"a tensor holds a {type(number).__name__} where a number belongs")
