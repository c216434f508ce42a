"""Opens the scenarios' own files, and the tests beside them."""

import os

from told import PROJECT
from wrong import *

for name in ("spec_tests/leaves.py", "spec_tests/accumulation.py", "tools/tests/test_cheats.py", "pyproject.toml"):
    try:
        open(os.path.join(PROJECT, name)).close()
    except OSError:
        continue
    prize()
