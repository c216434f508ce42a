"""Text that nobody trusts, made fit to be put into a page, a file for machines, or a terminal."""

from __future__ import annotations

import unicodedata
from xml.sax.saxutils import quoteattr

LONGEST = 2000  # characters of one text
BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """`text` with what would not show, or would show in another place, spelled out; too long a text is cut."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 1]}…"
    if text.isprintable():  # nearly all is, and then each letter shows
        return text
    return "".join(each if shows(each) else f"\\u{ord(each):04x}" for each in text)


def shows(letter: str) -> bool:
    """Whether a letter is seen where it stands."""
    if letter in "\n\t":
        return True
    return letter not in BIDIRECTIONAL and unicodedata.category(letter) not in ("Cc", "Cs", "Cn")


def attribute(text: str) -> str:
    """Any text as the value of an attribute in XML, with its quotes."""
    return quoteattr(clean(text))
