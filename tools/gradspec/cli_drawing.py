"""The command that draws."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gradspec.cli_arguments import SuiteRoot, suite_at

commands = typer.Typer()
DRAWING_EXIT_CODES = (
    "Exit codes: 0 drawn, whether or not anything differs; 2 there is nothing to be drawn, or too much; "
    "3 the harness itself failed."
)


@commands.command(epilog=DRAWING_EXIT_CODES)
def draw(
    subject: Annotated[
        str, typer.Argument(metavar="SCRIPT.py|ID", help="A script that says `import torch`, or a scenario.")
    ],
    svg: Annotated[Path, typer.Option("--svg", metavar="FILE", help="Write the picture there.")],
    implementation: Annotated[
        str, typer.Option("--impl", metavar="IMPL", help="What it runs on; default: torch if installed, else refgrad.")
    ] = "",
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one run.")] = 60.0,
    suite: SuiteRoot = None,
) -> None:
    """Draw the computational graph of a script or a scenario, as lectures draw it.

    Values run forward, from left to right; each edge bears the operation's local gradient and the gradient that goes \
backward, both as IMPL gives them. Leaves, constants and what is saved for the backward pass are marked, several \
backward passes are numbered.

    Of a scenario, what PyTorch gives and what IMPL gives stand side by side; where they differ, the value is marked.

    A script that goes backward ten times or more, each time through a new graph of one form, is taken for a training \
loop: the graph of its first step is drawn, and below it the scalar from step to step. If a step uses two constants of \
as many numbers (three or more, one feature each), the one used first is taken for x, the other for y, and what meets \
y in an operation for the prediction, which is drawn through the points.

    `gradspec draw regression.py --svg regression.svg` draws a script on PyTorch.

    `gradspec draw accumulation.second_backward_adds --impl mylib --svg second.svg` shows where mylib goes wrong.
    """
    from gradspec.files import write_atomically
    from gradspec.outputs import make_sure
    from gradspec.report.drawing.asking import default_implementation, record_of_scenario, record_of_script
    from gradspec.report.drawing.svg import drawing
    from gradspec.report.drawing.words import summary
    from gradspec.report.terminal import say

    make_sure((), svg)
    chosen = implementation or default_implementation()
    if subject.endswith(".py") or "/" in subject:
        record = record_of_script(Path(subject), chosen, timeout)
    else:
        record = record_of_scenario(suite_at(suite), subject, chosen, timeout)
    write_atomically(svg, drawing(record))
    say(f"wrote {svg}: {summary(record)}")
