"""The adapter for whatever offers torch's own names: it claims everything and changes nothing."""

from __future__ import annotations

import inspect
from typing import Any

from gradspec.adapters import FACETS, Adapter, describe_tensor
from gradspec.scenario import CAPABILITIES


def is_torch_like(namespace: Any) -> bool:
    """Whether it has a `tensor` that can be asked for a gradient, as torch's can."""
    tensor = getattr(namespace, "tensor", None)
    if not callable(tensor):
        return False
    try:
        offered = inspect.signature(tensor).parameters.values()
    except (TypeError, ValueError):  # there is no telling
        return True
    return any(each.name == "requires_grad" or each.kind is each.VAR_KEYWORD for each in offered)


def torch_like(name: str, namespace: Any) -> Adapter:
    """Adapt `namespace`, a module or an object with torch's names."""
    tensor_class = getattr(namespace, "Tensor", None)

    def describe(value: Any) -> dict[str, Any] | None:
        if isinstance(tensor_class, type):
            return describe_tensor(value) if isinstance(value, tensor_class) else None
        looks_like_tensor = hasattr(value, "backward") and hasattr(value, "grad")
        return describe_tensor(value) if looks_like_tensor else None

    return Adapter(
        name=name,
        torch=namespace,
        capabilities=frozenset(CAPABILITIES),
        facets=frozenset(FACETS),
        describe=describe,
        may_decline=False,
        version=str(getattr(namespace, "__version__", "")),
    )
