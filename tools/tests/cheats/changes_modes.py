"""Takes away the grader's right to its own directories: modes, owners, times, attributes."""

import os

from told import HANDED_IN, LEFT, OUT
from wrong import *

own = os.path.dirname(os.path.abspath(__file__))
for path in (HANDED_IN, LEFT, OUT, own, os.path.dirname(own), os.path.dirname(os.path.dirname(own))):
    for change in (
        lambda path: os.chmod(path, 0o700 if os.path.exists(path) else 0),
        lambda path: os.chown(path, os.getuid(), os.getgid()),
        lambda path: os.setxattr(path, "user.cheat", b"1"),
    ):
        try:
            change(path)
        except OSError:
            continue
        prize()
