"""A record as a badge: data for a shields endpoint, or a picture of our own."""

from __future__ import annotations

import json
from html import escape

from gradspec.errors import CONFORMS, DIFFERS, HarnessError, UsageError
from gradspec.report.printable import clean
from gradspec.results import Record

LABEL = "PyTorch's autograd"
COLORS = {CONFORMS: "brightgreen", DIFFERS: "red", UsageError.exit_code: "lightgrey", HarnessError.exit_code: "orange"}
SHADES = {"brightgreen": "#2e7d32", "green": "#4f7a1f", "red": "#c62828", "lightgrey": "#616161", "orange": "#b45309"}
HEIGHT, MARGIN = 20, 6  # pixels
NARROW, WIDE = frozenset("fijlrt.,:;'|!()I 1"), frozenset("mwMW%@")
WIDTHS = {"narrow": 4.6, "wide": 10.0, "other": 7.0}  # of a letter of Verdana at 11 pixels


def words(record: Record) -> tuple[str, str]:
    """What the badge says, and its color."""
    counts, code = record.footer.counts, record.exit_code
    color = COLORS[code]
    if code == CONFORMS:
        known = counts.get("xfail", 0)
        kept = f"{counts.get('pass', 0)} of {record.ran} promises kept" if known else f"{record.ran} promises kept"
        return kept, "green" if known else color
    if code == DIFFERS:
        return f"{len(record.unexpected) + len(record.footer.stale)} of {record.ran} unexpected", color
    return "not tried" if code == UsageError.exit_code else "not judged", color


def shields(record: Record) -> str:
    """JSON for https://shields.io/badges/endpoint-badge."""
    message, color = words(record)
    data = {"schemaVersion": 1, "label": LABEL, "message": message, "color": color, "isError": record.exit_code != 0}
    return json.dumps(data, ensure_ascii=False) + "\n"


def svg(record: Record) -> str:
    """The picture; it needs neither a font nor anything else from elsewhere."""
    message, color = words(record)
    left, right = (round(_width(each)) + 2 * MARGIN for each in (LABEL, message))
    said = escape(clean(f"{record.header.implementation}: {LABEL}: {message}"))
    texts = "".join(
        f'<text x="{x}" y="14" textLength="{width - 2 * MARGIN}" lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
        for x, width, text in ((MARGIN, left, LABEL), (left + MARGIN, right, message))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" role="img" aria-label="{said}">'
        f"<title>{said}</title>"
        f'<rect width="{left + right}" height="{HEIGHT}" rx="3" fill="#444"/>'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v{HEIGHT - 6}a3 3 0 0 1-3 3H{left}z" fill="{SHADES[color]}"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">{texts}</g></svg>\n'
    )


def _width(text: str) -> float:
    kinds = ("narrow" if each in NARROW else "wide" if each in WIDE else "other" for each in text)
    return sum(WIDTHS[kind] for kind in kinds)
