"""The general adapter: recognises the common shapes of teaching code, and makes nothing up.

`words` are what people call things; `looking` sees without touching; `leaves`, `ways` and `offers` try what the words
suggest, and never ask whether a gradient is right; `reading` chooses, and writes `phrases`: what is said to the code, in its
own names. `objects` and `replayed` are torch's clothes, which say those phrases and compute nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from gradspec.adapters import Adapter
from gradspec.adapters.general.clothes import adapter_of
from gradspec.adapters.general.looking import names_of
from gradspec.adapters.general.phrases import Phrases, Voice
from gradspec.adapters.general.reading import UnrecognisedError, read

__all__ = ["Phrases", "UnrecognisedError", "adapter_for", "adapter_of", "general", "read"]


def adapter_for(implementation: str, book: Phrases) -> Adapter:
    """The adapter of a module that is spoken to by these phrases; `gradspec adapt --write` writes what calls this."""
    from gradspec.adapters.loading import find

    found = find(implementation)
    module = sys.modules[found.__module__] if isinstance(found, type) else found
    return adapter_of(Path(implementation).name, book, Voice(names_of(module)))


def general(name: str, found: Any) -> Adapter:
    """Adapt `found`, a module or a class in one. Raises UnrecognisedError, in words that say what is missing."""
    book, voice = read(found)
    return adapter_of(name, book, voice)
