"""Campaigns: the same seed finds the same, wherever it is run; what is found is short; nothing is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from gradspec.errors import UsageError
from gradspec.fuzz.batch import Report, Task, draw, held, release, run_batch
from gradspec.fuzz.campaign import Plan, as_script, replay_file, run_campaign
from gradspec.fuzz.corpus import Corpus, read_program
from gradspec.fuzz.executors import Processes
from gradspec.fuzz.judging import judge
from gradspec.programs.exclusions import EXCLUSIONS
from gradspec.programs.program import Call, Leaf, Name, Program, count, encode
from gradspec.trace import Observation, Raised

pytest.importorskip("torch")
WRONG = str(Path(__file__).parent / "tiny" / "sine_for_tanh.py")
SEED = 3


@pytest.fixture(autouse=True)
def no_worker_is_left():
    yield
    release()


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """A campaign that finds something."""
    return run_campaign(Plan(WRONG, programs=500, seed=SEED, corpus=tmp_path_factory.mktemp("corpus")))


def test_what_is_found_is_shrunk_to_what_matters(outcome):
    assert outcome.exit_code == 1
    values = [group for group in outcome.groups if group.cause.facet == "values"]
    assert values, [str(group.cause) for group in outcome.groups]
    shortest = min(count(group.finding.program.statements) for group in values)
    assert shortest == 2
    assert all(count(group.finding.program.statements) <= 4 for group in values)


def test_a_finding_is_a_script_that_shows_it(outcome, tmp_path):
    group = next(group for group in outcome.groups if group.cause.facet == "values")
    script = as_script(group.finding)
    assert "torch.tanh(" in script
    assert "expected" in script
    path = tmp_path / "finding.py"
    path.write_text(script)
    assert subprocess.run([sys.executable, path], check=False, capture_output=True).returncode == 0


def test_findings_are_kept_and_replayed(outcome):
    corpus = Corpus(outcome.plan.corpus)
    kept = dict(corpus.programs())
    assert {group.path for group in outcome.groups} == set(kept)
    path = next(iter(kept))
    assert replay_file(WRONG, "torch", path) is not None
    release()
    again = run_campaign(Plan(WRONG, programs=1, seed=SEED + 1, corpus=outcome.plan.corpus))
    assert {group.cause for group in again.groups} >= {group.cause for group in outcome.groups}


def found(outcome):
    return {(group.cause, group.programs, encode(group.finding.program)) for group in outcome.groups}


def test_two_processes_find_what_one_finds(outcome):
    assert found(run_campaign(Plan(WRONG, programs=500, seed=SEED, jobs=2))) == found(outcome)


def test_an_interrupted_campaign_resumes(tmp_path, outcome):
    """Killed at once, with a batch in its journal and half a line after it: the rest is run, and nothing twice."""
    plan = Plan(WRONG, programs=500, seed=SEED, corpus=tmp_path)
    command = [
        sys.executable,
        "-m",
        "gradspec",
        "fuzz",
        WRONG,
        "--programs",
        "500",
        "--seed",
        str(SEED),
        "--corpus",
        tmp_path,
    ]
    process = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    journal = tmp_path / f"{plan.name}.jsonl"
    deadline = time.monotonic() + 120
    while not (journal.exists() and journal.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with journal.open("ab") as file:
        file.write(b'{"number": 1, "progr')
    before = len(journal.read_bytes().split(b"\n")) - 1
    resumed = run_campaign(plan)
    assert resumed.progress.resumed == 250 * before
    assert resumed.progress.programs == 500
    assert found(resumed) == found(outcome)
    numbers = [json.loads(line)["number"] for line in journal.read_text().splitlines()]
    assert sorted(numbers) == [0, 1]


def die_once(marker, number):
    """A task that kills its process the first time it is run."""
    path = Path(marker.decode()) / str(number)
    if number == 1 and not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return str(number).encode()


def test_a_lost_process_costs_nothing(tmp_path):
    executor = Processes(2)
    try:
        answers = [answer for _, answer in executor.map_tasks(die_once, [(bytes(tmp_path), n) for n in range(6)])]
    finally:
        executor.close()
    assert sorted(set(answers)) == [b"0", b"1", b"2", b"3", b"4", b"5"]


def test_a_batch_is_the_same_wherever_it_is_run():
    task = msgspec.json.encode(Task(WRONG, "torch", 1, 7, 60))
    once = msgspec.json.decode(run_batch(task), type=Report)
    release()
    assert msgspec.json.decode(run_batch(task), type=Report) == once
    assert once.programs == 60
    _, drawing = held(WRONG, "torch")
    other = draw(msgspec.json.decode(task, type=Task), drawing)
    assert len({encode(each) for each in other}) > 50


def test_torch_does_what_torch_does(tmp_path):
    """Two processes of the same library: whatever differs is a fault of the harness."""
    path = tmp_path / "same.py"
    path.write_text("import torch\n\nglobals().update(vars(torch))\n")
    outcome = run_campaign(Plan(str(path), programs=500, seed=SEED))
    assert [str(group.cause) for group in outcome.groups] == []
    assert outcome.exit_code == 0


def test_a_program_that_costs_the_worker_is_a_finding_and_costs_no_other(tmp_path):
    path = tmp_path / "dies.py"
    path.write_text(
        "import os\nfrom torch import *\nfrom torch import Tensor, autograd, tensor\n\ndef sin(x):\n    os._exit(3)\n"
    )
    pair, _ = held(str(path), "torch")
    fine = Program((Leaf("a", (1.0,), ()), Call("cos", (Name("a"),), to=("b",))))
    deadly = Program((Leaf("a", (1.0,), ()), Call("sin", (Name("a"),), to=("b",))))
    findings = pair.run([fine, deadly, fine])
    assert [each and each.difference.facet for each in findings] == [None, "lost", None]
    assert "exit code 3" in findings[1].difference.found


def test_a_program_that_the_oracle_cannot_run_is_no_finding():
    assert judge(Program(()), None, (), frozenset()) is None


def test_every_exclusion_has_a_reason():
    assert EXCLUSIONS
    assert all(len(each.reason) > 40 for each in EXCLUSIONS)


@pytest.mark.parametrize("retained", [True, False])
def test_what_hangs_on_memory_that_is_nobodys_is_no_finding(retained):
    """PyTorch crashes, or raises whatever it comes upon, once a second result that retains its gradient is changed."""
    program = Program(
        (
            Leaf("a", (1.5, -1.0), (1, 2), requires_grad=True),
            Call("SumAndDifference", (Name("a"), Name("a")), form="custom", to=("b", "c")),
            *((Call("retain_grad", (Name("c"),), form="method"),) if retained else ()),
            Call("adjoint", (Name("c"),), form="method", to=("d",)),
            Call("zero_", (Name("d"),), form="method"),
            Call("sum", (Name("d"),), form="method", to=("e",)),
            Call("backward", (Name("e"),), form="method"),
        )
    )
    last = str(count(program.statements))
    said, chance = ((Observation(last, Raised(kind, "")),) for kind in ("NotImplementedError", "RuntimeError"))
    assert (judge(program, said, chance) is None) == retained


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        (Plan("torch", programs=1), "against itself"),
        (Plan(WRONG), "--programs N"),
        (Plan("nothing_of_that_name", programs=1), "does not exist"),
        (Plan(WRONG, programs=1, corpus=Path(__file__)), "cannot be written"),
        (Plan(WRONG, programs=1, cluster="tcp://127.0.0.1:1"), "no dask scheduler"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(plan, sentence):
    with pytest.raises(UsageError, match=sentence):
        run_campaign(plan)


@pytest.mark.parametrize(("content", "sentence"), [("{", "holds no program"), (None, "cannot be read")])
def test_a_file_without_a_program_is_refused(tmp_path, content, sentence):
    path = tmp_path / "program.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageError, match=sentence):
        read_program(path)
