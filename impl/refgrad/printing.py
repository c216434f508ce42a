"""Printing: the text that PyTorch's `repr` gives for a tensor, made from a NumPy array."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np


class PrintOptions(NamedTuple):
    """How values are written: see `set_printoptions`."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


PROFILES = {
    "default": PrintOptions(),
    "short": PrintOptions(precision=2, edgeitems=2),
    "full": PrintOptions(threshold=math.inf),
}
_options = PrintOptions()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed. An option that is None stays, but a `sci_mode` of None means: the values decide.

    `precision` counts digits after the point, `threshold` the elements above which only `edgeitems` at each end of a
    dimension are shown, `linewidth` the characters in a line. `profile` is "default", "short" or "full" and is the
    base on which the others are set.
    """
    global _options
    chosen = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    kept: dict[str, Any] = {name: value for name, value in chosen.items() if value is not None}
    _options = PROFILES.get(profile or "", _options)._replace(**kept, sci_mode=sci_mode)


def get_printoptions() -> dict[str, Any]:
    """The options in force, by name."""
    return _options._asdict()


def tensor_str(
    array: np.ndarray | np.generic,
    prefix: str = "tensor(",
    suffixes: Iterable[str] = (),
    default_dtype: Any = np.float32,
) -> str:
    """Write `array` (any shape; bool, integer, float or complex) as PyTorch writes a tensor.

    `size=` and `dtype=` are added where PyTorch shows them; `suffixes` (`"requires_grad=True"`) follow. `default_dtype`
    is the floating dtype that needs no mention.
    """
    notes = [*_notes(array, np.dtype(default_dtype)), *suffixes]
    text = prefix + (_body(array, len(prefix)) if array.size else "[]")
    if not notes:
        return text + ")"
    # A line's newline counts too, even for a first line, which has none: PyTorch breaks that one a character early.
    used = len(text) - text.rfind("\n") + 1
    for note in notes:
        if used + len(note) + 2 > _options.linewidth:
            text += ",\n" + " " * len(prefix) + note
            used = len(prefix) + len(note)
        else:
            text += ", " + note
            used += len(note) + 2
    return text + ")"


def _notes(array: np.ndarray | np.generic, default: np.dtype) -> list[str]:
    """The size, where brackets cannot show it, and the dtype, where the digits cannot."""
    dtype = array.dtype
    hidden = array.ndim != 1 if array.size == 0 else _options.edgeitems == 0
    default_complex = dtype == (np.complex128 if default == np.float64 else np.complex64)
    obvious = dtype == default or (array.size > 0 and (dtype.kind == "b" or dtype == np.int64 or default_complex))
    return [f"size={array.shape}"] * hidden + [f"dtype=torch.{dtype.name}"] * (not obvious)


def _body(array: np.ndarray | np.generic, indent: int) -> str:
    if array.ndim == 0:
        return _texts([array.item()], array.dtype.kind)[0][0]
    edge, cut = _options.edgeitems, [False] * array.ndim
    if array.size > _options.threshold:
        if edge == 0:
            return "[...]"
        cut = [length > 2 * edge for length in array.shape]
        for axis in range(array.ndim):
            if cut[axis]:
                ends = np.r_[:edge, array.shape[axis] - edge : array.shape[axis]]
                array = np.take(array, ends, axis)
    texts, width = _texts(array.ravel().tolist(), array.dtype.kind)
    per_line = max(1, (_options.linewidth - indent - array.ndim + 1) // (width + 2))
    rows = np.array(texts, dtype=object).reshape(array.shape).tolist()
    return _brackets(rows, cut, indent + 1, per_line)


def _brackets(rows: list[Any], cut: Sequence[bool], indent: int, per_line: int) -> str:
    """Lay out nested lists of texts, `...` standing in the middle of each dimension that was cut."""
    edge = len(rows) // 2
    if len(cut) == 1:
        items = [*rows[:edge], " ...", *rows[edge:]] if cut[0] else rows
        lines = [", ".join(items[start : start + per_line]) for start in range(0, len(items), per_line)]
        return "[" + (",\n" + " " * indent).join(lines) + "]"
    blocks = [_brackets(row, cut[1:], indent + 1, per_line) for row in rows]
    if cut[0]:
        blocks.insert(edge, "...")
    return "[" + ("," + "\n" * (len(cut) - 1) + " " * indent).join(blocks) + "]"


def _texts(values: list[Any], kind: str) -> tuple[list[str], int]:
    """All values as text, and the width of a column; `kind` is the letter of NumPy's `dtype.kind`."""
    if kind == "f":
        return _aligned(values, *_float_format(values))
    if kind == "c":
        real, real_width = _texts([value.real for value in values], "f")
        imag, imag_width = _texts([value.imag for value in values], "f")
        signed = [text if text[0] in "+-" else "+" + text for text in map(str.lstrip, imag)]
        return [f"{left}{right}j" for left, right in zip(real, signed, strict=True)], real_width + imag_width + 1
    return _aligned(values, str, max(map(len, map(str, values)), default=1))


def _aligned(values: list[Any], form: Callable[[Any], str], width: int) -> tuple[list[str], int]:
    return [form(value).rjust(width) for value in values], width


def _float_format(values: list[float]) -> tuple[Callable[[float], str], int]:
    """One form for all: integers with a bare point, fixed digits, or scientific where the magnitudes lie far apart."""
    telling = [value for value in values if value and math.isfinite(value)]
    if not telling:
        return _integer, 1
    digits = _options.precision
    form = _integer if all(value.is_integer() for value in telling) else f"{{:.{digits}f}}".format
    scientific = _options.sci_mode
    if scientific is None:
        magnitudes = [abs(value) for value in telling]
        low, high = min(magnitudes), max(magnitudes)
        scientific = high > 1e8 or high / low > 1000 or (low < 1e-4 and form is not _integer)
    if scientific:
        form = f"{{:.{digits}e}}".format
    # Zeros and non-finite values are left unmeasured, as in PyTorch: a `-0.` or `-inf` may stick out.
    return form, max(len(form(value)) for value in telling)


def _integer(value: float) -> str:
    return f"{value:.0f}." if math.isfinite(value) else str(value)
