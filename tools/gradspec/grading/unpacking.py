"""Copying and unpacking what somebody handed in, into a clean directory that nothing can leave or fill.

Only regular files are written, each of them new, under names that were taken apart and looked at. What is used up is
counted while it is written: headers are not believed.
"""

from __future__ import annotations

import gzip
import lzma
import os
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

MOST_BYTES = 32 << 20  # of all files together, once unpacked
MOST_SOURCE = 4 << 20  # of these, of Python: all of it is looked through
MOST_FILES = 2000
MOST_PACKED = 16 << 20  # bytes of an archive
MOST_DEPTH = 16  # directories inside one another
MOST_NESTED = 3  # archives inside one another
MOST_RATIO = 200  # of an archive's content to its own size; source code stays below 20
SMALL = 1 << 20  # bytes that may be unpacked at any ratio
LONGEST_NAME = 150  # bytes of one part of a path
BLOCK = 1 << 16

DAMAGED = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError),
    *(NotImplementedError, RuntimeError, ValueError, OverflowError, IndexError, KeyError, gzip.BadGzipFile),
)  # what the standard library raises for an archive that is none
# Left out, with the reason said: what would run on its own, or is no source code.
LEFT_OUT = {
    ".pyc": "compiled Python is not run",
    ".pyo": "compiled Python is not run",
    ".so": "native code is not run",
    ".pyd": "native code is not run",
    ".dll": "native code is not run",
    ".dylib": "native code is not run",
    ".pth": "hooks of the interpreter are not run",
    ".egg": "installed libraries are not carried along",
    ".whl": "installed libraries are not carried along",
}
HOOKS = ("sitecustomize", "usercustomize")
# Left out without a word: what systems and editors leave lying about.
CLUTTER = frozenset({"__MACOSX", "__pycache__", "Thumbs.db", "desktop.ini", "Icon\r"})
# Directories of installed libraries, which people pack by mistake.
INSTALLED = frozenset({"venv", "env", "site-packages", "dist-packages", "node_modules"})


class Refusal(Exception):  # noqa: N818 (it is a verdict, not an error)
    """What was handed in is not taken; the message is one or two sentences for the person who handed it in."""


class Unreadable(Exception):  # noqa: N818 (the same)
    """The machine could not read or write a file: nobody's fault but ours."""


