"""The smoke test: whether the harness works, told by what is known; then how far the implementation comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gradspec.check import check_item, make_runner
from gradspec.errors import CONFORMS, DIFFERS, GradspecError, HarnessError, UsageError
from gradspec.examined import Lost, Tried, answer
from gradspec.golden import read_golden
from gradspec.oracle import GoldenOracle
from gradspec.process import PlainProcess
from gradspec.results import Outcome
from gradspec.suite import Suite
from gradspec.trace import Tensor, show

SHOWN = ("leaves.gradient_lands_on_the_leaf", "accumulation.second_backward_adds", "accumulation.both_operands_count")
CHAPTERS = tuple(dict.fromkeys(each.partition(".")[0] for each in SHOWN))
KNOWN: dict[str, Outcome] = {"right": "pass", "wrong": "fail"}
SECONDS = 10.0
DERIVATIVE = 3.0  # of 3 * x, whatever x is
STEPS = {
    "import": ("it imports", "it cannot be loaded"),
    "leaf": ("it makes a leaf: x = tensor(2.0, requires_grad=True)", "it makes no leaf of 2.0"),
    "arithmetic": ("it multiplies: y = x * 3.0", "it does not multiply a leaf by a number: x * 3.0"),
    "backward": ("it runs backward: y.backward()", "backward of y = x * 3.0 raises an error"),
    "grad": ("it has a gradient: x.grad", "the gradient of the leaf cannot be read: x.grad"),
}


@dataclass(frozen=True)
class Finding:
    """A sentence; whether it is well; and, where it is not, the exit code that says whose fault it is."""

    says: str
    well: bool = True
    exit_code: int = CONFORMS
    frames: tuple[str, ...] = ()


def harness(suite: Suite) -> Iterator[Finding]:
    """Whether gradspec itself works here: one finding for each of its parts, up to the first that does not."""
    runners = {name: make_runner(f"gradspec.smoking.{name}") for name in KNOWN}
    try:
        for runner in runners.values():
            runner.start()
        paths = sorted(suite.golden.glob("*.json"))
        count = sum(len(read_golden(path).scenarios) for path in paths)
        if not count:
            raise HarnessError(f"there are no goldens in {suite.golden}")
        yield Finding(f"the goldens can be read: {count} scenarios in {len(paths)} files")
        oracle = GoldenOracle(suite)
        items = [item for chapter in CHAPTERS for item in suite.items(chapter) if item.id in SHOWN]
        for name, expected in KNOWN.items():
            if len(items) != len(SHOWN):
                raise HarnessError(f"there is not all of {', '.join(SHOWN)} in {suite.root}")
            loaded = runners[name].load()
            results = [check_item(item, loaded, runners[name], oracle) for item in items]
            for each in results:
                if each.outcome != expected:
                    raise HarnessError(f"what is known to be {name} gets {each.outcome} for {each.id}: {each.reason}")
            yield Finding(
                f"a worker runs what is known to be {name}, and {len(items)} of {len(items)} verdicts are {expected}"
            )
    except GradspecError as error:
        yield Finding(str(error), well=False, exit_code=HarnessError.exit_code)
    finally:
        for runner in runners.values():
            runner.close()


def implementation(process: PlainProcess) -> Iterator[Finding]:
    """How far the implementation in a process comes, a finding for each step, up to the first that fails."""
    try:
        tried = answer(process, Tried, SECONDS)
    except Lost as lost:
        yield Finding(f"its process was lost: {lost}", well=False, exit_code=DIFFERS)
        return
    for each in tried.steps:
        well, ill = STEPS[each.step]
        if each.error:
            said = each.error if each.step == "import" else f"{ill}: {each.error}"
            yield Finding(said, False, UsageError.exit_code if each.usage else DIFFERS, each.frames)
            return
        yield Finding(f"it is read as {tried.reading}" if each.step == "import" and tried.reading else well)
    found = tried.gradient
    if isinstance(found, Tensor) and found.values == (DERIVATIVE,):
        yield Finding("the gradient is right: the derivative of 3x is 3")
    else:
        seen = "nothing" if found is None else show(found)
        yield Finding(f"the gradient is wrong: the derivative of 3x is 3, and x.grad is {seen}", False, DIFFERS)


def verdict(harness: list[Finding], implementation: list[Finding]) -> tuple[str, int]:
    """The last line, and the exit code."""
    if any(not each.well for each in harness):
        return "The harness is at fault: no verdict on any implementation means anything here.", HarnessError.exit_code
    failed = [each for each in implementation if not each.well]
    if not failed:
        return "Both work: what `gradspec check` says is about what the implementation does.", CONFORMS
    if failed[0].exit_code == UsageError.exit_code:
        return "The harness works, and there is nothing that could be run.", UsageError.exit_code
    return "The harness works: the implementation is at fault.", DIFFERS
