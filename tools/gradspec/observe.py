"""Running a scenario and writing down its trace: the half of the wire that lives with the code under test.

What leaves here is plain JSON; `gradspec.trace` declares its types. Standard library only.
"""

from __future__ import annotations

import contextlib
import functools
import io
import math
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType
from typing import Any

from gradspec.adapters import Adapter, Unsupported
from gradspec.aliasing import aliased
from gradspec.scenario import Attempt, Scenario, ScenarioError

UNCAUGHT = "uncaught error"  # the label of the observation with which an uncaught error ends a trace
OUTPUT = "output"  # the label of a course script's one observation
DEPTH_LIMIT = 8  # tuples within tuples
SEED = 0
NUMBERS = (bool, int, float)
AS_THEY_ARE = {bool, int}  # numbers that JSON has

# What stays on from one scenario to the next, and the call that puts it back; each only where it is offered.
FRESH_START: tuple[tuple[str, tuple[Any, ...], dict[str, Any]], ...] = (
    ("manual_seed", (SEED,), {}),
    ("set_grad_enabled", (True,), {}),
    ("set_anomaly_enabled", (False,), {}),
    ("set_warn_always", (True,), {}),
    ("set_num_threads", (1,), {}),
    ("set_printoptions", (), {"profile": "default"}),
)

# What differs from run to run and from machine to machine without meaning anything.
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+")
NOISE = (  # what it has in it, so that most texts need not be searched for it; what it looks like; what is left of it
    ("(Triggered internally", re.compile(r"\s*\(Triggered internally at [^)]*\)\.?"), ""),
    ("\nException raised", re.compile(r"\nException raised from .*", re.DOTALL), ""),
    ("File ", re.compile(r'File "[^"\n]*", line \d+'), 'File "...", line ...'),
    ("\n", re.compile(r"[ \t]+$", re.MULTILINE), ""),
)


def clean_text(text: str) -> str:
    """`text` without memory addresses, and such that it can be written in UTF-8."""
    return ADDRESS.sub("0x", text).encode("utf-8", "backslashreplace").decode()


def clean_message(text: str) -> str:
    """`text` without addresses, source locations and trailing blanks: the words of an error or a warning."""
    for sign, pattern, replacement in NOISE:
        if sign in text:
            text = pattern.sub(replacement, text)
    return clean_text(text).rstrip()


def start_afresh(torch: Any) -> None:
    """Seed the generator and put back the global switches, as far as `torch` has them."""
    with warnings.catch_warnings(action="ignore"):
        put_back(torch)


def put_back(torch: Any, seeds: bool = False) -> None:
    """The same, where warnings do not matter; seeds: the generator alone."""
    for name, args, kwargs in FRESH_START[:1] if seeds else FRESH_START:
        with contextlib.suppress(Exception, Unsupported):
            getattr(torch, name)(*args, **kwargs)


