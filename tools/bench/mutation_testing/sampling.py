"""Samples of mutants, stratified by file, and what a sample says of all."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

from mutation_testing.making import Mutant

NORMAL = 1.959964  # standard deviations on either side that hold 95 %


def shares(mutants: Sequence[Mutant], size: int) -> dict[str, int]:
    """How many of a sample come from each file: in proportion, and `size` in all."""
    counts = defaultdict[str, int](int)
    for each in mutants:
        counts[each.file] += 1
    exact = {file: size * count / len(mutants) for file, count in counts.items()}
    found = {file: int(each) for file, each in exact.items()}
    left = size - sum(found.values())
    for file in sorted(exact, key=lambda each: (found[each] - exact[each], each))[:left]:
        found[file] += 1
    return found


def in_random_order(mutants: Sequence[Mutant], seed: str) -> dict[str, Iterator[Mutant]]:
    """The mutants of each file: a sample takes as many from the beginning as are its share, and are Python."""
    files = defaultdict[str, list[Mutant]](list)
    for each in mutants:
        files[each.file].append(each)
    return {
        file: iter(random.Random(f"{seed} {file}").sample(sorted(each), len(each)))
        for file, each in sorted(files.items())
    }


def interval(killed: int, judged: int) -> tuple[float, float]:
    """Wilson's interval of 95 % for the share that `killed` of `judged` stand for."""
    if not judged:
        return 0.0, 1.0
    share, square = killed / judged, NORMAL**2 / judged
    middle = (share + square / 2) / (1 + square)
    reach = NORMAL * math.sqrt(share * (1 - share) / judged + square / (4 * judged)) / (1 + square)
    return middle - reach, middle + reach
