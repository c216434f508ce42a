"""Runs a sample, or all: which mutants, in how many processes, and what is known of each when it is done."""

from __future__ import annotations

import functools
import hashlib
import random
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from gradspec.errors import HarnessError
from gradspec.fuzz.executors import make_executor
from gradspec.scenario import Item
from gradspec.selection import Selection, select
from gradspec.suite import Suite, find_suite
from mutation_testing.coverage import Kept
from mutation_testing.journal import Room, read_verdicts, write
from mutation_testing.judging import Judge, Verdict
from mutation_testing.making import Making, Mutant, Source, compiled, make
from mutation_testing.sampling import in_random_order, shares

CHUNK = 8  # mutants of one file that a process is given at a time


class Progress:
    """Says on a terminal how far something is, and elsewhere now and then."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total = what, total
        self.started = self.said = time.monotonic()

    def __call__(self, done: int, more: str = "") -> None:
        now, terminal = time.monotonic(), sys.stderr.isatty()
        if done < self.total and now - self.said < (0.2 if terminal else 30.0):
            return
        self.said = now
        left = (now - self.started) / max(done, 1) * (self.total - done)
        text = f"{self.what}: {done} of {self.total}{more}, {left / 60:.0f} min left"
        end = "\r" if terminal and done < self.total else "\n"
        print(f"{text:<79}" if terminal else text, end=end, file=sys.stderr, flush=True)


def made(room: Room) -> Making:
    """All mutants of the package in `room`."""
    if not room.making.exists():
        write(room.making, make(room.root, Progress("making mutants", len(list(room.root.rglob("*.py"))))))
    return msgspec.json.decode(room.making.read_bytes(), type=Making)


def ready(room: Room) -> Judge:
    """A judge who knows what every scenario executes, and that nothing kills refgrad as it is."""
    suite = find_suite()
    judge = Judge(suite, items(suite), room.folder)
    kept = Kept([], [], {})
    if room.coverage.exists():
        kept = msgspec.json.decode(room.coverage.read_bytes(), type=Kept)
    progress = Progress("measuring coverage", len(judge.items))
    for done in judge.measure(kept, sources(judge)):
        progress(done + 1)
    write(room.coverage, kept)
    return judge


def sources(judge: Judge) -> list[str]:
    """A digest of what each item is made of: its requests, and the chapter that it stands in."""
    texts: dict[Path, bytes] = {}
    found = []
    for place, item in enumerate(judge.items):
        if item.path not in texts:
            texts[item.path] = item.path.read_bytes()
        asked = [judge.warm.asked[number].request for number in judge.warm.numbers[place]]
        found.append(hashlib.sha256(texts[item.path] + msgspec.json.encode(asked)).hexdigest()[:12])
    return found


def items(suite: Suite) -> tuple[Item, ...]:
    return tuple(select(suite, Selection()))


@functools.cache
def judge_in(folder: str, package: str, suite: str) -> Judge:
    """The judge of this process. Raises HarnessError where it kills refgrad as it is."""
    judge = ready(Room(Path(folder), package, suite))
    found = judge.control()
    if found:
        raise HarnessError(f"refgrad as it is would be killed: {found}.")
    for path in Path(folder).glob("verdicts-*.jsonl"):  # of other suites, too: it is only who is asked first
        judge.learn(read_verdicts(path))
    return judge


def judge_some(folder: str, package: str, suite: str, mutants: list[Mutant]) -> bytes:
    """What comes of each of them, as JSON."""
    judge = judge_in(folder, package, suite)
    return msgspec.json.encode([judge.judge(each) for each in mutants])


class Chosen(msgspec.Struct, frozen=True):
    """Mutants to judge, `size` of them drawn by `seed`, or all; `invalid`: how many were drawn besides that are no Python."""

    mutants: list[Mutant]
    invalid: int
    size: int | None
    seed: str


def choose(room: Room, making: Making, size: int | None, seed: str) -> Chosen:
    """A sample of `size` mutants that are Python, from each file its share; or all of them."""
    drawn = room.folder / f"drawn-{size or 'all'}-{seed}.json"
    if drawn.exists():
        return msgspec.json.decode(drawn.read_bytes(), type=Chosen)
    share = shares(making.mutants, size or len(making.mutants))
    chosen, invalid = list[Mutant](), 0
    progress = Progress("drawing mutants", size or len(making.mutants))
    for file, order in in_random_order(making.mutants, seed).items():
        source, left = Source(room.root, file), share[file]
        while left and (mutant := next(order, None)):
            if python(source, mutant):
                chosen.append(mutant)
                left -= 1
                progress(len(chosen))
            else:
                invalid += 1
    random.Random(seed).shuffle(chosen)  # so that those which are judged first are a sample, too
    found = Chosen(chosen, invalid, size, seed)
    write(drawn, found)
    return found


def python(source: Source, mutant: Mutant) -> bool:
    try:
        compiled(source.mutated(mutant.operator, mutant.occurrence), source.path)
    except (SyntaxError, ValueError):
        return False
    return True


def run(room: Room, mutants: list[Mutant], jobs: int, listen: Callable[[Verdict], None]) -> None:
    """Judge what is not known yet; what becomes known is written down at once."""
    known = {each.mutant.key for each in read_verdicts(room.verdicts)}
    left = [each for each in mutants if each.key not in known]
    ready_first = judge_in(str(room.folder), room.package, room.suite) if left else None
    executor = make_executor(jobs)
    tasks = ((str(room.folder), room.package, room.suite, some) for some in chunks(left))
    try:
        with room.verdicts.open("ab") as journal:
            for _, answer in executor.map_tasks(judge_some, tasks):
                for verdict in msgspec.json.decode(answer, type=list[Verdict]):
                    journal.write(msgspec.json.encode(verdict) + b"\n")
                    journal.flush()
                    listen(verdict)
    finally:
        executor.close()
        if ready_first is not None:
            ready_first.close()
            judge_in.cache_clear()


def chunks(mutants: list[Mutant]) -> Iterator[list[Mutant]]:
    order = iter(mutants)
    while some := list(islice(order, CHUNK)):
        yield some
