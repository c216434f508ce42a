"""The matrix as one page of HTML that needs nothing else; without its scripts it can still be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gradspec.adapters import FACETS
from gradspec.golden import TORCH_VERSION
from gradspec.oracle import Oracle
from gradspec.outline import totals
from gradspec.report.drawing.svg import style as drawing_style
from gradspec.report.matrix.cells import PHRASES, chapter_data
from gradspec.report.matrix.markup import css_string, data, fingerprint, html
from gradspec.report.matrix.model import STANDINGS, Column, Matrix
from gradspec.report.matrix.pictures import Pictures
from gradspec.report.matrix.table import table
from gradspec.results import OUTCOMES
from gradspec.scenario import CAPABILITIES

HERE = Path(__file__).parent
TITLE = "Who keeps which promise"
# The policy names the one script and the one style that belong to the page: no other runs, whatever a text contains.
PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src {style_hash}; script-src {script_hash}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p>{introduction}</p>
<p class="truncated" role="alert">The end of this page is missing: what stands here is not the whole matrix.</p>
</header>
<main>
<form role="search" hidden>
{controls}</form>
<ul class="legend" aria-label="Signs">
{legend}</ul>
<noscript><p class="note">Without scripts nothing can be searched or opened here. What each clause expects, and a script
that shows it: <code>gradspec show ID</code>; how an implementation differs: <code>gradspec check IMPL</code>.</p></noscript>
<div class="sides">
{table}<aside tabindex="-1" aria-label="The open cell" hidden></aside>
</div>
<section aria-labelledby="what-ran">
<h2 id="what-ran">What ran</h2>
<div class="scroll" tabindex="0" role="region" aria-labelledby="what-ran"><table class="runs">
{runs}</table></div>
</section>
</main>
{data}<footer>
<p>{closing}</p>
</footer>
<script>{script}</script>
</body>
</html>
"""


def page(matrix: Matrix, oracle: Oracle, pictures: Pictures | None = None) -> str:
    """The page, with what `oracle` expects. Raises HarnessError where a golden is of no use."""
    style = "\n" + "".join(styled(matrix.columns))
    script = "\n" + "".join((HERE / name).read_text(encoding="utf-8") for name in ("cell.js", "matrix.js"))
    return PAGE.format(
        title=TITLE,
        style=style,
        script=script,
        style_hash=fingerprint(style),
        script_hash=fingerprint(script),
        introduction=introduction(matrix),
        controls="".join(controls(matrix)),
        legend="".join(legend(matrix)),
        table="".join(table(matrix)),
        runs="".join(runs(matrix)),
        data="".join(everything(matrix, oracle, pictures)),
        closing=closing(matrix),
    )


def introduction(matrix: Matrix) -> str:
    count = len(matrix.columns)
    return (
        f"{count} implementation{'s' * (count != 1)} of autograd, held to what PyTorch {TORCH_VERSION} does: profile "
        f"<b>{html(matrix.profile)}</b>, {totals(matrix.chapters).rstrip('.')}. Made on "
        f'<time datetime="{html(matrix.date)}">{html(matrix.date)}</time> with {made_with(matrix.gradspec)}.'
    )


def made_with(version: str) -> str:
    return "gradspec out of a checkout" if version == "unknown" else f"gradspec {html(version)}"


def controls(matrix: Matrix) -> Iterator[str]:
    yield (
        '<label class="search">Search <kbd>/</kbd> <input type="search" '
        'placeholder="clause, id, code, what was found" autocomplete="off" spellcheck="false"></label>\n'
    )
    yield select(
        "chapter", "Chapter", "all", ((each.name, html(each.title.replace("`", ""))) for each in matrix.chapters)
    )
    yield select(
        "column", "Implementation", "any", ((str(i), html(each.name)) for i, each in enumerate(matrix.columns))
    )
    yield select("standing", "Outcome", "any", ((each, each) for each in matrix.standings))
    yield '<label class="check"><input type="checkbox" name="differs"> differs between implementations</label>\n'
    yield '<button type="button" name="unfold">Open all chapters</button><button type="reset">Clear</button>\n'
    yield "<output></output>\n"
    yield (
        '<p id="matrix-keys">Keys: <kbd>/</kbd> search, <kbd>Tab</kbd> into the table, arrows to move, <kbd>Enter</kbd> to open, '
        "<kbd>Esc</kbd> to close.</p>\n"
    )


