"""Writing a text file wholly or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from gradspec.errors import UsageError


def write_atomically(path: Path, text: str) -> None:
    """Write `text` to `path` in UTF-8, wholly or not at all; what is no ordinary file, a pipe say, is written as it is.

    Raises UsageError where it cannot be written.
    """
    target = Path(os.path.realpath(path))  # a link stays a link
    temporary: Path | None = None
    try:
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8")
            return
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
        temporary = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        temporary.chmod(0o644)
        temporary.replace(target)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
