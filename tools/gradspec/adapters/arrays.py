"""What adapters of array libraries share: their words as data, their tensors as plain numbers, what they decline."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gradspec.adapters import BASIC_FACETS, Adapter, Unsupported
from gradspec.adapters.recorded import listed
from gradspec.adapters.renaming import Namespace, Renamed, decline_keywords, unwrap


def words(library: str) -> dict[str, str]:
    """The tables of names beside the adapter, in the form that `numpy_names.spelled_anew` reads."""
    return tomllib.loads(Path(__file__).with_name(f"{library}.toml").read_text(encoding="utf-8"))


def of_arrays(
    tensor: type[Renamed],
    torch: Namespace,
    claimed: str,
    version: str,
    read: Callable[[Any], Any] = np.asarray,
    flags: tuple[str, ...] = (),
) -> Adapter:
    """The adapter of a library whose tensors are of this class. read: from its own tensor to an array of NumPy.

    flags: those of requires_grad and is_leaf that it has.
    """

    def describe(value: Any) -> dict[str, Any] | None:
        if not isinstance(value, tensor):
            return None
        array = read(value.value)
        said = {flag: getattr(value, flag) for flag in flags}
        return {"values": array.ravel().tolist(), "shape": list(array.shape), **said}

    facets = BASIC_FACETS | {"shape", *flags}
    return Adapter(tensor.library.lower(), torch, frozenset(claimed.split()), facets, describe, version=version)


def giving_back(tensor: type[Renamed], derivatives: Callable[[Any, list[Any], Any], Any]) -> Callable[..., Any]:
    """`torch.autograd.grad` of a library that gives back the gradients of one result, zeros where it was not used.

    derivatives: of a result, by these tensors, from a gradient of the result or None.
    """

    def grad(
        outputs: Any,
        inputs: Any,
        grad_outputs: Any = None,
        *,
        retain_graph: bool | None = None,
        create_graph: bool = False,  # there always is one
        allow_unused: bool | None = None,
        materialize_grads: bool = False,
        **keywords: Any,
    ) -> tuple[Any, ...]:
        decline_keywords(tensor.library, keywords)
        frees_nothing(tensor.library, retain_graph)
        (of, *others), start = listed(outputs), None if grad_outputs is None else listed(grad_outputs)[0]
        if others or (materialize_grads and allow_unused is False):
            raise Unsupported(
                f"{tensor.library} differentiates one tensor at a time, and has zeros for what was not used"
            )
        found = tuple(map(tensor.wrap, derivatives(unwrap(of), unwrap(listed(inputs)), unwrap(start))))
        if allow_unused and not materialize_grads and not all(np.any(each.tolist()) for each in found):
            raise Unsupported(f"{tensor.library} does not tell a gradient of zeros from none")
        return found

    return grad


def frees_nothing(library: str, retain_graph: bool | None) -> None:
    """Decline to free a graph."""
    if retain_graph is False:
        raise Unsupported(f"{library} never frees a graph")
