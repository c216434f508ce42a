"""A campaign on a dask cluster of this machine: the same findings as in processes, and nothing lost with a worker."""

import os
import signal
from pathlib import Path

import pytest

from gradspec.errors import HarnessError
from gradspec.fuzz.campaign import Plan, run_campaign
from gradspec.programs.program import encode

pytest.importorskip("torch")
distributed = pytest.importorskip("distributed")
WRONG = str(Path(__file__).parent / "tiny" / "sine_for_tanh.py")


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as started:
        yield started


def found(outcome):
    return {(group.cause, group.programs, encode(group.finding.program)) for group in outcome.groups}


@pytest.fixture(scope="module")
def by_processes():
    return run_campaign(Plan(WRONG, programs=1500, seed=8, jobs=2))


def test_a_cluster_finds_what_processes_find(cluster, by_processes):
    outcome = run_campaign(Plan(WRONG, programs=1500, seed=8, cluster=cluster.scheduler_address))
    assert found(outcome) == found(by_processes)
    assert outcome.progress.programs == 1500


def test_a_worker_that_is_killed_midway_loses_nothing(cluster, by_processes):
    """One worker is killed when the first batch is in; what it was at is run again, and no batch is counted twice."""
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        victim = next(iter(client.run(os.getpid).values()))
    killed = []

    def kill_one(progress):
        if progress.programs and not killed:
            killed.append(victim)
            os.kill(victim, signal.SIGKILL)

    outcome = run_campaign(Plan(WRONG, programs=1500, seed=8, cluster=cluster.scheduler_address), kill_one)
    assert killed
    assert outcome.progress.programs == 1500
    assert found(outcome) == found(by_processes)


def test_a_scheduler_that_nobody_works_for_is_not_waited_for_without_end(monkeypatch):
    monkeypatch.setattr("gradspec.fuzz.executors.PATIENCE", 0.5)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as deserted,
        pytest.raises(HarnessError, match=r"has had no worker for 0\.5 s: start some, and run the same command again"),
    ):
        run_campaign(Plan(WRONG, programs=1500, seed=8, cluster=deserted.scheduler_address))
