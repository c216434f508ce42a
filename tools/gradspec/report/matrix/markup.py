"""Any text as HTML: nothing that an implementation says is ever markup."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import escape

from gradspec.report.printable import clean


def html(text: str) -> str:
    """Any text, as text in HTML or in a quoted attribute."""
    return escape(clean(text))


def prose(text: str) -> str:
    """A text of the specification as HTML; what stands between backquotes is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html(text))


def data(identifier: str, value: object) -> str:
    """An element that holds `value` as JSON, for the page's script to read: no text in it can end it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f'<script type="application/json" id="{html(identifier)}">{text}</script>\n'


def css_string(text: str) -> str:
    """Any text as a string in CSS."""
    return '"' + "".join(each if each.isalnum() else f"\\{ord(each):x} " for each in clean(text)) + '"'


def fingerprint(text: str) -> str:
    """How a Content-Security-Policy names an inline script or style that may be used, and no other."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
