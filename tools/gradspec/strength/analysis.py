"""What the suite's run over the bank says of faults, of scenarios and of chapters."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gradspec.adapters import FACETS, SEMANTICS
from gradspec.faults import Fault, find
from gradspec.scenario import PROFILES, Item
from gradspec.strength.measuring import Struck

THIN = 3  # faults that a chapter should reject, at least


def inside(profile: str, chapter: str) -> bool:
    """Whether `chapter` belongs to `profile`."""
    chapters = PROFILES[profile]
    return chapters is None or chapter in chapters


@dataclass(frozen=True)
class Verdict:
    """What came of a fault, beside what was to come of it."""

    fault: Fault
    struck: Struck

    @property
    def rejected(self) -> bool:
        return bool(self.struck.rejections)

    def count(self, profile: str) -> int:
        """How many scenarios of `profile` reject it."""
        return sum(inside(profile, each.chapter) for each in self.struck.rejections)

    @property
    def missed(self) -> tuple[str, ...]:
        """The profiles that it concerns and that let it pass."""
        return tuple(each for each in self.fault.profiles if not self.count(each))

    @property
    def own(self) -> bool:
        """Whether a chapter rejects it whose business it is."""
        return not self.struck.chapters.isdisjoint(self.fault.chapters)

    @property
    def facets(self) -> list[str]:
        """The facets that it shows in, the most frequent first; and what else became of scenarios."""
        count = Counter(facet for each in self.struck.rejections for facet in (each.facets or (each.outcome,)))
        return [facet for facet, _ in count.most_common()]

    @property
    def semantic(self) -> bool:
        """Whether it shows in more than words, names and dtypes."""
        return any(FACETS.get(each, SEMANTICS) == SEMANTICS for each in self.facets)


@dataclass(frozen=True)
class Chapter:
    """What a chapter does: of `scenarios`, `striking` reject some fault; it rejects `faults`, and `alone` no other does."""

    name: str
    scenarios: int
    striking: int
    faults: tuple[str, ...]
    alone: tuple[str, ...]

    @property
    def thin(self) -> bool:
        return len(self.faults) < THIN


@dataclass(frozen=True)
class Strength:
    """A run of the suite over the bank."""

    items: Sequence[Item]
    struck: Sequence[Struck]

    @cached_property
    def verdicts(self) -> list[Verdict]:
        """Of the faults that can be made, in the order of the bank."""
        return [Verdict(find(each.fault), each) for each in self.struck if not each.problem]

    @property
    def problems(self) -> list[Struck]:
        return [each for each in self.struck if each.problem]

    @property
    def survivors(self) -> list[Verdict]:
        return [each for each in self.verdicts if not each.rejected]

    @cached_property
    def by_scenario(self) -> Mapping[str, frozenset[str]]:
        """By id, the faults that a scenario rejects."""
        found = defaultdict[str, set[str]](set)
        for one in self.struck:
            for each in one.rejections:
                found[each.id].add(one.fault)
        return {item.id: frozenset(found[item.id]) for item in self.items}

    @cached_property
    def sole(self) -> Mapping[str, frozenset[str]]:
        """By id, the faults that this scenario alone rejects; only of scenarios for which there are any."""
        found = defaultdict[str, set[str]](set)
        for one in self.struck:
            if len(one.rejections) == 1:
                found[one.rejections[0].id].add(one.fault)
        return {id: frozenset(faults) for id, faults in found.items()}

    @cached_property
    def redundant(self) -> list[str]:
        """Scenarios that reject faults, but none that the few of `cover` do not; in the order of the suite."""
        kept = frozenset(self.cover)
        return [id for id, faults in self.by_scenario.items() if faults and id not in kept]

    @property
    def idle(self) -> list[str]:
        """Scenarios that reject no fault of the bank."""
        return [id for id, faults in self.by_scenario.items() if not faults]

    @cached_property
    def cover(self) -> list[str]:
        """A small set of scenarios that rejects all that is rejected: the one that adds most comes first."""
        left = set[str]().union(*self.by_scenario.values())
        chosen = []
        while left:
            best = max(self.by_scenario, key=lambda id: len(self.by_scenario[id] & left))
            chosen.append(best)
            left -= self.by_scenario[best]
        return chosen

    @cached_property
    def chapters(self) -> list[Chapter]:
        """In the order of the suite."""
        where = {one.fault: one.chapters for one in self.struck}
        made = []
        for name in dict.fromkeys(item.chapter for item in self.items):
            ids = [item.id for item in self.items if item.chapter == name]
            faults = tuple(fault for fault, chapters in where.items() if name in chapters)
            alone = tuple(fault for fault in faults if where[fault] == {name})
            made.append(Chapter(name, len(ids), sum(bool(self.by_scenario[id]) for id in ids), faults, alone))
        return made

    def concerned(self, profile: str) -> list[Verdict]:
        return [each for each in self.verdicts if profile in each.fault.profiles]


def in_order(struck: Iterable[Struck], names: Sequence[str]) -> list[Struck]:
    """As the bank has them."""
    return sorted(struck, key=lambda each: names.index(each.fault))
