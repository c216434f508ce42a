"""What can be wrong with a rubric: its structure, then its meaning, then points that cannot be lost."""

from __future__ import annotations

import difflib
import fnmatch
import math
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from gradspec.adapters import BASIC_FACETS, FACETS
from gradspec.errors import HarnessError
from gradspec.grading.libraries import LIBRARIES
from gradspec.grading.model import Rubric, RubricItem, Selected
from gradspec.oracle import GoldenOracle
from gradspec.scenario import LECTURES, Item, Programs
from gradspec.suite import Suite
from gradspec.trace import Text, Trace


class Finding(NamedTuple):
    """A mistake, and where: the keys that lead there."""

    place: tuple[str | int, ...]
    text: str
    warning: bool = False


ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
NESTED: dict[str, type] = {"items": RubricItem, "select": Selected}
GROUPS = tuple(dict.fromkeys(FACETS.values()))
LEAST_MEMORY, LEAST_OUTPUT = 128 << 20, 1 << 10  # bytes: Python and NumPy alone need the first
MOST_SECONDS, MOST_PROGRAMS = 600.0, 1000
WORDS = {
    "float": "a number",
    "int": "a whole number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
}


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`; did you mean 'points'?`, or nothing."""
    near = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


# The structure: keys and types, as the model declares them.


def structure(kind: type, data: dict[str, Any], place: tuple[str | int, ...] = ()) -> Iterator[Finding]:
    """Keys that there are not, keys that are missing, values of a wrong type."""
    fields = {each.name: each for each in msgspec.structs.fields(kind)}
    whose = _whose(data, place)
    for key in data:
        if key not in fields:
            near = did_you_mean(key, fields)
            yield Finding((*place, key), f"There is no key {key!r} {whose}{near or f'; there are {_list(fields)}.'}")
    for name, field in fields.items():
        if name not in data:
            if field.required:
                yield Finding(place, MISSING.get(name, f"The key {name!r} is missing {whose}."))
        elif name in NESTED:
            yield from _nested(name, data[name], (*place, name))
        else:
            yield from _typed(name, data[name], field.type, (*place, name))


MISSING = {
    "name": 'The rubric has no name: add `name = "..."` at the top.',
    "items": "The rubric has no items: add [[items]], each with id, title, points and select.",
    "id": 'The item has no id: add `id = "..."`, a short name for the column of the gradebook.',
    "title": 'The item has no title: add `title = "..."`, which is what students read.',
    "points": "The item has no points: say what it is worth, `points = 10`.",
    "select": 'The item selects nothing: add `select = { chapters = ["..."] }`, or scenarios, or programs.',
}


def _whose(data: dict[str, Any], place: tuple[str | int, ...]) -> str:
    if not place:
        return "in a rubric"
    return "in `select`" if place[-1] == "select" else f"in the item {data.get('id', '')!r}"


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


def _nested(name: str, value: Any, place: tuple[str | int, ...]) -> Iterator[Finding]:
    tables = value if name == "items" and isinstance(value, list) else [value]
    for number, each in enumerate(tables):
        inner = (*place, number) if name == "items" else place
        if isinstance(each, dict):
            yield from structure(NESTED[name], each, inner)
        else:
            yield Finding(
                inner, f"`{name}` is {_kind(each)}: {'each item is' if name == 'items' else 'it is'} a table."
            )


def _typed(name: str, value: Any, kind: Any, place: tuple[str | int, ...]) -> Iterator[Finding]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        said, _, where = str(error).partition(" - at `$[")
        inner = (*place, int(where[:-2])) if where[:-2].isdigit() else place
        wrong = value[inner[-1]] if where else value
        expected = re.match(r"Expected `(\w+)", said)
        choices = getattr(kind, "__args__", ())
        if said.startswith("Invalid enum value"):
            near = did_you_mean(str(wrong), choices)
            yield Finding(inner, f"`{name}` is {wrong!r}, but can be {_list(choices)} alone{near or '.'}")
        else:
            wanted = WORDS.get(expected[1], expected[1]) if expected else said
            yield Finding(inner, f"`{name}` {'holds' if where else 'is'} {_kind(wrong)} where {wanted} belongs.")


def _kind(value: Any) -> str:
    name = "array" if isinstance(value, list) else "object" if isinstance(value, dict) else type(value).__name__
    return f"{WORDS[name]} ({value!r})" if name in ("float", "int", "str", "bool") else WORDS.get(name, f"a {name}")


# The meaning: what the values say.


def meaning(rubric: Rubric, suite: Suite) -> Iterator[Finding]:
    """Values that make no sense, names that nothing has, items that need one another, and what is asked twice."""
    yield from _settings(rubric)
    if not rubric.items:
        yield Finding(("items",), MISSING["items"])
    seen: dict[str, int] = {}
    asked: dict[str, str] = {}
    for number, item in enumerate(rubric.items):
        place = ("items", number)
        yield from _item(item, place)
        if item.id in seen:
            yield Finding((*place, "id"), f"The id {item.id!r} is that of another item, too: each needs its own.")
        seen.setdefault(item.id.casefold(), number)
        seen.setdefault(item.id, number)
        yield from _selection(item.select, (*place, "select"), suite, rubric.facets)
        yield from _twice(item, selected_items(suite, item.select), asked, (*place, "select"))
    yield from _needs(rubric)


CHECKS: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    ("name", lambda name: bool(name.strip()), "The rubric's name is empty."),
    (
        "seconds",
        lambda seconds: 0 < seconds <= MOST_SECONDS,
        f"`seconds` is what one scenario may take: more than 0, at most {MOST_SECONDS:g}.",
    ),
    (
        "memory",
        lambda memory: memory >= LEAST_MEMORY,
        f"`memory` is in bytes, and Python with NumPy needs {LEAST_MEMORY} of them.",
    ),
    ("output", lambda output: output >= LEAST_OUTPUT, f"`output` is in bytes: at least {LEAST_OUTPUT}."),
    (
        "entry",
        lambda entry: not entry.startswith("/") and ".." not in entry.split("/"),
        "`entry` is a path inside a submission, such as student.py: neither absolute nor with `..` in it.",
    ),
)


def _settings(rubric: Rubric) -> Iterator[Finding]:
    for name, fits, sentence in CHECKS:
        if not fits(getattr(rubric, name)):
            yield Finding((name,), sentence)
    for number, each in enumerate(rubric.forbid):
        if each not in LIBRARIES:
            hint = did_you_mean(each, LIBRARIES) or f"; there are {_list(LIBRARIES)}."
            yield Finding(("forbid", number), f"There is no known library {each!r}{hint}")
    for each in rubric.facets:
        if each not in FACETS:
            hint = did_you_mean(each, (*FACETS, *GROUPS)) or f"; there are {_list((*GROUPS, *FACETS))}."
            yield Finding(("facets",), f"There is no facet {each!r}{hint}")
    lacking = [each for each in FACETS if each in BASIC_FACETS and each not in rubric.facets]
    if lacking:
        yield Finding(("facets",), f"Without {_list(lacking)} there is nothing to compare: add `semantics`.")


def _item(item: RubricItem, place: tuple[str | int, ...]) -> Iterator[Finding]:
    if not ID.fullmatch(item.id):
        yield Finding(
            (*place, "id"), f"The id {item.id!r} heads a column: letters, digits, `-`, `_` and `.` alone, no blanks."
        )
    if not item.title.strip():
        yield Finding((*place, "title"), f"The title of the item {item.id!r} is empty: it is what students read.")
    if not (math.isfinite(item.points) and item.points > 0):
        yield Finding(
            (*place, "points"), f"The item {item.id!r} is worth {item.points:g} points: it has to be more than none."
        )


def _selection(
    select: Selected, place: tuple[str | int, ...], suite: Suite, facets: tuple[str, ...]
) -> Iterator[Finding]:
    from gradspec.programs.catalogue import CATALOGUE

    for number, each in enumerate(select.chapters):
        if each not in suite.names():
            hint = did_you_mean(each, suite.names()) or "; `gradspec spec` shows what there is."
            yield Finding((*place, "chapters", number), f"There is no chapter {each!r}{hint}")
    for number, each in enumerate(select.scenarios):
        if not matching(suite, each):
            close = did_you_mean(each, (item.id for item in _near(suite, each)))
            hint = close or "; `gradspec list` shows what there is."
            yield Finding((*place, "scenarios", number), f"No scenario is called {each!r}{hint}")
    for number, each in enumerate(select.operators):
        if each not in CATALOGUE:
            hint = did_you_mean(each, CATALOGUE) or "; `gradspec list --chapter operators` shows what there is."
            yield Finding((*place, "operators", number), f"There is no operator {each!r}{hint}")
    if not 0 <= select.programs <= MOST_PROGRAMS:
        yield Finding((*place, "programs"), f"`programs` is how many random programs: 0 to {MOST_PROGRAMS}.")
    if select.operators and select.programs <= 0:
        yield Finding(
            (*place, "operators"), "`operators` are what random programs are made of: say how many `programs`."
        )
    if not (select.chapters or select.scenarios or select.programs):
        yield Finding(place, MISSING["select"])
    if LECTURES in select.chapters and "text" not in facets:
        yield Finding(
            (*place, "chapters"),
            'Course scripts are judged by the text that they print, which does not count here: add "text" to `facets`.',
        )


def selected_items(suite: Suite, select: Selected) -> list[Item]:
    """The scenarios, scripts and operators that `select` names, each once, in the order of the suite.

    Names that nothing has are passed over. Random programs are drawn elsewhere.
    """
    chosen = {item.id for each in select.scenarios for item in matching(suite, each)}
    chapters = [*select.chapters, *(each.partition(".")[0] for each in chosen)]
    return [
        item
        for chapter in suite.names()
        if chapter in chapters
        for item in suite.items(chapter)
        if chapter in select.chapters or item.id in chosen
    ]


def matching(suite: Suite, pattern: str) -> list[Item]:
    """The items whose id is `pattern`, in which `*` stands for any text, in the chapter's name, too."""
    return [item for item in _near(suite, pattern) if fnmatch.fnmatchcase(item.id, pattern)]


