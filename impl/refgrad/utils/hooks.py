"""`torch.utils.hooks`: what registering a hook gives back."""

from typing import Any

from refgrad.hooks import RemovableHandle

__all__ = ["RemovableHandle", "unserializable_hook"]


def unserializable_hook(hook: Any) -> Any:
    """Mark `hook`, so that pickling a tensor that has it does not warn of its loss."""
    hook.__torch_unserializable__ = True
    return hook