class Stage:
    """A clean directory being filled, and what may still go into it. `notes` says what was left out, and why."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.notes: list[str] = []
        self.written: set[str] = set()  # paths relative to `root`
        self._seen: dict[str, str] = {}  # the same as a file system that does not tell case apart has them
        self._made: set[Path] = set()  # directories
        self._bytes = self._source = 0
        self._entries = 0

    def count(self, size: int, is_source: bool) -> None:
        """Take `size` bytes off what is left. Raises Refusal where there is no more."""
        self._bytes += size
        self._source += size if is_source else 0
        if self._source > MOST_SOURCE:
            raise Refusal(f"It holds more than {MOST_SOURCE >> 20} MB of Python: hand in your own source code alone.")
        if self._bytes > MOST_BYTES:
            raise Refusal(f"It is larger than {MOST_BYTES >> 20} MB once unpacked: hand in source code alone.")

    def entry(self) -> None:
        """Take one entry, of whatever kind, off what is left. Raises Refusal where there is no more."""
        self._entries += 1
        if self._entries > MOST_FILES:
            raise Refusal(f"It holds more than {MOST_FILES} files: hand in your own source code alone.")

    def wanted(self, parts: tuple[str, ...]) -> bool:
        """Whether the file with this path is to be kept; notes why not."""
        if any(each in CLUTTER or each.startswith(".") for each in parts):
            return False
        for depth, each in enumerate(parts[:-1], 1):
            if each.lower() in INSTALLED:
                self.note(f"{'/'.join(parts[:depth])}: left out, for installed libraries are not carried along")
                return False
        name = parts[-1].lower()
        reason = LEFT_OUT.get(Path(name).suffix) or (".so." in name and LEFT_OUT[".so"])
        if name.partition(".")[0] in HOOKS:
            reason = LEFT_OUT[".pth"]
        if reason:
            self.note(f"{'/'.join(parts)}: left out, for {reason}")
        return not reason

    def note(self, text: str) -> None:
        if text not in self.notes and len(self.notes) < 50:
            self.notes.append(text)

    def write(
        self, parts: tuple[str, ...], source: IO[bytes], packed: Callable[[int], None] = lambda size: None
    ) -> None:
        """Write what `source` gives to the new file `parts`; `packed` hears of every block.

        Raises Refusal for a path that is taken or too long, and where too much is written; Unreadable where the
        machine fails.
        """
        path = self._claim(parts)
        with self._create(path) as file:
            while block := source.read(BLOCK):
                self.count(len(block), parts[-1].endswith(".py"))
                packed(len(block))
                _or_unreadable(file.write, block)

    def forget(self, path: str) -> None:
        """Delete a file that was written. What it used up stays used up."""
        self.written.remove(path)
        del self._seen[path.casefold()]
        _or_unreadable((self.root / path).unlink)

    def move_below(self, name: str) -> None:
        """Put all that was written into a new directory `name`."""
        away = self.root / f"{name}.{len(self.written)}"  # a name that is not in there
        while away.exists():
            away = away.with_name(f"{away.name}.")
        found = list(_or_unreadable(os.listdir, self.root))
        _or_unreadable(away.mkdir, 0o755)
        for each in found:
            _or_unreadable((self.root / each).rename, away / each)
        _or_unreadable(away.rename, self.root / name)
        (self.root / name).chmod(0o755)
        self.written, self._made = {f"{name}/{each}" for each in self.written}, set()
        self._seen = {each.casefold(): each for each in self.written}

    def _claim(self, parts: tuple[str, ...]) -> Path:
        for depth in range(1, len(parts) + 1):
            name = "/".join(parts[:depth])
            known = self._seen.setdefault(name.casefold(), name)
            is_file = name in self.written
            if known != name or is_file or (depth == len(parts) and os.path.exists(f"{self.root}/{name}")):
                raise Refusal(f"It holds {name!r} twice, or as a file and as a directory: pack it anew.")
        self.written.add("/".join(parts))
        return self.root.joinpath(*parts)

    def _create(self, path: Path) -> IO[bytes]:
        def create() -> IO[bytes]:
            if path.parent not in self._made:
                path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
                for each in path.relative_to(self.root).parents:
                    (self.root / each).chmod(0o755)  # whatever the umask
                self._made.add(path.parent)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            descriptor = os.open(path, flags, 0o644)
            os.fchmod(descriptor, 0o644)
            return os.fdopen(descriptor, "wb")

        file: IO[bytes] = _or_unreadable(create)
        return file


def _or_unreadable(action: Callable[..., Any], *args: Any) -> Any:
    try:
        return action(*args)
    except OSError as error:
        raise Unreadable(f"{error.filename or 'a file'} cannot be read or written: {error.strerror}.") from None


def plain(name: str) -> str:
    """One part of a path as it is written down: composed unicode, and nothing that a terminal or a shell acts on."""
    text = unicodedata.normalize("NFC", name)
    return "".join(each if each.isprintable() and each not in '/\\:*?"<>|' else "_" for each in text).strip()


def parts_of(name: str) -> tuple[str, ...]:
    """The parts of a path in an archive. Raises Refusal for one that leads elsewhere, or too deep."""
    slashed = name.replace("\\", "/")
    parts = [each for each in slashed.split("/") if each not in ("", ".")]
    shown = ascii(name[:60])
    if slashed.startswith("/") or ".." in parts or (parts and len(parts[0]) == 2 and parts[0][1] == ":"):
        raise Refusal(f"It holds {shown}, a path that leads out of it: pack the folder itself, with relative paths.")
    clean = tuple(map(plain, parts))
    if any(each in ("", ".", "..") or len(each.encode()) > LONGEST_NAME for each in clean):
        raise Refusal(f"It holds {shown}, which is no name for a file: rename it.")
    if len(clean) > MOST_DEPTH:
        raise Refusal(f"Its directories are more than {MOST_DEPTH} deep: hand in fewer.")
    return clean


def kind_of(name: str) -> str:
    """What to do with a file of this name: `python`, `notebook`, `zip`, `tar`, or nothing that we know: ``."""
    return next((kind for ending, kind in KINDS.items() if name.lower().endswith(ending)), "")


KINDS = {".py": "python", ".ipynb": "notebook", ".zip": "zip", ".tar.gz": "tar", ".tgz": "tar", ".tar": "tar"}
ARCHIVES = ("zip", "tar")


def stem_of(name: str) -> str:
    """The name without the ending that says what it is."""
    ending = next((each for each in KINDS if name.lower().endswith(each)), "")
    return name[: len(name) - len(ending)] or name


def copy(source: Path, stage: Stage, below: tuple[str, ...] = ()) -> None:
    """Copy the file or directory `source` to the path `below` in the stage, links and devices left out."""
    if source.is_symlink():
        raise Refusal("It is a link: hand in the file itself.")
    if not source.is_dir():
        with open_plainly(source) as file:
            stage.write(below, file)
        return
    for path, parts in files_below(source):
        stage.entry()
        place = (*below, *parts_of("/".join(parts)))
        if not stage.wanted(place):
            continue
        if path.is_symlink() or not path.is_file():
            stage.note(f"{'/'.join(place)}: left out, for it is no regular file")
            continue
        with open_plainly(path) as file:
            stage.write(place, file)


def files_below(root: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Everything in `root` that is no directory, in a stable order, with the parts of its path; clutter is passed over.

    Links are given, not followed. Raises Refusal for a tree that is too deep, Unreadable where the machine fails.
    """
    pending: list[tuple[Path, tuple[str, ...]]] = [(root, ())]
    while pending:
        path, parts = pending.pop()
        if parts and (path.is_symlink() or not path.is_dir()):
            yield path, parts
            continue
        if len(parts) > MOST_DEPTH:
            raise Refusal(f"Its directories are more than {MOST_DEPTH} deep: hand in fewer.")
        names = sorted(_or_unreadable(os.listdir, path), reverse=True)
        pending += [(path / name, (*parts, name)) for name in names if name not in CLUTTER and name[0] != "."]


