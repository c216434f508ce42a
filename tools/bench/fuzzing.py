"""How fast random programs are: `python tools/bench/fuzzing.py [IMPL]` prints a table and writes it to FUZZING.md.

Everything is counted in seconds of CPU time, of this process and of its workers, so that the figures are programs a
second a core, whatever else the machine does.
"""

from __future__ import annotations

import platform
import random
import sys
import time
import warnings
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import torch

from gradspec.fuzz.batch import AT_A_TIME, Task, draw, held, release, run_batch
from gradspec.programs.catalogue import CATALOGUE
from gradspec.programs.draft import Draft
from gradspec.programs.interpreter import nested
from gradspec.programs.operators import choices
from gradspec.programs.program import Leaf, count, encode
from gradspec.runner import WorkerRunner

BATCHES, SIZE = 8, 250
HERE = Path(__file__).parent


def of_worker(runner: WorkerRunner) -> float:
    """CPU seconds of a worker that is alive."""
    assert runner._process is not None
    fields = Path(f"/proc/{runner._process.popen.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def with_oracle(implementation: str) -> dict[str, float]:
    """Seconds a program that each part takes, of batches as a campaign runs them."""
    pair, drawing = held(implementation, "torch")
    run_batch(msgspec.json.encode(Task(implementation, "torch", 1, 0, SIZE)))  # warm
    start = time.process_time(), of_worker(pair.oracle), of_worker(pair.tested)
    for number in range(1, BATCHES + 1):
        run_batch(msgspec.json.encode(Task(implementation, "torch", 1, number, SIZE)))
    whole, oracle, tested = (
        now - then
        for now, then in zip((time.process_time(), of_worker(pair.oracle), of_worker(pair.tested)), start, strict=True)
    )
    before = time.process_time()
    for number in range(1, BATCHES + 1):
        draw(Task(implementation, "torch", 1, number, SIZE), drawing)
    drawn = time.process_time() - before
    data = [random.Random(number).randbytes(120) for number in range(SIZE)]
    before = time.process_time()
    for each in data:
        drawing.program(each)
    decided = (time.process_time() - before) / SIZE
    n = BATCHES * SIZE
    return {
        "Hypothesis": drawn / n - decided,
        "deciding on statements": decided,
        "judging and the wire": (whole - drawn) / n,
        "the oracle, torch": oracle / n,
        f"{implementation}": tested / n,
    }


def without_oracle(implementation: str) -> float:
    """Seconds a program, drawn and run on the implementation alone."""
    pair, drawing = held(implementation, "torch")
    programs = [each for number in range(4) for each in draw(Task(implementation, "torch", 2, number, SIZE), drawing)]
    encoded = [encode(each) for each in programs]
    start = time.process_time(), of_worker(pair.tested)
    for number in range(4):
        draw(Task(implementation, "torch", 2, number, SIZE), drawing)
    for first in range(0, len(encoded), AT_A_TIME):
        pair.tested.run_programs(encoded[first : first + AT_A_TIME])
    return (time.process_time() - start[0] + of_worker(pair.tested) - start[1]) / len(programs)


def tensor_of(leaf: Leaf) -> torch.Tensor:
    values = nested(list(leaf.values), list(leaf.shape))
    return torch.tensor(values, dtype=getattr(torch, leaf.dtype), requires_grad=leaf.requires_grad)


def by_gradcheck() -> tuple[float, int]:
    """Seconds that `torch.autograd.gradcheck` takes for a sample of an operator, and for how many it was asked."""
    warnings.simplefilter("ignore")
    spent, checked = 0.0, 0
    for operator in CATALOGUE.values():
        if not operator.differentiable or "function" not in operator.forms:
            continue
        draft = Draft(choices(operator, "bench", 0), smooth=True)
        sample = operator.call(draft, draft.first(operator))
        leaves = [each for each in draft.statements if isinstance(each, Leaf) and 0 not in each.shape]
        tensors = {each.to: tensor_of(each) for each in leaves if not each.dtype.startswith("complex")}
        function = torch
        for part in operator.name.split("."):
            function = getattr(function, part)
        try:
            args = [tensors[each.name] if hasattr(each, "meta") else each for each in sample.args]
            inputs = [each for each in args if isinstance(each, torch.Tensor) and each.requires_grad]
            before = time.process_time()
            torch.autograd.gradcheck(lambda *_, f=function, a=args, k=sample.kwargs: f(*a, **k), inputs)
        except Exception:  # noqa: BLE001 (some arguments only the interpreter can spell: they are left out)
            continue
        spent += time.process_time() - before
        checked += 1
    return spent / checked, checked


def main() -> None:
    implementation = sys.argv[1] if len(sys.argv) > 1 else "refgrad"
    torch.set_num_threads(1)
    parts = with_oracle(implementation)
    alone = without_oracle(implementation)
    _, drawing = held(implementation, "torch")
    programs = draw(Task(implementation, "torch", 1, 1, SIZE), drawing)
    statements = sum(count(each.statements) for each in programs) / SIZE
    release()
    seconds, checked = by_gradcheck()
    whole = sum(parts.values())
    rows = [f"| {name} | {value * 1e6:.0f} µs | {value / whole:.0%} |" for name, value in parts.items()]
    text = f"""# How fast random programs are

{datetime.now(tz=UTC).date()}, {platform.machine()}, Python {platform.python_version()}, \
torch {torch.__version__.partition("+")[0]}; \
{BATCHES * SIZE} programs of {statements:.1f} statements on average, CPU time of all processes together. \
Made by `python tools/bench/fuzzing.py {implementation}`.

| part | a program | share |
| --- | --- | --- |
{chr(10).join(rows)}
| all | {whole * 1e6:.0f} µs | |

- **{1 / whole:.0f} programs a second a core** with torch as the oracle;
- {1 / alone:.0f} a second a core without an oracle: drawn, and run on {implementation} alone;
- beside it, `torch.autograd.gradcheck` on one sample each of {checked} of the catalogue's operators: {1 / seconds:.0f} \
samples a second, each a single call.
"""
    print(text)
    (HERE / "FUZZING.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
