"""Printing: the text that PyTorch's `repr` gives for a tensor, made from a NumPy array."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class PrintOptions(NamedTuple):
    """How values are written: see `set_printoptions`."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


PROFILES = {"default": PrintOptions(), "short": PrintOptions(2, edgeitems=2), "full": PrintOptions(threshold=math.inf)}
_options = PrintOptions()


def set_printoptions(precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None):
    """Set how tensors are printed. An option that is None stays, but a `sci_mode` of None means: the values decide.

    `precision` counts digits after the point, `threshold` the elements above which only `edgeitems` at each end of a
    dimension are shown, `linewidth` the characters in a line. `profile` is "default", "short" or "full" and is the
    base on which the others are set.
    """
    global _options
    chosen = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    kept = {name: value for name, value in chosen.items() if value is not None}
    _options = PROFILES.get(profile or "", _options)._replace(**kept, sci_mode=sci_mode)


def get_printoptions() -> dict[str, Any]:
    """The options in force, by name."""
    return _options._asdict()


def tensor_str(array: Any, prefix: str = "tensor(", suffixes: Any = (), default_dtype: Any = np.float32) -> str:
    """Write `array` (any shape; bool, integer, float or complex) as PyTorch writes a tensor.

    `size=` and `dtype=` are added where PyTorch shows them; `suffixes` (`"requires_grad=True"`) follow. `default_dtype`
    is the floating dtype that needs no mention.
    """
    text = prefix + (_body(array, len(prefix)) if array.size else "[]")
    # A line's newline counts too, even for a first line, which has none: PyTorch breaks that one a character early.
    used = len(text) - text.rfind("\n") + 1
    for note in [*_notes(array, np.dtype(default_dtype)), *suffixes]:
        breaks = used + len(note) + 2 > _options.linewidth
        text += (",\n" + " " * len(prefix) if breaks else ", ") + note
        used = (len(prefix) if breaks else used + 2) + len(note)
    return text + ")"


def _notes(array: Any, default: np.dtype) -> list[str]:
    """The size, where brackets cannot show it, and the dtype, where the digits cannot."""
    dtype = array.dtype
    hidden = array.ndim != 1 if array.size == 0 else _options.edgeitems == 0
    default_complex = dtype == (np.complex128 if default == np.float64 else np.complex64)
    obvious = dtype == default or (array.size > 0 and (dtype.kind == "b" or dtype == np.int64 or default_complex))
    return [f"size={array.shape}"] * hidden + [f"dtype=torch.{dtype.name}"] * (not obvious)


def _body(array: Any, indent: int) -> str:
    """The elements in brackets, for a text that begins `indent` characters into the line."""
    if not array.ndim:
        return _texts([array.item()], array.dtype.kind)[0][0]
    edge, cut = _options.edgeitems, [False] * array.ndim
    if array.size > _options.threshold:
        if edge == 0:
            return "[...]"
        cut = [length > 2 * edge for length in array.shape]
        for axis in np.flatnonzero(cut):
            array = np.take(array, np.r_[:edge, -edge:0], axis)
    texts, width = _texts(array.ravel().tolist(), array.dtype.kind)
    per_line = max(1, (_options.linewidth - indent - array.ndim + 1) // (width + 2))
    rows = np.array(texts, dtype=object).reshape(array.shape).tolist()
    return _brackets(rows, cut, indent + 1, per_line)


def _brackets(rows: list, cut: list, indent: int, per_line: int) -> str:
    """Lay out nested lists of texts, `...` standing in the middle of each dimension that was cut."""
    innermost = len(cut) == 1
    items = rows if innermost else [_brackets(row, cut[1:], indent + 1, per_line) for row in rows]
    if cut[0]:
        items.insert(len(rows) // 2, " ..." if innermost else "...")
    if innermost:
        items = [", ".join(items[start : start + per_line]) for start in range(0, len(items), per_line)]
    return "[" + ("," + "\n" * max(1, len(cut) - 1) + " " * indent).join(items) + "]"


def _texts(values: list, kind: str) -> tuple[list[str], int]:
    """All values as text, and the width of a column; `kind` is the letter of NumPy's `dtype.kind`."""
    if kind == "c":
        real, real_width = _texts([value.real for value in values], "f")
        imag, imag_width = _texts([value.imag for value in values], "f")
        signed = [text if text[0] in "+-" else "+" + text for text in map(str.lstrip, imag)]
        return [f"{left}{right}j" for left, right in zip(real, signed)], real_width + imag_width + 1
    form: Callable = _float_form(values) if kind == "f" else str
    # Zeros and non-finite values are left unmeasured, as in PyTorch: a `-0.` or `-inf` may stick out.
    measured = [value for value in values if kind != "f" or (value and math.isfinite(value))]
    width = max(map(len, map(form, measured)), default=1)
    return [form(value).rjust(width) for value in values], width


def _float_form(values: list[float]) -> Callable[[float], str]:
    """One form for all: integers with a bare point, fixed digits, or scientific where the magnitudes lie far apart."""
    magnitudes = [abs(value) for value in values if value and math.isfinite(value)]
    whole = all(map(float.is_integer, magnitudes))
    scientific = _options.sci_mode
    if scientific is None and magnitudes:
        low, high = min(magnitudes), max(magnitudes)
        scientific = high > 1e8 or high / low > 1000 or (low < 1e-4 and not whole)
    if whole and not (scientific and magnitudes):
        return _integer
    return f"{{:.{_options.precision}{'e' if scientific else 'f'}}}".format


def _integer(value: float) -> str:
    return f"{value:.0f}." if math.isfinite(value) else str(value)
