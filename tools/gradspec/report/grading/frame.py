"""What all pages of a grading have in common: one file that needs no other, in the style of the specification."""

from __future__ import annotations

import functools
from pathlib import Path

from gradspec.report import page as specification
from gradspec.report.grading.words import html

HERE = Path(__file__).parent
PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'{scripts}">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header>
{header}
</header>
<main>
{main}</main>
{script}</body>
</html>
"""


def page(title: str, header: str, main: str, script: str = "", style: str = "") -> str:
    """A page of HTML. `title` is text; the others are markup that was made here."""
    return PAGE.format(
        title=html(title),
        style=_style() + style,
        header=header,
        main=main,
        scripts="; script-src 'unsafe-inline'" if script else "",
        script=f"<script>\n{script}</script>\n" if script else "",
    )


@functools.cache
def _style() -> str:
    here = (HERE / "grading.css").read_text(encoding="utf-8")
    return (Path(specification.__file__).with_name("page.css")).read_text(encoding="utf-8") + here
