"""Tools around the backward pass."""

from refgrad import hooks
from refgrad.utils import checkpoint

__all__ = ["checkpoint", "hooks"]
