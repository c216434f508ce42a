"""Records the goldens from live PyTorch, and finds out where they have drifted from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import numpy as np

from gradspec.compare import compare
from gradspec.errors import GradspecError, HarnessError, UsageError
from gradspec.files import write_atomically
from gradspec.golden import (
    REMEDY,
    Golden,
    GoldenScenario,
    Provenance,
    golden_path,
    golden_text,
    line,
    read_golden,
    read_text,
    script_path,
)
from gradspec.observe import SEED
from gradspec.oracle import LiveOracle
from gradspec.scenario import LECTURES, Item, Programs, Script
from gradspec.suite import Suite
from gradspec.trace import FORMAT, Text, Trace


def record(suite: Suite, chapters: Iterable[str], oracle: LiveOracle) -> list[Path]:
    """Write the goldens of `chapters` and return their paths.

    Everything is run before anything is written. Raises HarnessError for a scenario that cannot serve as specification.
    """
    texts: dict[Path, str] = {}
    for chapter in chapters:
        items = suite.items(chapter)
        refuse(flaws(chapter, items))
        traces = {item.name: oracle.expected(item) for item in items}
        if chapter == LECTURES:
            texts |= {script_path(suite, name): _printed(trace) for name, trace in traces.items()}
        else:
            texts[golden_path(suite, chapter)] = golden_text(_golden(items, traces, oracle))
    for path, text in texts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{path.parent} cannot be made: {error.strerror}.") from None
        write_atomically(path, text)
    return list(texts)


def remove_orphans(suite: Suite) -> list[Path]:
    """Remove the goldens that have no chapter or script any more, and return their paths."""
    paths = list(orphans(suite))
    for path in paths:
        path.unlink()
    return paths


def drift(suite: Suite, chapters: Iterable[str], oracle: LiveOracle) -> Iterator[str]:
    """Each way in which chapters, goldens and live PyTorch disagree, as text for a person."""
    for chapter in chapters:
        try:
            items = suite.items(chapter)
            yield from flaws(chapter, items)
            yield from (_scripts_drift if chapter == LECTURES else _chapter_drift)(suite, chapter, items, oracle)
        except HarnessError as error:
            yield str(error)


def orphans(suite: Suite) -> Iterator[Path]:
    """Goldens without a chapter or script."""
    scripts = {script.name for script in suite.scripts}
    yield from (path for path in sorted(suite.golden.glob("*.json")) if path.stem not in suite.chapters)
    yield from (path for path in sorted((suite.golden / LECTURES).glob("*.txt")) if path.stem not in scripts)


def flaws(chapter: str, items: tuple[Item, ...]) -> Iterator[str]:
    """What a scenario lacks to be a clause of the specification."""
    for item in items:
        where = f"{item.path}:{item.line}: {item.id}"
        if not item.clause:
            yield f"{where} has no clause: its docstring is empty."
        if not item.cites.strip():
            yield f"{where} has no citation."
    if not items:
        yield f"The chapter {chapter} has no scenario."


def refuse(problems: Iterable[str]) -> None:
    for problem in problems:
        raise HarnessError(problem)


def _golden(items: tuple[Item, ...], traces: dict[str, Trace], oracle: LiveOracle) -> Golden:
    versions = oracle.loaded.versions
    provenance = Provenance(
        torch=oracle.loaded.version,
        numpy=np.__version__,
        python=versions["python"],
        platform=versions["platform"],
        seed=SEED,
    )
    scenarios = {item.name: GoldenScenario(item.clause, item.cites, traces[item.name], **drawn(item)) for item in items}
    return Golden(FORMAT, provenance, scenarios)


def drawn(item: Item) -> dict[str, tuple[msgspec.Raw, ...]]:
    """What is drawn for `item`, so that it need not be drawn whenever it is asked; of what has a file, nothing is."""
    if not isinstance(item, Programs) or item.path.suffix == ".json":
        return {}
    return {"programs": tuple(map(msgspec.Raw, item.programs)), "witnesses": tuple(map(msgspec.Raw, item.witnesses))}


def _printed(trace: Trace) -> str:
    value = trace[0].value
    assert isinstance(value, Text)
    return value.value


def _scripts_drift(suite: Suite, chapter: str, items: tuple[Item, ...], oracle: LiveOracle) -> Iterator[str]:
    for item in items:
        assert isinstance(item, Script)
        path = script_path(suite, item.name)
        try:
            recorded, live = read_text(path), _printed(oracle.expected(item))
        except GradspecError as error:
            yield str(error)
            continue
        yield from _diff(f"{item.id} ({path})", recorded, live)


def _chapter_drift(suite: Suite, chapter: str, items: tuple[Item, ...], oracle: LiveOracle) -> Iterator[str]:
    path = golden_path(suite, chapter)
    golden = read_golden(path)
    names = {item.name for item in items}
    for name in sorted(set(golden.scenarios) - names):
        yield f"The golden {path} has {name!r}, which is no scenario."
    for item in items:
        recorded = golden.scenarios.get(item.name)
        if recorded is None:
            yield f"{item.path}:{item.line}: {item.id} has no golden in {path}."
            continue
        for field, now in (("clause", item.clause), ("cites", item.cites)):
            if getattr(recorded, field) != now:
                yield from _diff(f"{item.id}, {field} ({path})", getattr(recorded, field), now)
        for key, programs in drawn(item).items():
            if [*map(line, getattr(recorded, key))] != [*map(line, programs)]:
                yield f"{item.id} has other {key} in {path} than are drawn. {REMEDY}"
        for each in compare(recorded.observations, oracle.expected(item)):
            where = f"{item.id}, {each.label!r}, {each.facet} ({path})"
            yield from _diff(where, each.expected, each.found)


def _diff(where: str, recorded: str, live: str) -> Iterator[str]:
    if recorded == live:
        return
    import difflib

    lines = difflib.unified_diff(recorded.splitlines(), live.splitlines(), "golden", "torch now", lineterm="", n=1)
    yield "\n".join([where, *(f"  {line}" for line in lines)])
