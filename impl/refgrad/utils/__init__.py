"""Tools around the backward pass."""

from refgrad.utils import checkpoint, hooks

__all__ = ["checkpoint", "hooks"]
