"""What is known of a scenario beside how it ended: its chapter, the words of its id and of its clause, and what it needs.

Of an operator of the catalogue, of which there are many that are tested alike, the file that it stands in is all of that.
"""

from __future__ import annotations

import functools
import re

from gradspec.scenario import Item
from gradspec.suite import find_suite

OPERATORS = "operators"
STOP = frozenset(
    """a all also an and any as at be been both but by can could did do does done down each every few for from had has have
    if in into is it its itself just may might more most must no not of off on one only or other out own same should so some
    such than that the their them then there these they this those to two up was were what where whether which while who
    whose will with would""".split()
)
ENDINGS = ("ations", "ation", "ings", "ing", "edly", "ed", "es", "s")


@functools.cache
def chapter_of(id: str) -> str:
    """The chapter of a scenario; of an operator, the file of the catalogue where its like stand."""
    chapter, _, name = id.partition(".")
    return f"op:{families().get(name, '')}" if chapter == OPERATORS else chapter


@functools.cache
def words_of(id: str) -> frozenset[str]:
    """The words of a scenario's name; of an operator, what stands for its chapter."""
    return frozenset([chapter_of(id)] if id.startswith(f"{OPERATORS}.") else words(id))


@functools.cache
def clause_words_of(id: str) -> frozenset[str]:
    """The words of a scenario's name and of its clause."""
    item = items().get(id)
    return words_of(id) | frozenset(words(item.clause) if item else ())


@functools.cache
def needs_of(id: str) -> tuple[str, ...]:
    """The capabilities without which a scenario is not run."""
    item = items().get(id)
    return item.needs if item else ()


def words(text: str) -> list[str]:
    """The words of a text that say something, without their endings."""
    return [stem(each) for each in re.findall("[a-z]+", text.lower().replace("_", " ")) if each not in STOP]


def stem(word: str) -> str:
    return next((word.removesuffix(end) for end in ENDINGS if word.endswith(end) and len(word) - len(end) > 2), word)


@functools.cache
def items() -> dict[str, Item]:
    """By id, the scenarios of the suite that comes with gradspec, without the operators."""
    suite = find_suite()
    return {item.id: item for name in suite.names() if name != OPERATORS for item in suite.items(name)}


@functools.cache
def families() -> dict[str, str]:
    """By operator, as ids have it: the file of the catalogue that it stands in."""
    from gradspec.programs import catalogue

    files = vars(catalogue)
    return {
        each.key.replace(".", "_"): name.lower()
        for name, family in files.items()
        if name.isupper() and isinstance(family, tuple) and name != "FAMILIES"
        for each in family
    }
