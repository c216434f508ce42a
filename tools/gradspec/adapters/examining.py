"""The process in which an implementation is looked at, for `gradspec adapt`, or tried, for `gradspec smoke`.

It is told on its command line what to do, and answers with one line of JSON. Standard library and NumPy only.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gradspec.adapters import Adapter, Unsupported
from gradspec.adapters.general import UnrecognisedError, read
from gradspec.adapters.loading import LoadingError, find, is_known, load
from gradspec.adapters.torch_like import is_torch_like
from gradspec.observe import encode
from gradspec.worker import move_away, write_all

OURS = str(Path(__file__).resolve().parents[1])


def look(implementation: str) -> dict[str, Any]:
    """What a module is read as: its phrases, or why there are none."""
    if is_known(implementation):
        return {"answer": "known"}
    try:
        found = find(implementation)
        if isinstance(found, Adapter):
            return {"answer": "known"}
        if is_torch_like(found):
            return {"answer": "torch-like"}
        book, _ = read(found)
    except LoadingError as error:
        return {"answer": "refused", "reason": str(error)}
    except UnrecognisedError as reason:
        return {"answer": "unrecognised", "reason": str(reason)}
    return {"answer": "read", "phrases": asdict(book), "sentence": book.sentence()}


def attempt(implementation: str) -> dict[str, Any]:
    """One step after the other as far as it goes: each with what came, or with the error and where it was raised."""
    steps: list[dict[str, Any]] = []
    given: dict[str, Any] = {}

    def step(name: str, action: Callable[[], Any]) -> bool:
        try:
            given[name] = action()
        except Unsupported as reason:
            steps.append({"step": name, "error": str(reason), "frames": [], "usage": False})
        except LoadingError as error:
            broken = error.__context__
            ours = broken is None or isinstance(broken, UnrecognisedError) or "does not exist" in str(error)
            frames = [] if ours or broken is None else own_frames(broken)
            steps.append({"step": name, "error": str(error), "frames": frames, "usage": ours})
        except Exception as error:  # noqa: BLE001 (foreign code may raise anything)
            says = traceback.format_exception_only(error)[-1].strip()
            steps.append({"step": name, "error": says, "frames": own_frames(error), "usage": False})
        else:
            steps.append({"step": name, "error": "", "frames": [], "usage": False})
            return True
        return False

    def each(name: str, action: Callable[[Any], Any]) -> tuple[str, Callable[[], Any]]:
        return name, lambda: action(given["import"].torch)

    value: dict[str, Any] | None = None
    reading = ""
    if step("import", lambda: load(implementation)):
        adapter = given["import"]
        reading = adapter.reading
        following = (
            each("leaf", lambda torch: torch.tensor(2.0, requires_grad=True)),
            each("arithmetic", lambda torch: given["leaf"] * 3.0),
            each("backward", lambda torch: given["arithmetic"].backward()),
            each("grad", lambda torch: given["leaf"].grad),
        )
        if all(step(*each) for each in following):
            value = encode(given["grad"], adapter)
    return {"answer": "tried", "steps": steps, "gradient": value, "reading": reading}


def own_frames(error: BaseException) -> list[str]:
    """The frames of the code under test, the last is where it was raised: `file:line, in function: source`."""
    found = [each for each in traceback.extract_tb(error.__traceback__) if not each.filename.startswith((OURS, "<"))]
    return [f"{each.filename}:{each.lineno}, in {each.name}: {each.line}" for each in found]


CALLS: dict[str, Callable[[str], dict[str, Any]]] = {"look": look, "attempt": attempt}


def main() -> None:
    """Do what `sys.argv[2]` says with the implementation `sys.argv[3]`."""
    call, implementation = sys.argv[2:]
    del sys.argv[2:]
    _, replies = move_away()
    answer = CALLS[call](implementation)
    write_all(replies, json.dumps(answer).encode() + b"\n")
    os._exit(0)
