"""How much the outcomes of an implementation look like those of each misconception.

A fingerprint is seen in several views, which count alike: which signs it shows, which of them together, under which words,
and where which capabilities are needed; and of what the clauses speak. In each view it is a vector, whose rare entries
weigh most; the likeness of two fingerprints is the mean of the cosines. From the likenesses to all faults of the bank, a
ridge regression on what each fault is an example of gives a score a misconception. What a teacher expects of a
misconception counts as one more example of it.
"""

from __future__ import annotations

import functools
import math
import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import msgspec
import numpy as np

from gradspec.diagnosis.aspects import clause_words_of, needs_of, words, words_of
from gradspec.diagnosis.signs import Fingerprint

RIDGE = 0.05  # this and the next by what leaving each fault of the bank out gave
SHARPNESS = 11.0  # makes chances of scores: it is right about as often as it is sure
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
        self.rarity = [rarities([row[number] for row in rows]) for number in range(len(VIEWS))]
        self.columns = [{key: place for place, key in enumerate(each)} for each in self.rarity]
        self.matrices = [self._matrix(number, [*rows, *expected]) for number in range(len(VIEWS))]
        self.kernel = sum(each @ each.T for each in self.matrices) / len(VIEWS)
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
        likeness = sum(m @ self._matrix(number, row)[0] for number, m in enumerate(self.matrices)) / len(VIEWS)
        count = len(self.faults)
        known = [place for place in range(len(likeness)) if place >= count or self.faults[place] not in without]
        weights = self._weights(known) if without else self._weights_of_all
        alike = np.where([name in without for name in self.faults], 0.0, likeness[:count])
        return likeness[known] @ weights, alike

    def _weights(self, known: Sequence[int]) -> np.ndarray:
        """Of the ridge regression on these faults and expectations: (known, misconceptions)."""
        examples = np.eye(len(self.groups))[self.group_of[known]]
        return np.linalg.solve(self.kernel[np.ix_(known, known)] + RIDGE * np.eye(len(known)), examples)

    @functools.cached_property
    def _weights_of_all(self) -> np.ndarray:
        return self._weights(range(len(self.kernel)))

    def left_out(self) -> np.ndarray:
        """The scores of each fault of the bank, as `scores` gives them without it: (faults, misconceptions)."""
        inverse = np.linalg.inv(self.kernel + RIDGE * np.eye(len(self.kernel)))
        examples = np.eye(len(self.groups))[self.group_of]
        scores: np.ndarray = examples - inverse @ examples / np.diag(inverse)[:, None]
        return scores[: len(self.faults)]

    def compare(self, fingerprint: Fingerprint, without: Collection[str] = ()) -> list[Likely]:
        """The misconceptions, the likeliest first."""
        scores, alike = self.scores(fingerprint, without)
        chance = chances(scores)
        likely = []
        for place in np.argsort(-scores):
            mine = np.where(self.group_of[: len(alike)] == place, alike, -1.0)
            likely.append(Likely(self.groups[place], float(chance[place]), self.faults[int(mine.argmax())]))
        return likely


def chances(scores: np.ndarray) -> np.ndarray:
    """Scores of misconceptions as chances, which add up to 1."""
    exponentials: np.ndarray = np.exp(SHARPNESS * (scores - scores.max()))
    shares_of_one: np.ndarray = exponentials / exponentials.sum()
    return shares_of_one


def signs_under(one: Fingerprint, heads: Callable[[str], Iterable[str]], coarse: bool = False) -> View:
    """The signs that scenarios show, under what `heads` gives of each. coarse: only what a sign is about."""
    pairs = Counter[Hashable]()
    for id, shown in one.items():
        pairs.update(product(heads(id), {sign.partition(":")[0] for sign in shown} if coarse else shown))
    return shares(pairs, len(one))


VIEWS: tuple[Callable[[Fingerprint], View], ...] = (
    lambda one: shares(Counter(sign for shown in one.values() for sign in shown), len(one)),
    lambda one: shares(Counter(one.values()), len(one)),
    lambda one: signs_under(one, words_of),
    lambda one: signs_under(one, needs_of, coarse=True),
    lambda one: shares(Counter(word for id in one for word in clause_words_of(id)), len(one)),
)


def views(one: Fingerprint) -> tuple[View, ...]:
    return tuple(view(one) for view in VIEWS)


def expectation(entry: Misconception) -> tuple[View, ...]:
    """What a teacher expects, in the same views."""
    spoken = set(words(entry.words))
    parts: tuple[Iterable[Hashable], ...] = (entry.signs, (), product(spoken, entry.signs), (), spoken)
    return tuple(dict.fromkeys(part, 1.0) for part in parts)


def shares(counts: Mapping[Hashable, float], whole: int) -> View:
    """Of all that fail, how many; under a root, so that what is seldom is not lost beside what is frequent."""
    return {key: math.sqrt(count / whole) for key, count in counts.items()}


def rarities(column: Sequence[View]) -> View:
    """How much an entry of a view weighs: the logarithm of how rare it is in the bank."""
    seen = Counter(key for each in column for key in each)
    return {key: max(math.log((len(column) + 1) / (often + 0.5)), 0.05) for key, often in seen.items()}
