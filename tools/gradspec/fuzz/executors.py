"""Where batches are run: here, in processes of this machine, or by a dask scheduler; all three look the same.

An executor's `map_tasks` gives each answer with its task, as they come, and runs again what was lost.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from gradspec.errors import HarnessError, UsageError

Function = Callable[..., bytes]
AHEAD = 2  # tasks that are handed out for each worker before an answer is in
TRIES = 4  # how often a task is tried that costs its worker each time
TICK = 0.05  # seconds between two looks at what has come
PATIENCE = 120.0  # seconds for which a scheduler may be without any worker: new ones take their time


class Executor(Protocol):
    def map_tasks(
        self, function: Function, tasks: Iterable[tuple[Any, ...]]
    ) -> Iterator[tuple[tuple[Any, ...], bytes]]:
        """`function(*task)` for each task, in the order in which they are done; tasks are taken as there is room."""
        ...

    def close(self) -> None: ...


class Here:
    """In this process, one after the other."""

    def map_tasks(
        self, function: Function, tasks: Iterable[tuple[Any, ...]]
    ) -> Iterator[tuple[tuple[Any, ...], bytes]]:
        for task in tasks:
            yield task, function(*task)

    def close(self) -> None:
        pass


class Processes:
    """In `jobs` processes of this machine."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs
        self.pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self.jobs, multiprocessing.get_context("spawn"))

    def map_tasks(
        self, function: Function, tasks: Iterable[tuple[Any, ...]]
    ) -> Iterator[tuple[tuple[Any, ...], bytes]]:
        source, left = iter(tasks), dict[Future[bytes], tuple[Any, ...]]()
        again: list[tuple[Any, ...]] = []
        lost = 0
        while True:
            room = self.jobs * AHEAD - len(left)
            for task in [*again, *islice(source, max(0, room - len(again)))]:
                left[self.pool.submit(function, *task)] = task
            again = []
            if not left:
                return
            done, _ = wait(left, return_when=FIRST_COMPLETED)
            for future in done:
                task = left.pop(future)
                try:
                    answer = future.result()
                except BrokenProcessPool:  # a process was killed: all that it left undone is done again
                    again = [task, *left.values()]
                    left.clear()
                    lost += 1
                    if lost >= TRIES:
                        raise HarnessError(f"The processes of the campaign were lost {lost} times.") from None
                    self.pool = self._new_pool()
                    break
                yield task, answer

    def close(self) -> None:
        self.pool.shutdown(cancel_futures=True)


class Cluster:
    """By the workers of the dask scheduler at `address`, which runs again what a lost worker has left undone."""

    def __init__(self, address: str) -> None:
        try:
            from dask import distributed
        except ImportError:
            raise UsageError("`--cluster` needs dask: `pip install 'gradspec[cluster]'` brings it.") from None
        try:
            self.client: Any = distributed.Client(address, timeout=10, set_as_default=False)
        except (OSError, ValueError) as error:
            raise UsageError(f"There is no dask scheduler at {address}: {error}.") from None
        self._inhabited = self._looked = time.monotonic()

    @property
    def room(self) -> int:
        """How many tasks to hand out at a time."""
        return max(1, len(self.client.scheduler_info(n_workers=-1)["workers"])) * AHEAD

    def insist_on_workers(self) -> None:
        """Raises HarnessError where there has been no worker for long: nobody would ever answer."""
        now = time.monotonic()
        if now - self._looked < PATIENCE / 100:
            return
        self._looked = now
        if self.client.scheduler_info(n_workers=-1)["workers"]:
            self._inhabited = now
        elif now - self._inhabited > PATIENCE:
            raise HarnessError(
                f"The dask scheduler has had no worker for {PATIENCE:g} s: start some, and run the same command again."
            )

    def map_tasks(
        self, function: Function, tasks: Iterable[tuple[Any, ...]]
    ) -> Iterator[tuple[tuple[Any, ...], bytes]]:
        source = iter(tasks)
        left: dict[str, tuple[Any, ...]] = {}
        kept: dict[str, Any] = {}  # the scheduler forgets what nobody holds
        done: SimpleQueue[Any] = SimpleQueue()

        def submit(task: tuple[Any, ...]) -> None:
            future = self.client.submit(function, *task, pure=False, retries=TRIES)
            left[future.key] = task
            kept[future.key] = future
            future.add_done_callback(done.put)

        for task in islice(source, self.room):
            submit(task)
        while left:
            try:
                future = done.get(timeout=TICK)
            except Empty:
                self.insist_on_workers()
                continue
            yield left.pop(future.key), kept.pop(future.key).result()
            for task in islice(source, 1):
                submit(task)

    def close(self) -> None:
        self.client.close()


def make_executor(jobs: int, cluster: str = "") -> Executor:
    """The executor that was asked for. Raises UsageError where there is none."""
    if cluster:
        return Cluster(cluster)
    return Here() if jobs == 1 else Processes(jobs)
