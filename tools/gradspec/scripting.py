"""The process in which `gradspec run` runs a script: unmodified, with another library under the name `torch`.

Standard library only.
"""

from __future__ import annotations

import os
import runpy
import sys
import traceback

from gradspec.adapters import Unsupported
from gradspec.adapters.loading import LoadingError, load
from gradspec.aliasing import aliased


def main() -> None:
    """Run `sys.argv[3:]`, a script and its arguments, on the implementation `sys.argv[2]`."""
    implementation, path, *arguments = sys.argv[2:]
    try:
        adapter = load(implementation)
    except LoadingError as error:
        print(f"gradspec: {error}", file=sys.stderr)
        sys.exit(2)
    sys.argv = [path, *arguments]
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    with aliased(adapter.torch):
        try:
            runpy.run_path(path, run_name="__main__")
        except Unsupported as reason:
            print(f"gradspec: {reason}", file=sys.stderr)
            sys.exit(1)
        except Exception as error:  # noqa: BLE001 (the script's own)
            _show(error, path)
            sys.exit(1)


def _show(error: Exception, path: str) -> None:
    """The traceback from the script on: what stands above it is not the script's."""
    frame = error.__traceback__
    while frame is not None and frame.tb_frame.f_code.co_filename != path:
        frame = frame.tb_next
    traceback.print_exception(type(error), error, frame)
