"""Neural networks."""

from refgrad.nn import functional

__all__ = ["functional"]