def _near(suite: Suite, pattern: str) -> list[Item]:
    """The items of the chapters that `pattern` may be about: not every chapter has to be imported."""
    chapter = pattern.partition(".")[0]
    return [item for name in suite.names() if fnmatch.fnmatchcase(name, chapter) for item in suite.items(name)]


def _twice(
    item: RubricItem, items: list[Item], asked: dict[str, str], place: tuple[str | int, ...]
) -> Iterator[Finding]:
    """Scenarios that an item before this one asks for, too; `asked` says which."""
    others: dict[str, list[str]] = {}
    for each in items:
        if asked.setdefault(each.id, item.id) != item.id:
            others.setdefault(asked[each.id], []).append(each.id)
    for other, ids in others.items():
        shown = f"{_list(ids[:3])}{f' and {len(ids) - 3} more' if len(ids) > 3 else ''}"
        text = f"The items {other!r} and {item.id!r} both ask for {shown}: they count twice."
        yield Finding(place, text, warning=True)


def _needs(rubric: Rubric) -> Iterator[Finding]:
    known = {item.id: item for item in rubric.items}
    for number, item in enumerate(rubric.items):
        for position, each in enumerate(item.needs):
            if each not in known:
                hint = did_you_mean(each, known) or f"; there are {_list(known)}."
                yield Finding(
                    ("items", number, "needs", position), f"{item.id!r} needs {each!r}, which is no item{hint}"
                )
        way = _circle(item.id, known)
        if way:
            yield Finding(("items", number, "needs"), f"The items need one another in a circle: {' -> '.join(way)}.")


