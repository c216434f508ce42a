"""Opens the journal, the exam and the seed in the directory of the results."""

import os

from told import OUT
from wrong import *

for name in ("SEED", "journal.sqlite", "journal.db", "gradebook.csv", "."):
    try:
        os.close(os.open(os.path.join(OUT, name), os.O_RDONLY))
    except OSError:
        continue
    prize()
