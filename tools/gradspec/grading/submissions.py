"""What was handed in: found in a folder, told apart by name and content, and staged for the jail."""

from __future__ import annotations

import hashlib
import io
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from gradspec.errors import UsageError
from gradspec.grading import unpacking
from gradspec.grading.entry import find_entry
from gradspec.grading.model import Outcome, Rubric, Submission
from gradspec.grading.notebooks import module_of
from gradspec.grading.unpacking import ARCHIVES, CLUTTER, Refusal, Stage, Unreadable, kind_of, plain, stem_of
from gradspec.grading.vendored import MOST_DATA, find_library

# What platforms put beside the submissions of an export: nobody handed these in.
NO_SUBMISSIONS = frozenset({"submission_metadata.yml", "submission_metadata.csv", "grades.csv", "index.html"})
LONGEST = 100  # bytes of a submission's name
SOURCES, NOTEBOOK = ("python", "notebook"), ".ipynb"


@dataclass(frozen=True)
class Staged:
    """A submission in its clean directory, to be shown in the jail at /submission.

    implementation: what is to be loaded, as a path in the jail. notes: what was left out or changed, in sentences.
    """

    directory: Path
    implementation: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A submission of which nothing is run. `reason` is a sentence or two for the person who handed it in.

    The outcome is `infrastructure` where the machine failed, and not the submission.
    """

    outcome: Outcome
    reason: str
    notes: tuple[str, ...] = ()


def find_submissions(folder: Path) -> tuple[Submission, ...]:
    """Everything that was handed in to `folder`, sorted by name; a single file stands for itself.

    Each file and each directory in it is one submission, whatever it holds: none is lost, and `stage` says what is
    wrong with it. Raises UsageError where there is nothing, and where it cannot be read.
    """
    try:
        if folder.is_file():
            return (one_submission(folder),)
        entries = sorted(folder.iterdir(), key=lambda each: (_folded(each.name), each.name))
    except OSError as error:
        raise UsageError(f"{folder} cannot be read: {error.strerror}.") from None
    paths = [each for each in entries if not _is_beside(each.name)]
    if not paths:
        raise UsageError(f"There are no submissions in {folder}: each file or directory in it would be one.")
    names = unique_names([each.name for each in paths])
    found = (Submission(name, str(path), digest_of(path)) for name, path in zip(names, paths, strict=True))
    return tuple(sorted(found, key=lambda each: (_folded(each.name), each.name)))


def one_submission(path: Path) -> Submission:
    """The submission that the file or directory `path` is. Raises UsageError where there is none."""
    if not os.path.lexists(path):
        raise UsageError(f"There is no {path}.")
    return Submission(unique_names([path.resolve().name])[0], str(path), digest_of(path))


def _is_beside(name: str) -> bool:
    return name.startswith(".") or name in CLUTTER or name in NO_SUBMISSIONS


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def unique_names(names: list[str]) -> list[str]:
    """A name for each of these files, fit for a directory: the stem; where two share it, the whole; then with a number.

    No two are equal even where case is not told apart.
    """
    stems = [_named(stem_of(each)) for each in names]
    shared = {stem for stem in map(_folded, stems) if sum(_folded(each) == stem for each in stems) > 1}
    wanted = [_named(name) if _folded(stem) in shared else stem for name, stem in zip(names, stems, strict=True)]
    taken: set[str] = set()
    unique = []
    for each in wanted:
        name, number = each, 1
        while _folded(name) in taken or (number > 1 and name in wanted):
            number += 1
            name = f"{each} ({number})"
        taken.add(_folded(name))
        unique.append(name)
    return unique


def _named(name: str) -> str:
    """`name` as a directory may be called: plain, of moderate length, neither hidden nor empty."""
    text = plain(name).strip(". ")
    while len(text.encode()) > LONGEST:
        text = text[:-1]
    return text.strip() or "submission"


def digest_of(path: Path) -> str:
    """The SHA-256 of all that is in a file or directory: names and contents, not times; links are not followed.

    Beyond the size that is taken at all, the sizes of files stand for their contents.
    """
    digest = hashlib.sha256()
    left = unpacking.MOST_BYTES + unpacking.MOST_PACKED
    for place, parts in _to_digest(path):
        digest.update(b"\0".join([*(os.fsencode(each) for each in parts), b""]))
        try:
            if place.is_symlink():
                digest.update(b"link" + os.fsencode(os.readlink(place)))
                continue
            with unpacking.open_plainly(place) as file:
                digest.update(f"file {os.fstat(file.fileno()).st_size} ".encode())
                while left > 0 and (block := file.read(min(unpacking.BLOCK, left))):
                    digest.update(block)
                    left -= len(block)
        except (Refusal, Unreadable, OSError):
            digest.update(b"no regular file that can be read")
    return digest.hexdigest()


def _to_digest(path: Path) -> list[tuple[Path, tuple[str, ...]]]:
    if path.is_symlink() or not path.is_dir():
        return [(path, ())]
    found = []
    try:
        for each in unpacking.files_below(path):
            found.append(each)
            if len(found) > 2 * unpacking.MOST_FILES:  # it will be refused
                break
    except (Refusal, Unreadable):
        pass  # what there was until then stands for it
    return found


def stage(submission: Submission, into: Path, rubric: Rubric) -> Staged | Refused:
    """Copy or unpack a submission into the new or empty directory `into`, and find its implementation.

    Files are 0644, directories 0755; nothing is a link, nothing is hidden, nothing is compiled. Never raises for what
    is in the submission: it is refused, with the reason.
    """
    stage = Stage(into)
    try:
        into.mkdir(mode=0o755, parents=True, exist_ok=True)
        into.chmod(0o755)  # whatever the umask
        _fill(stage, Path(submission.path))
        _unpack_nested(stage)
        _convert_notebooks(stage, rubric.entry)
        if "__init__.py" in stage.written:  # a package keeps its name: what is inside may import it by that
            stage.move_below(_named(stem_of(Path(submission.path).name)))
        entry = rubric.entry.replace(NOTEBOOK, ".py")
        implementation = find_entry(into, sorted(stage.written), entry)
        found = find_library(into, stage.written, rubric.forbid)
        if rubric.forbid:
            _leave_out_data(stage)
    except Refusal as refusal:
        return Refused("exception", str(refusal), tuple(stage.notes))
    except Unreadable as error:
        return Refused("infrastructure", str(error), tuple(stage.notes))
    except OSError as error:
        reason = f"{error.filename or 'The submission'} cannot be read or written: {error.strerror}."
        return Refused("infrastructure", reason, tuple(stage.notes))
    if found is not None:
        return Refused("import denied", found.reason, tuple(stage.notes))
    return Staged(into, implementation, tuple(stage.notes))


def _fill(stage: Stage, source: Path) -> None:
    if source.is_symlink():
        raise Refusal("It is a link: hand in the file itself.")
    kind = kind_of(source.name)
    if source.is_dir():
        unpacking.copy(source, stage)
    elif kind in ARCHIVES:
        with unpacking.open_plainly(source) as file:
            unpacking.unpack(file, kind, stage)
    elif kind:
        ending = source.name[len(stem_of(source.name)) :].lower()
        unpacking.copy(source, stage, (f"{_named(stem_of(source.name))}{ending}",))
    else:
        ending = Path(plain(source.name)).suffix
        raise Refusal(
            f"It is {f'a {ending} file' if ending else 'a file without an ending'}: "
            "hand in a .py file, a package, a .zip or .tar.gz of one, or a notebook."
        )


def _unpack_nested(stage: Stage) -> None:
    """Archives are unpacked where they are all there is: a folder that holds the .zip that was handed in."""
    for depth in range(unpacking.MOST_NESTED + 1):
        archives = sorted(each for each in stage.written if kind_of(each) in ARCHIVES)
        if not archives or any(kind_of(each) in SOURCES for each in stage.written):
            return
        if depth == unpacking.MOST_NESTED:
            raise Refusal(f"It holds archives in archives, more than {depth} deep: hand in one.")
        for each in archives:
            above = tuple(each.split("/")[:-1])
            with unpacking.open_plainly(stage.root / each) as file:
                stage.forget(each)
                own = (_named(stem_of(each.split("/")[-1])),) if len(archives) > 1 else ()
                unpacking.unpack(file, kind_of(each), stage, (*above, *own))


def _leave_out_data(stage: Stage) -> None:
    """Leave out what is no source code, beyond a little of it: nobody can look through it, and code may be in it."""
    others = [each for each in stage.written if not each.endswith(".py")]
    sizes = {each: (stage.root / each).stat().st_size for each in others}
    total = 0
    for each in sorted(others, key=lambda each: (sizes[each], each)):
        total += sizes[each]
        if total > MOST_DATA:
            (stage.root / each).unlink()
            stage.written.discard(each)
            stage.note(
                f"{each}: left out, for it is no source code, and there is more than {MOST_DATA >> 10} KB of such"
            )


def _convert_notebooks(stage: Stage, entry: str) -> None:
    """Notebooks become modules beside them, where there is no other Python file, or where they are what was asked for."""
    if entry.endswith(NOTEBOOK) or not any(kind_of(each) == "python" for each in stage.written):
        for each in sorted(each for each in stage.written if kind_of(each) == "notebook"):
            module = f"{stem_of(each)}.py"
            if module not in stage.written:
                source, notes = module_of((stage.root / each).read_bytes())
                stage.write(tuple(module.split("/")), io.BytesIO(source.encode()))
                for note in notes:
                    stage.note(note)