def open_plainly(path: Path) -> IO[bytes]:
    """Open a regular file to be read, never through a link. Raises Refusal for another kind, Unreadable."""
    descriptor: int = _or_unreadable(os.open, path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refusal("It is no regular file.")
    return os.fdopen(descriptor, "rb")


def unpack(archive: IO[bytes], kind: str, stage: Stage, below: tuple[str, ...] = ()) -> None:
    """Unpack `archive`, of the kind `zip` or `tar`, below the path `below` of the stage. Raises Refusal, Unreadable."""
    size = os.fstat(archive.fileno()).st_size
    if size > MOST_PACKED:
        raise Refusal(f"The archive is larger than {MOST_PACKED >> 20} MB: hand in source code alone.")
    try:
        (_unzip if kind == "zip" else _untar)(archive, Ratio(size), stage, below)
    except DAMAGED as error:
        raise Refusal(f"The archive is damaged ({_first_line(error)}): pack it anew.") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0].strip().rstrip(".")[:100] or type(error).__name__


class Ratio:
    """Counts what comes out of an archive of `size` bytes. Raises Refusal where it is out of all proportion."""

    def __init__(self, size: int) -> None:
        self.size, self.out = size, 0

    def __call__(self, size: int) -> None:
        self.out += size
        if self.out > SMALL and self.out > MOST_RATIO * self.size:
            raise Refusal(f"The archive unpacks to more than {MOST_RATIO} times its size: no source code does.")


def _unzip(file: IO[bytes], ratio: Ratio, stage: Stage, below: tuple[str, ...]) -> None:
    if file.read().count(b"PK\x01\x02") > 2 * MOST_FILES:  # before so many entries are read into memory
        raise Refusal(f"It holds more than {MOST_FILES} files: hand in your own source code alone.")
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            stage.entry()
            parts = (*below, *parts_of(info.filename))
            kind = stat.S_IFMT(info.external_attr >> 16)
            is_directory = info.filename.endswith(("/", "\\")) or kind == stat.S_IFDIR  # some write Windows' own
            if is_directory or parts == below or not stage.wanted(parts):
                continue
            if kind not in (0, stat.S_IFREG):
                stage.note(f"{'/'.join(parts)}: left out, for it is no regular file")
                continue
            if info.flag_bits & 1:
                raise Refusal("The archive is encrypted: pack it without a password.")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Refusal("The archive is compressed in an unusual way: pack it as an ordinary .zip.")
            with archive.open(info) as source:
                stage.write(parts, source, ratio)


class _Stream:
    """What is read of a tar, compressed or not, and counted: names and headers, too, are unpacked bytes."""

    def __init__(self, source: Any, ratio: Ratio) -> None:
        self.source, self.ratio, self.left = source, ratio, MOST_BYTES + MOST_FILES * 2048

    def read(self, size: int) -> bytes:
        data: bytes = self.source.read(min(size, BLOCK))
        self.left -= len(data)
        self.ratio(len(data))
        if self.left < 0:
            raise Refusal(f"It is larger than {MOST_BYTES >> 20} MB once unpacked: hand in source code alone.")
        return data


def _untar(file: IO[bytes], ratio: Ratio, stage: Stage, below: tuple[str, ...]) -> None:
    packed = file.read(2) == b"\x1f\x8b"  # whatever its name says
    file.seek(0)
    stream: Any = _Stream(gzip.GzipFile(fileobj=file) if packed else file, ratio)
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            stage.entry()
            parts = (*below, *parts_of(member.name))
            if member.isdir() or parts == below or not stage.wanted(parts):
                continue
            if member.islnk():
                _copy_linked(stage, (*below, *parts_of(member.linkname)), parts)
                continue
            source = archive.extractfile(member) if member.isreg() else None
            if source is None or member.issparse():
                stage.note(f"{'/'.join(parts)}: left out, for it is no regular file")
                continue
            stage.write(parts, source)


def _copy_linked(stage: Stage, target: tuple[str, ...], parts: tuple[str, ...]) -> None:
    """A file that tar stores as a further name of one that it has stored already."""
    if "/".join(target) not in stage.written:
        stage.note(f"{'/'.join(parts)}: left out, for it is a link to what is not in the archive")
        return
    with open_plainly(stage.root.joinpath(*target)) as file:
        stage.write(parts, file)
