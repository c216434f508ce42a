"""A grading on a dask cluster of this machine: the same books as in processes, and a lost worker costs nobody but one."""

import os
import signal
from pathlib import Path

import pytest

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")
HERE = Path(__file__).parent
BEHAVIOURS = ["right", "half", "wrong\nsaid", "refused"]


@pytest.fixture(scope="module")
def grade_folder():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        from made_up_grader import grade_folder

        yield grade_folder


@pytest.fixture(scope="module")
def cluster(grade_folder):
    # A local cluster gives up for good whatever is without a worker so long after one was lost, be it that the next has
    # just been lost, too: on a busy machine, workers that are killed one after the other leave it with none.
    patient = dask.config.set({"distributed.deploy.lost-worker-timeout": "1 hour"})
    with (
        patient,
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as started,
    ):
        yield started


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "handed in"
    path.mkdir()
    for number in range(8):
        (path / f"s{number}").write_text(BEHAVIOURS[number % 4])
    return path


def books(out):
    names = ["gradebook.csv", "junit.xml", "index.html"]
    paths = [out / name for name in names] + sorted((out / "students").rglob("*.*"))
    return {str(path.relative_to(out)): path.read_bytes() for path in paths}


def test_a_cluster_writes_the_books_that_processes_write(grade_folder, cluster, folder, tmp_path):
    grade_folder(folder, tmp_path / "here")
    graded, _ = grade_folder(folder, tmp_path / "there", cluster=cluster.scheduler_address)
    assert graded.exit_code == 0
    assert books(tmp_path / "there") == books(tmp_path / "here")


def test_a_worker_that_is_killed_midway_costs_nothing(grade_folder, cluster, folder, tmp_path):
    grade_folder(folder, tmp_path / "here")
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        victim = next(iter(client.run(os.getpid).values()))
    killed = []

    def kill_one(progress):
        if progress.done and not killed:
            killed.append(victim)
            os.kill(victim, signal.SIGKILL)

    graded, _ = grade_folder(folder, tmp_path / "there", kill_one, cluster=cluster.scheduler_address)
    assert killed
    assert graded.exit_code == 0
    assert books(tmp_path / "there") == books(tmp_path / "here")


def test_a_submission_that_kills_its_worker_costs_itself_alone(grade_folder, cluster, folder, tmp_path):
    grade_folder(folder, tmp_path / "without")
    (folder / "t").write_text("kills")
    graded, _ = grade_folder(folder, tmp_path / "with", cluster=cluster.scheduler_address)
    assert graded.ungraded == ("t",)
    assert graded.exit_code == 3
    lines = (tmp_path / "with" / "gradebook.csv").read_text().splitlines()
    assert [line for line in lines if not line.startswith("t,")] == (
        tmp_path / "without" / "gradebook.csv"
    ).read_text().splitlines()
