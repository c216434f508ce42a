"""Answers with lines that are no JSON, or not the JSON that was agreed upon."""

import itertools
import os

from wrong import *

lines = itertools.cycle([b"praise\n", b"{}\n", b"[]\n", b"\xff\xfe\n", b'{"number":1e999}\n', b"\0\n", b"null\n"])
on_backward(lambda: os.write(4, next(lines)))
