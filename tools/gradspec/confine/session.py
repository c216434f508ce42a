"""A worker's session in a jail: the same answers, and what only a jail has to say."""

from __future__ import annotations

import base64
import contextlib
import faulthandler
import importlib.util
import marshal
import os
import random
import sys
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from gradspec.confine.denied import Denial
from gradspec.confine.namespaces import SCRATCH
from gradspec.worker import Answer, Session, serve

SUBMISSION = "/submission"
UNCHECKED = (1).to_bytes(4, "little") + bytes(8)  # of a compiled file that is used without a look at its source
COMPILED_LIMIT = 8 << 20  # bytes of compiled files in one answer


class JailedSession(Session):
    """`root` is where the submission stands, which requests know as /submission; `output` the most it may print."""

    def __init__(self, denied: tuple[str, ...], root: str = SUBMISSION, output: int = 1 << 20) -> None:
        super().__init__()
        self._root, self._output = root, output
        self._denial = Denial(denied, root)
        self.calls["compile"] = self._compile
        sys.meta_path.insert(0, self._denial)

    def answer(self, request: dict[str, Any]) -> Answer:
        number = request["number"]
        with contextlib.suppress(OSError):
            os.lseek(1, 0, os.SEEK_SET)
            os.ftruncate(1, 0)
        if "implementation" in request:
            request["implementation"] = request["implementation"].replace(SUBMISSION, self._root, 1)
        answer = super().answer(request)
        if names := self._denial.take():
            return {"number": number, "reply": "denied", "modules": names}
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        if os.fstat(1).st_size >= self._output:
            return {"number": number, "reply": "flooded"}
        return answer

    def _compile(self, names: list[str]) -> Answer:
        """The compiled form of those of the submission's modules `names` that compile; nothing of them is run."""
        files, size = {}, 0
        for name in names:
            path = Path(self._root) / name
            try:
                code = compile(path.read_bytes(), str(path), "exec", dont_inherit=True)
            except (SyntaxError, ValueError, RecursionError, MemoryError, OSError):
                continue
            data = base64.b64encode(importlib.util.MAGIC_NUMBER + UNCHECKED + marshal.dumps(code)).decode()
            size += len(data)
            if size > COMPILED_LIMIT:
                break
            files[name] = data
        return {"reply": "compiled", "files": files}


def serve_jailed(session: JailedSession, requests: int, replies: int) -> NoReturn:
    """Answer until there are no more requests, in an environment that is the same every time."""
    random.seed(0)
    np.random.seed(0)
    os.environ.clear()
    os.environ |= {"HOME": SCRATCH, "LANG": "C.UTF-8"}
    faulthandler.enable()

    def write(line: bytes) -> None:
        view = memoryview(line)
        while view:
            view = view[os.write(replies, view) :]

    with open(requests, "rb") as lines:
        serve(iter(lines), write, session)
    os._exit(0)
