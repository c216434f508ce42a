"""`torch.utils.hooks`: what registering a hook gives back."""

from refgrad.hooks import RemovableHandle

__all__ = ["RemovableHandle"]
