"""Anomaly detection: which forward call a failing backward pass comes from, and where nan first appears."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from refgrad.modes import modes
from refgrad.node import Node
from refgrad.tensor import Tensor

__all__ = ["detect_anomaly", "set_detect_anomaly"]

OURS = (str(Path(__file__).parents[1]), "<refgrad operator")  # frames that nobody asked for
SLOW = (
    "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for debugging."
)
DETECTED = ("Error detected in {}. ", "Traceback of forward call that caused the error:\n")
INDUCED = (
    "\n\nPrevious calculation was induced by {}. ",
    "Traceback of forward call that induced the previous calculation:\n",
)
UNKNOWN = "No forward pass information available. Enable detect anomaly during forward pass for more information."


class Watch:
    """What the engine calls while anomaly mode is on."""

    check_nan = True

    def observe(self, node: Node) -> None:
        """Note where the new node was made and, in a pass that is itself recorded, by which node's backward."""
        stack = [frame for frame in traceback.extract_stack() if not frame.filename.startswith(OURS)]
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
                raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")

    def report(self, node: Node | None) -> None:
        """Warn where the node that has failed was made, and the one whose backward made it, and so on."""
        words, known = DETECTED
        while node is not None:
            stack = node.metadata.get("traceback_")
            text = UNKNOWN if stack is None else known + "".join(stack)
            warnings.warn(words.format(node.name()) + text, UserWarning, stacklevel=5)
            node = node.metadata.get("parent_")
            words, known = INDUCED


watch = Watch()


def set_anomaly_enabled(enabled: bool, check_nan: bool = True) -> None:
    """Switch anomaly mode on or off. check_nan: whether nan in a gradient is an error."""
    for i, (name, value) in enumerate((("enabled", enabled), ("check_nan", check_nan)), 1):
        if not isinstance(value, bool):
            raise TypeError(
                f"set_anomaly_enabled(): argument '{name}' (position {i}) must be bool, not {type(value).__name__}"
            )
    watch.check_nan = check_nan
    if enabled != is_anomaly_enabled():
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
        warnings.warn(SLOW, UserWarning, stacklevel=2)

    def __enter__(self) -> None:
        set_anomaly_enabled(True, self.check_nan)