@contextlib.contextmanager
def fresh_warnings(torch: Any, seeds: bool = False) -> Iterator[list[warnings.WarningMessage]]:
    """All warnings from a fresh start on; seeds: as `put_back` has it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.simplefilter("ignore", ResourceWarning)  # they come when the collector does
        put_back(torch, seeds)
        caught.clear()
        yield caught


def encode(value: Any, adapter: Adapter, depth: int = 0) -> dict[str, Any]:
    """`value` as plain JSON, tagged with its kind."""
    while isinstance(value, Attempt):
        if value.error is not None:
            return encode_error(value.error)
        value = value.value
    try:
        description = adapter.describe(value)
        if description is not None:
            return {"kind": "tensor", **description, "values": encode_numbers(description["values"])}
    except Exception as error:  # noqa: BLE001 (a tensor that cannot be read is an observation)
        return encode_error(error)
    if value is None:
        return {"kind": "none"}
    if isinstance(value, NUMBERS):
        return {"kind": "number", "value": encode_number(value)}
    if isinstance(value, str):
        return {"kind": "text", "value": clean_text(value)}
    if isinstance(value, tuple | list) and depth < DEPTH_LIMIT:
        form = "list" if isinstance(value, list) else "tuple"
        return {"kind": "sequence", "form": form, "items": [encode(each, adapter, depth + 1) for each in value]}
    return {"kind": "other", "type": type(value).__qualname__}


def encode_numbers(numbers: list[Any]) -> list[Any]:
    """The same as each of them by `encode_number`; most are what they are."""
    kinds = set(map(type, numbers))
    if kinds <= AS_THEY_ARE or (kinds == {float} and all(map(math.isfinite, numbers))):
        return list(numbers)  # which somebody else may hold, and write into
    return [encode_number(each) for each in numbers]


def encode_number(number: Any) -> Any:
    """A Python number as JSON has it: nan and infinities by name, a complex number as its two parts."""
    if isinstance(number, complex):
        return [encode_number(number.real), encode_number(number.imag)]
    if isinstance(number, float):
        return float(number) if math.isfinite(number) else repr(float(number))
    return bool(number) if isinstance(number, bool) else int(number)


def encode_error(error: BaseException) -> dict[str, Any]:
    return {"kind": "error", "type": type(error).__name__, "message": clean_message(str(error))}


def trace(scenario: Scenario, adapter: Adapter) -> list[dict[str, Any]]:
    """Run `scenario` and return its observations. Raises ScenarioError and, where the adapter declines, Unsupported."""
    observations: list[dict[str, Any]] = []
    with fresh_warnings(adapter.torch) as caught:
        steps = scenario.function(adapter.torch)
        while (step := _next(steps, adapter)) is not None:
            label, value = step
            said = [encode_warning(each) for each in caught]  # not what is said when the value is read
            observation: dict[str, Any] = {"label": label, "value": encode(value, adapter)}
            caught.clear()
            if said:
                observation["warnings"] = said
            observations.append(observation)
            if label == UNCAUGHT:
                break
    return observations


def _next(steps: Iterator[Any], adapter: Adapter) -> tuple[str, Any] | None:
    """The next observation, None at the end; an error that nobody caught is an observation too."""
    try:
        step = next(steps, None)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if isinstance(error, ScenarioError) or (isinstance(error, Unsupported) and adapter.may_decline):
            raise
        return UNCAUGHT, Attempt(error=error)
    if step is None:
        return None
    if not (isinstance(step, tuple) and len(step) == 2 and isinstance(step[0], str)) or step[0] == UNCAUGHT:
        raise ScenarioError(f"A scenario yields pairs of a label and a value, not {step!r}.")
    return step


def encode_warning(caught: warnings.WarningMessage) -> dict[str, str]:
    return {"category": caught.category.__name__, "message": clean_message(str(caught.message))}


def output(path: Path, adapter: Adapter) -> list[dict[str, Any]]:
    """Run the script at `path` with the adapter's library as `torch`; the observation is what it prints."""
    return printed(lambda: exec(script_at(path), {"__name__": "__main__", "__file__": str(path)}), adapter)


@functools.cache
def script_at(path: Path) -> CodeType:
    """The script at `path`, compiled: whoever runs the suite on one implementation after the other needs it often."""
    return compile(path.read_bytes(), str(path), "exec", dont_inherit=True)


def printed(action: Callable[[], object], adapter: Adapter) -> list[dict[str, Any]]:
    """What `action` prints with the adapter's library as `torch`, and the error that ended it, if one did."""
    start_afresh(adapter.torch)
    text = io.StringIO()
    error: BaseException | None = None
    with aliased(adapter.torch), contextlib.redirect_stdout(text), contextlib.redirect_stderr(io.StringIO()):
        try:
            action()
        except KeyboardInterrupt:
            raise
        except BaseException as raised:
            if isinstance(raised, Unsupported) and adapter.may_decline:
                raise
            error = raised
    observations = [{"label": OUTPUT, "value": {"kind": "text", "value": clean_text(text.getvalue())}}]
    if error is not None:
        observations.append({"label": UNCAUGHT, "value": encode_error(error)})
    return observations
