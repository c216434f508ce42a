"""What a course uploads to Gradescope: two scripts, the rubric and the seed, in a directory to be zipped.

Gradescope builds a container with `setup.sh`, and runs `run_autograder` in it once for each submission: that stands in
/autograder/submission, and its results are expected in /autograder/results/results.json.
"""

from __future__ import annotations

import json
import secrets
import shlex
import shutil
from importlib import metadata
from pathlib import Path

from gradspec.errors import UsageError
from gradspec.files import write_atomically
from gradspec.grading.rubric import read_rubric, text_of
from gradspec.jail import Tier

SETUP = """\
#!/usr/bin/env bash
# Run once, when Gradescope builds the container: Python, and gradspec in an environment of its own.
set -euo pipefail
root=${AUTOGRADER_ROOT:-/autograder}

if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    apt-get update
    apt-get install -y --no-install-recommends python3 python3-venv
fi
if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo 'gradspec needs Python 3.11 or later: choose a newer base image in the settings of the autograder.' >&2
    exit 1
fi
python3 -m venv "$root/gradspec"
"$root/gradspec/bin/pip" install --quiet @REQUIREMENT@
"""

RUN = """\
#!/usr/bin/env bash
# Run for each submission. The exit code is 0 if it was graded, however badly, and 3 if it could not be.
set -uo pipefail
root=${AUTOGRADER_ROOT:-/autograder}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$root/results" "$work/handed_in"
chmod 700 "$root/source" "$root/results" 2>/dev/null # whoever sits in the jail is another user

# In a folder of its own: to gradspec each entry of a folder is a submission.
cp -R -P "$root/submission" "$work/handed_in/submission" &&
    "$root/gradspec/bin/gradspec" grade "$work/handed_in" --rubric "$root/source/rubric.toml" \\
        --seed "$(cat "$root/source/SEED")" --min-tier @TIER@ --out "$work/grades"
status=$?

# The results are put in place as a whole. Without any, nobody has earned a zero: no score is given.
if ((status == 0)) && [[ -s $work/grades/students/submission/results.json ]]; then
    cp "$work/grades/students/submission/results.json" "$root/results/.results.json"
else
    status=3
    cat >"$root/results/.results.json" <<'END'
@FAILURE@
END
fi
mv "$root/results/.results.json" "$root/results/results.json" || exit 3
exit "$status"
"""

FAILURE = {
    "output": (
        "This submission could not be graded: the autograder itself failed, and not your work. Nothing is lost, and no "
        "points are either: it will be graded again. Your teacher finds the reason in the autograder's own output."
    ),
    "visibility": "visible",
    "stdout_visibility": "hidden",
}

README = """\
# The autograder for "@NAME@"

Zip what is in this directory (`zip -r ../autograder.zip .`, in it) and upload it as the assignment's autograder; any
base image with Python 3.11 or later will do. Keep `SEED` to yourself: it draws the inputs of the questions, the same
ones for everybody, and it answers appeals.
"""


def write_autograder(
    directory: Path, rubric: str, requirement: str = "", tier: str = "limits", seed: str = ""
) -> tuple[Path, ...]:
    """Write what is uploaded to Gradescope to `directory`; the files written.

    requirement: what pip is to install, or a wheel, which is copied along; none: this version of gradspec, with torch.
    tier: the least of a jail that will do. A seed that is there already is kept, so that a grading can be repeated.
    Raises UsageError where the rubric is wrong, there is no such tier, or a file cannot be written.
    """
    read = read_rubric(rubric)
    Tier.named(tier)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        old = directory / "SEED"
        seed = seed or (old.read_text().strip() if old.is_file() else "") or str(secrets.randbits(64))
    except OSError as error:
        raise UsageError(f"{directory} cannot be written: {error.strerror}.") from None
    texts = {
        "setup.sh": SETUP.replace("@REQUIREMENT@", _requirement(requirement, directory)),
        "run_autograder": RUN.replace("@TIER@", shlex.quote(tier)).replace("@FAILURE@", json.dumps(FAILURE, indent=2)),
        "rubric.toml": text_of(rubric),
        "SEED": f"{seed}\n",
        "README.md": README.replace("@NAME@", read.name),
    }
    for name, text in texts.items():
        write_atomically(directory / name, text)
        (directory / name).chmod(0o600 if name == "SEED" else 0o755 if text.startswith("#!") else 0o644)
    return tuple(directory / name for name in texts)


def _requirement(requirement: str, directory: Path) -> str:
    """What stands behind `pip install`. A wheel is copied into `directory`."""
    wheel = Path(requirement)
    if requirement.endswith(".whl"):
        try:
            if wheel.resolve().parent != directory.resolve():
                shutil.copyfile(wheel, directory / wheel.name)
        except OSError as error:
            raise UsageError(f"{wheel} cannot be copied: {error.strerror}.") from None
        return f'"$root/source/"{shlex.quote(f"{wheel.name}[torch]")}'
    return shlex.quote(requirement or f"gradspec[torch]{_version()}")


def _version() -> str:
    try:
        return f"=={metadata.version('gradspec')}"
    except metadata.PackageNotFoundError:  # a checkout
        return ""