def _circle(start: str, known: dict[str, RubricItem]) -> list[str]:
    """The shortest way from an item back to itself over what it needs; nothing where there is none."""
    ways, seen = [[start]], set[str]()
    for way in ways:
        for each in known[way[-1]].needs if way[-1] in known else ():
            if each == start:
                return [*way, start]
            if each not in seen:
                seen.add(each)
                ways.append([*way, each])
    return []


# Points that cannot be lost.


def worthless(rubric: Rubric, suite: Suite) -> Iterator[Finding]:
    """Warnings of scenarios in which nothing counts: whoever gets through them has passed."""
    goldens = GoldenOracle(suite)
    for number, item in enumerate(rubric.items):
        free = []
        for each in selected_items(suite, item.select):
            try:
                if (
                    not isinstance(each, Programs)
                    and _only_text(goldens.expected(each))
                    and "text" not in rubric.facets
                ):
                    free.append(each.id)
            except HarnessError:  # a suite without goldens
                continue
        if free:
            shown = f"{_list(free[:3])}{f' and {len(free) - 3} more' if len(free) > 3 else ''}"
            text = f"{shown} observe text alone, which does not count here: whoever gets through has passed."
            yield Finding(("items", number, "select"), text, warning=True)


def _only_text(trace: Trace) -> bool:
    return bool(trace) and all(isinstance(each.value, Text) for each in trace)