def select(name: str, label: str, everything: str, options: Iterator[tuple[str, str]]) -> str:
    """A choice; the values are text, the words markup."""
    listed = "".join(f'<option value="{html(value)}">{words}</option>' for value, words in options)
    return f'<label>{label} <select name="{name}"><option value="">{everything}</option>{listed}</select></label>\n'


def legend(matrix: Matrix) -> Iterator[str]:
    for each in matrix.standings:
        yield f"<li><b class={each}></b> <strong>{each}</strong> <span>{STANDINGS[each][1]}</span>\n"
    yield (
        "<li><b class=numbers>23<u>·21</u><small>/24</small></b> <span>of 24 clauses that ran, 23 keep their semantics "
        "(values, shapes, flags, errors raised) and 21 their fidelity (dtypes, names, messages, printed text)</span>\n"
    )


def widths(columns: tuple[Column, ...]) -> dict[str, str]:
    """From which widths on a table of that many columns fits, and a cell can be open beside it."""
    return {"NARROW": f"{max(48, 20 + 4 * len(columns))}rem", "BESIDE": f"{max(68, 46 + 4.4 * len(columns)):g}rem"}


def styled(columns: tuple[Column, ...]) -> Iterator[str]:
    """The style of a table of these columns; on a phone, where it has none, each cell says whose it is."""
    style = (HERE / "matrix.css").read_text(encoding="utf-8")
    for name, width in widths(columns).items():
        style = style.replace(name, width)
    yield style
    yield drawing_style()
    yield f".matrix {{ --columns: {len(columns)}; }}\n"
    for place, column in enumerate(columns, 2):
        yield f".matrix td:nth-child({place}) {{ --name: {css_string(column.name)}; }}\n"


def runs(matrix: Matrix) -> Iterator[str]:
    outcomes = [each for each in OUTCOMES if any(each in column.record.footer.counts for column in matrix.columns)]
    heads = ("implementation", "version", "semantics kept", "fidelity kept", "ran", *outcomes)
    words = ("Python", "NumPy", "platform", "oracle", "gradspec", "seconds", "record")
    yield f"<thead><tr>{''.join(f'<th scope=col>{each}' for each in (*heads, *words))}</thead>\n<tbody>"
    for column in matrix.columns:
        header, footer, tally = column.record.header, column.record.footer, column.tally(matrix.clauses)
        numbers = (tally.semantics, tally.fidelity, tally.ran, *(footer.counts.get(each, 0) for each in outcomes))
        asked = (("python", "?"), ("numpy", "?"), ("platform", header.platform))
        versions = (header.versions.get(name, otherwise) for name, otherwise in asked)
        rest = (*versions, header.oracle, header.gradspec, f"{footer.seconds:.1f}", column.source or "this run")
        yield f"<tr><th scope=row>{html(header.implementation)}<td>{html(header.implementation_version) or '?'}"
        yield "".join(f"<td class=number>{each:,}" for each in numbers)
        yield "".join(f"<td>{html(each)}" for each in rest) + "\n"
    yield "</tbody>"


def everything(matrix: Matrix, oracle: Oracle, pictures: Pictures | None) -> Iterator[str]:
    """The data of the page: what is needed at once, and a block a chapter that is read when one of its cells opens."""
    yield data(
        "matrix-words",
        {
            "columns": [(each.name, each.version) for each in matrix.columns],
            "standings": STANDINGS,
            "capabilities": CAPABILITIES,
            "facets": FACETS,
            "phrases": PHRASES,
            "beside": widths(matrix.columns)["BESIDE"],
        },
    )
    for chapter in matrix.chapters:
        yield data(f"data-{chapter.name}", chapter_data(chapter, matrix.columns, oracle, pictures))


def closing(matrix: Matrix) -> str:
    count = len(matrix.clauses)
    return (
        f"<code>{html(matrix.command)}</code> made this page. What is unsupported counts neither for nor against anyone. "
        f"End of the matrix: {len(matrix.chapters)} chapters, {count:,} clauses, {len(matrix.columns)} implementations, "
        f"{count * len(matrix.columns):,} cells."
    )
