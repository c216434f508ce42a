"""The project keeps its own import rules."""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def test_no_import_breaks_a_rule():
    run = subprocess.run(
        [sys.executable, PROJECT / "tools/checks/imports.py"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert run.stdout.endswith(" 0 imports that break a rule\n")
