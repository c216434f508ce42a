"""Complex gradients out of the table's formulas, which are written for real numbers.

A formula gives the product of g with the derivative f'. Where the result is complex the gradient is the product of g with
the conjugate of f': the conjugate of what the formula makes of the conjugate of g. Nodes are told so as they are made, by
an observer that is set up when the first complex tensor requires grad; who never meets one pays nothing.
"""

from __future__ import annotations

import functools
from typing import Any

from refgrad.derivatives.complexes import conj
from refgrad.modes import modes
from refgrad.node import MultiNode, Node


@functools.cache
def conjugated(kind: type[Node]) -> type[Node]:
    """The class of nodes that go back as those of `kind` do, with f' conjugated."""

    def backward(node: Any, g: Any, edges: tuple, raw: bool) -> Any:
        inward = [p if p is None else conj(p) for p in g] if isinstance(g, list) else conj(g)
        return [p if p is None else conj(p) for p in kind.backward(node, inward, edges, raw)]

    return type(kind.__name__, (kind,), {"__slots__": (), "backward": backward})


def observe(node: Any) -> None:
    """Let the new `node`, if its result is complex, go back with f' conjugated."""
    op = type(node)._op
    if op is None or not op.holomorphic:  # a custom function's; formulas that are made for complex numbers
        return
    dtypes = node._dtypes if isinstance(node, MultiNode) else (node.dtype,)
    if dtypes and dtypes[0].kind in "c":
        node.__class__ = conjugated(node.__class__)


def watch() -> None:
    """From now on there are complex gradients."""
    if observe not in modes.observers:
        modes.observers = (observe, *modes.observers)
