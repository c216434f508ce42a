"""Anomaly detection: which forward call a failing backward pass comes from, and where nan first appears."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from refgrad import messages
from refgrad.modes import modes
from refgrad.node import Node
from refgrad.tensor import Tensor

__all__ = ["detect_anomaly", "set_detect_anomaly"]


class Watch:
    """What the engine calls while anomaly mode is on."""

    check_nan = True

    def observe(self, node: Node) -> None:
        """Note where the new node was made and, in a pass that is itself recorded, by which node's backward."""
        import traceback  # wanted by nobody else

        stack = [frame for frame in traceback.extract_stack() if not frame.filename.startswith(messages.OURS)]
        node.metadata["traceback_"] = traceback.format_list(stack)
        if modes.task is not None and modes.task.node is not None:
            node.metadata["parent_"] = modes.task.node

    def follow(self, nodes: list) -> Iterator[Node]:
        """`nodes`, in the order in which they run; each can be told to have failed."""
        for node in nodes:
            node.more()
            modes.task.node = node
            yield node

    def check(self, node: Node, gs: Any) -> None:
        """Refuse gradients that contain nan."""
        for i, g in enumerate(gs if self.check_nan else ()):
            if g is not None and np.isnan(g._data if isinstance(g, Tensor) else g).any():
                raise messages.error("autograd.nan", node.name(), i)

    def report(self, node: Node | None) -> None:
        """Warn where the node that has failed was made, and the one whose backward made it, and so on."""
        known, unknown = "autograd.failed", "autograd.failed_unknown"
        while node is not None:
            stack = node.metadata.get("traceback_")
            messages.warn(unknown if stack is None else known, node.name(), "".join(stack or ()))
            known, unknown = "autograd.induced", "autograd.induced_unknown"
            node = node.metadata.get("parent_")


watch = Watch()


def set_anomaly_enabled(enabled: bool, check_nan: bool = True) -> None:
    """Switch anomaly mode on or off. check_nan: whether nan in a gradient is an error."""
    for i, (name, value) in enumerate((("enabled", enabled), ("check_nan", check_nan)), 1):
        messages.require(isinstance(value, bool), "autograd.enabled", "set_anomaly_enabled", name, i, value)
    watch.check_nan = check_nan
    modes.anomaly = watch if enabled else None
    others = tuple(each for each in modes.observers if each != watch.observe)
    modes.observers = (watch.observe, *others) if enabled else others


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on."""
    return modes.anomaly is not None


def is_anomaly_check_nan_enabled() -> bool:
    """Whether nan in a gradient is an error while anomaly mode is on."""
    return watch.check_nan


class set_detect_anomaly:
    """Switch anomaly mode on or off, from the call on, or for a `with` block. mode, check_nan: bool."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self.previous = is_anomaly_enabled(), is_anomaly_check_nan_enabled()
        set_anomaly_enabled(mode, check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        set_anomaly_enabled(*self.previous)


class detect_anomaly(set_detect_anomaly):
    """Within it, a failing backward pass warns which forward call it comes from, and nan in a gradient is an error."""

    def __init__(self, check_nan: bool = True) -> None:
        self.previous = is_anomaly_enabled(), is_anomaly_check_nan_enabled()
        self.check_nan = check_nan
        messages.warn("autograd.anomaly")

    def __enter__(self) -> None:
        set_anomaly_enabled(True, self.check_nan)
