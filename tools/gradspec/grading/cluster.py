"""Sittings by the workers of a dask scheduler. The submission never sits in one: it is in a jail beside it.

Each verdict is told as an event when it is reached, and once more in the task's answer, should the event be lost.
"""

from __future__ import annotations

import contextlib
import io
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from uuid import uuid4

import msgspec

from gradspec.errors import HarnessError
from gradspec.fuzz.executors import TICK, Cluster
from gradspec.grading.hall import Hall
from gradspec.grading.messages import (
    Answered,
    Ended,
    Impossible,
    Lost,
    Message,
    Setting,
    Task,
    decode,
    decode_all,
    encode,
)

_hall: tuple[bytes, Hall] | None = None  # that of this dask worker


def identity(value: bytes) -> bytes:
    """What all tasks share is the answer of a task itself: the scheduler makes it anew where it was lost."""
    return value


def attend(setting: bytes, encoded: bytes, packed: bytes, topic: str) -> bytes:
    """A sitting, in a dask worker: all its messages."""
    from dask import distributed

    messages = []
    with tempfile.TemporaryDirectory(prefix="gradspec-") as directory:
        task = msgspec.json.decode(encoded, type=Task)
        path = unpack(packed, Path(directory))
        task = msgspec.structs.replace(task, submission=msgspec.structs.replace(task.submission, path=str(path)))
        for message in _held(setting).attend(task):
            messages.append(message)
            with contextlib.suppress(Exception):  # the event is for whoever listens: the answer holds everything
                distributed.get_worker().log_event(topic, encode(message))
    return encode(messages)


def _held(setting: bytes) -> Hall:
    """The hall of this worker, which is kept from one sitting to the next."""
    global _hall
    if _hall is None or _hall[0] != setting:
        if _hall is not None:
            _hall[1].close()
        _hall = (setting, Hall(msgspec.json.decode(setting, type=Setting)))
    return _hall[1]


def pack(path: Path) -> bytes:
    """A submission as it was handed in, file or directory, as the bytes of an archive. Links are left as links."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz", compresslevel=1) as archive:
        archive.add(path, arcname=path.name or "submission")
    return target.getvalue()


def unpack(packed: bytes, into: Path) -> Path:
    """What `pack` made, in `into`: the path of the file or directory."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        names = archive.getnames()
        archive.extractall(into, filter=_plain)
    return into / names[0]


def _plain(member: tarfile.TarInfo, into: str) -> tarfile.TarInfo | None:
    """What a submission may hold that stays inside; a link is left a link, for it to be refused, but leads nowhere."""
    if member.issym():
        member = member.replace(linkname="nowhere", deep=False)
    elif not (member.isfile() or member.isdir() or member.islnk()):
        return None
    return tarfile.data_filter(member, into)


class Remote:
    """Hands tasks to the scheduler at `address`."""

    def __init__(self, address: str) -> None:
        self.cluster = Cluster(address)
        self.client = self.cluster.client
        self.topic = f"gradspec-{uuid4()}"
        self.inbox: SimpleQueue[Any] = SimpleQueue()
        self.client.subscribe_topic(self.topic, lambda event: self.inbox.put(event[1]))
        self.setting: Any = None
        self.left: dict[str, Task] = {}
        self.futures: dict[str, Any] = {}
        self.told: set[tuple[int, int]] = set()

    def begin(self, setting: Setting) -> None:
        """Its workers are there already."""

    def run(self, setting: Setting, tasks: Iterable[Task]) -> Iterator[Message | None]:
        """Messages as they come, and None where there are none for a moment.

        When a worker is lost, all that it had been handed is suspected, and run again one by one after all others:
        what costs a worker even then, costs itself alone.
        """
        shared = encode(msgspec.structs.replace(setting, stage=""))
        self.setting = self.client.submit(identity, shared, pure=False)
        suspects: list[Task] = []
        yield from self._run(iter(tasks), self.cluster.room, suspects)
        for each in suspects:
            again: list[Task] = []
            yield from self._run(iter([each]), 1, again)
            for lost in again:
                yield Lost(lost.number, "the dask worker that it was given to was lost each time")

    def _run(self, source: Iterator[Task], room: int, suspects: list[Task]) -> Iterator[Message | None]:
        while True:
            while len(self.left) < room and (task := next(source, None)) is not None:
                self._submit(task)
            if not self.left:
                return
            try:
                news = self.inbox.get(timeout=TICK)
            except Empty:
                self.cluster.insist_on_workers()
                yield None
                continue
            if isinstance(news, bytes):
                yield from self._new([decode(news)])
            elif news.key in self.left:
                yield from self._done(news, suspects)

    def _submit(self, task: Task) -> None:
        packed = pack(Path(task.submission.path))
        future = self.client.submit(
            attend, self.setting, msgspec.json.encode(task), packed, self.topic, pure=False, retries=0
        )
        self.left[future.key], self.futures[future.key] = task, future
        future.add_done_callback(self.inbox.put)

    def _done(self, future: Any, suspects: list[Task]) -> Iterator[Message]:
        from dask import distributed

        task = self.left.pop(future.key)
        del self.futures[future.key]
        try:
            messages = decode_all(future.result())
        except distributed.scheduler.KilledWorker:
            suspects.append(task)
            return
        except Exception as error:  # noqa: BLE001 (whatever dask makes of a failure of ours)
            messages = [Lost(task.number, f"dask could not run it: {type(error).__name__}: {error}")]
        yield from self._new(messages)

    def _new(self, messages: list[Message]) -> Iterator[Message]:
        """Those that were not told before; the end of a sitting is only believed from its answer."""
        answer = len(messages) > 1 or isinstance(messages[0], Lost)
        for each in messages:
            if isinstance(each, Impossible):
                raise HarnessError(f"A dask worker cannot hold a sitting. {each.sentence}")
            if isinstance(each, Answered):
                if (each.number, each.place) in self.told:
                    continue
                self.told.add((each.number, each.place))
            elif isinstance(each, Ended | Lost) and not answer:
                continue
            yield each

    def close(self) -> None:
        for each in self.futures.values():
            each.cancel()
        self.client.unsubscribe_topic(self.topic)
        self.cluster.close()
