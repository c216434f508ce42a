"""How much the outcomes of an implementation look like those of each misconception.

A fingerprint is seen in several views: which scenarios fail, what each shows, which signs there are at all, in which
chapters, under which words. In each view it is a vector, whose rare entries weigh most; the likeness of two fingerprints
is the sum of the cosines. From the likenesses to all faults of the bank, a ridge regression on what each fault is an
example of gives a score a misconception. What a teacher expects of a misconception counts as one more example of it.
"""

from __future__ import annotations

import functools
import math
import re
import tomllib
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from gradspec.diagnosis.signs import Fingerprint

WEIGHTS = (0.5, 1.0, 1.0, 2.0, 0.5, 1.0)  # of the views below, by what leaving each fault of the bank out gave
RIDGE = 1.0
SHARPNESS = 8.0  # makes chances of scores, on the careful side: it is right more often than it is sure
STOP = frozenset(
    "a an the of is are it its in to and or that as by be not what no one for on with has have may".split()
)
TABLE = Path(__file__).with_name("misconceptions.toml")

View = dict[Hashable, float]


class Misconception(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of `misconceptions.toml`."""

    read: str
    look: tuple[str, ...]
    chapters: tuple[str, ...]
    words: str
    signs: tuple[str, ...]


@functools.cache
def misconceptions() -> dict[str, Misconception]:
    """The table, by the words of the bank."""
    return msgspec.convert(tomllib.loads(TABLE.read_text("utf-8")), dict[str, Misconception])


@dataclass(frozen=True)
class Likely:
    """A misconception, how likely it is the one (of all, from 0 to 1), and the fault of the bank that is most alike."""

    misconception: str
    chance: float
    fault: str


class Likeness:
    """The bank, ready to be compared with: fingerprints by fault, and what each fault is an example of."""

    def __init__(self, found: Mapping[str, Fingerprint], example_of: Mapping[str, str]) -> None:
        self.faults = [name for name, one in found.items() if one]
        self.groups = sorted(misconceptions())
        expected = [expectation(misconceptions()[each]) for each in self.groups]
        rows = [views(found[name]) for name in self.faults]
        count = len(rows)
        self.rarity = [rarities([row[number] for row in rows], count) for number in range(len(WEIGHTS))]
        self.columns = [{key: place for place, key in enumerate(each)} for each in self.rarity]
        self.matrices = [self._matrix(number, [*rows, *expected]) for number in range(len(WEIGHTS))]
        self.kernel = sum(w * m @ m.T for w, m in zip(WEIGHTS, self.matrices, strict=True))
        numbers = {each: place for place, each in enumerate(self.groups)}
        self.group_of = np.array([*(numbers[example_of[name]] for name in self.faults), *range(len(self.groups))])

    def _matrix(self, number: int, rows: list[tuple[View, ...]]) -> np.ndarray:
        columns, rarity = self.columns[number], self.rarity[number]
        matrix = np.zeros((len(rows), len(columns)), np.float32)
        for place, row in enumerate(rows):
            strange = 0.0  # what the bank has never shown is unlike all of it, and as rare as can be
            for key, value in row[number].items():
                if key in columns:
                    matrix[place, columns[key]] = value * rarity[key]
                else:
                    strange += (value * math.log(1 + len(self.faults))) ** 2
            matrix[place] /= math.sqrt(float(matrix[place] @ matrix[place]) + strange) or 1.0
        return matrix

    def scores(self, fingerprint: Fingerprint, without: Collection[str] = ()) -> tuple[np.ndarray, np.ndarray]:
        """A score a misconception, and the likeness to each fault. without: faults that are to be taken as unknown."""
        row = [views(fingerprint)]
        likeness = sum(
            w * (m @ self._matrix(number, row)[0])
            for number, (w, m) in enumerate(zip(WEIGHTS, self.matrices, strict=True))
        )
        count = len(self.faults)
        known = [place for place in range(len(likeness)) if place >= count or self.faults[place] not in without]
        examples = np.eye(len(self.groups))[self.group_of[known]]
        weights = np.linalg.solve(self.kernel[np.ix_(known, known)] + RIDGE * np.eye(len(known)), examples)
        alike = np.where([name in without for name in self.faults], 0.0, likeness[:count])
        return likeness[known] @ weights, alike

    def compare(self, fingerprint: Fingerprint, without: Collection[str] = ()) -> list[Likely]:
        """The misconceptions, the likeliest first."""
        scores, alike = self.scores(fingerprint, without)
        chances = np.exp(SHARPNESS * (scores - scores.max()))
        chances /= chances.sum()
        likely = []
        for place in np.argsort(-scores):
            mine = np.where(self.group_of[: len(alike)] == place, alike, -1.0)
            likely.append(Likely(self.groups[place], float(chances[place]), self.faults[int(mine.argmax())]))
        return likely


def views(one: Fingerprint) -> tuple[View, ...]:
    """The views of a fingerprint, in the order of WEIGHTS. Shares are of the scenarios that fail, under a root."""
    return (
        dict.fromkeys(one, 1.0),
        {(id, sign): 1.0 for id, shown in one.items() for sign in shown},
        shares(Counter(sign for shown in one.values() for sign in shown), len(one)),
        shares(Counter((chapter_of(id), sign) for id, shown in one.items() for sign in shown), len(one)),
        shares(Counter(map(chapter_of, one)), len(one)),
        shares(Counter(word for id in one for word in words_of(id)), len(one)),
    )


def expectation(entry: Misconception) -> tuple[View, ...]:
    """What a teacher expects, in the same views; which scenarios fail nobody can say."""
    both = [(chapter, sign) for chapter in entry.chapters for sign in entry.signs]
    words = set(_words(entry.words))
    parts: tuple[Iterable[Hashable], ...] = ((), (), entry.signs, both, entry.chapters, words)
    return tuple(dict.fromkeys(part, 1.0) for part in parts)


def shares(counts: Counter[Hashable], whole: int) -> View:
    return {key: math.sqrt(count / whole) for key, count in counts.items()}


def rarities(column: Sequence[View], count: int) -> View:
    """How much an entry of a view weighs: the logarithm of how rare it is in the bank."""
    seen = Counter(key for each in column for key in each)
    return {key: max(math.log((count + 1) / (often + 0.5)), 0.05) for key, often in seen.items()}


@functools.cache
def chapter_of(id: str) -> str:
    """The chapter of a scenario; of an operator, the file of the catalogue where its like stand."""
    chapter, _, name = id.partition(".")
    return f"op:{families().get(name, '')}" if chapter == "operators" else chapter


@functools.cache
def words_of(id: str) -> frozenset[str]:
    """The words of a scenario's id; of an operator, what stands for its chapter."""
    return frozenset([chapter_of(id)] if id.startswith("operators.") else _words(id))


def _words(text: str) -> list[str]:
    return [each for each in re.findall("[a-z]+", text.lower().replace("_", " ")) if each not in STOP]


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
