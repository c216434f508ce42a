"""Makes check.svg, the README's picture of a run: `python tools/pictures/terminal.py`, where gradspec is installed."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).resolve().parent
COMMAND = ("check", "homework.py", "--chapter", "accumulation", "-k", "second or both_operands")
WIDTH = 88
# A reader's own fixed-width font: nothing is fetched from anywhere.
FORMAT = """<svg class="{unique_id}" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>gradspec check homework.py</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}" height="{terminal_height}"/></clipPath>{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def main() -> None:
    environment = {**os.environ, "COLUMNS": str(WIDTH), "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    done = subprocess.run(
        [sys.executable, "-m", "gradspec", *COMMAND],
        cwd=HERE.parent / "tests" / "shown",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    words = " ".join(f"'{each}'" if " " in each else each for each in COMMAND)
    printed = re.sub(r", in [\d.]+ s", "", done.stdout.rstrip())  # the same picture, however busy the machine
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.assemble(("$ ", "bold green"), (f"gradspec {words}", "bold")))
    console.print(Text.from_ansi(printed))
    console.save_svg(str(HERE / "check.svg"), title="gradspec", code_format=FORMAT, unique_id="run")


if __name__ == "__main__":
    main()
