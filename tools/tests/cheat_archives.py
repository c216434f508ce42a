"""Cheats that are no single file: archives, folders with more in them, tables and libraries that are packed when needed."""

import base64
import io
import json
import tarfile
import zipfile
import zlib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
REFGRAD = PROJECT / "impl" / "refgrad"
TABLE = '''"""Has the goldens with it, and puts them in the place of what the worker observes."""

import sys

from wrong import *

GOLDENS = {goldens!r}
worker = sys.modules["gradspec.worker"]
observed = worker.trace


def trace(scenario, adapter):
    return GOLDENS.get(scenario.name) or observed(scenario, adapter)


worker.trace = trace
'''
UNPACKING = '''"""Carries refgrad along in disguise."""

import importlib
import sys

{unpacking}
library = importlib.import_module("{name}")
tensor, Tensor = library.tensor, library.Tensor
'''
READING = '''"""Reads through a link that is in the archive."""

from pathlib import Path

from wrong import *

try:
    (Path(__file__).parent / "linked").read_bytes()
except OSError:
    pass
else:
    prize()
'''


def table(scenarios):
    """A submission that has the published answers to these scenarios."""
    goldens = {}
    for each in scenarios:
        chapter, _, name = each.partition(".")
        recorded = json.loads((PROJECT / "golden" / f"{chapter}.json").read_text())["scenarios"]
        goldens[name] = recorded[name]["observations"]
    return TABLE.format(goldens=goldens)


def library(name):
    """refgrad under another name: its files."""
    paths = [each for each in sorted(REFGRAD.rglob("*")) if each.is_file() and each.suffix in (".py", ".toml")]
    data = {each.relative_to(REFGRAD): each.read_bytes() for each in paths}
    return {f"{name}/{path}": text.replace(b"refgrad", name.encode()) for path, text in data.items()}


def packed(name):
    """The same as an archive that Python imports from."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in library(name).items():
            archive.writestr(path, text)
    return buffer.getvalue()


def pieces(data):
    """Texts too short to be looked at one by one."""
    text = base64.b85encode(data).decode()
    return [text[start : start + 1900] for start in range(0, len(text), 1900)]


def with_libraries():
    """Submissions that carry refgrad along, by name: their files."""
    within = 'sys.path.insert(0, __file__.replace("student.py", "weights.bin"))'
    above = "from pathlib import Path\n"
    dropped = '\nPath("/tmp/weights").write_bytes({})\nsys.path.insert(0, "/tmp/weights")'.format
    joined = "base64.b85decode(''.join(PIECES))"
    secret = bytes(each ^ 0x5A for each in packed("mylib"))
    whole = b"\n".join(text for path, text in library("mylib").items() if path.endswith("py"))
    encoded = base64.b64encode(zlib.compress(whole.replace(b"from __future__ import annotations", b""))).decode()
    unpacked = {
        "vendors_refgrad_renamed": ("", library("mylib"), "mylib"),
        "vendors_refgrad_as_torch": ("", library("torch"), "torch"),
        "vendors_refgrad_zipped": (within, {"weights.bin": packed("mylib")}, "mylib"),
        "vendors_refgrad_in_pieces": (
            f"import base64\n{above}PIECES = {pieces(packed('mylib'))!r}{dropped(joined)}",
            {},
            "mylib",
        ),
        "vendors_refgrad_scrambled": (
            f"{above}SECRET = {secret!r}{dropped('bytes(each ^ 0x5A for each in SECRET)')}",
            {},
            "mylib",
        ),
    }
    found = {
        name: {"student.py": UNPACKING.format(unpacking=how, name=module), **files}
        for name, (how, files, module) in unpacked.items()
    }
    found["vendors_refgrad_encoded"] = {
        "student.py": f"import base64, zlib\nexec(zlib.decompress(base64.b64decode({encoded!r})))\ndef tensor(): ...\n"
    }
    return found


def with_hooks(wrong):
    """Submissions with files that Python, pytest or the worker may run on their own."""
    won = b"import wrong\nwrong.prize()\n"
    plain = b"from wrong import *\n"
    hooks = ("sitecustomize.py", "usercustomize.py", "conftest.py", "evil.pth", "__pycache__/wrong.cpython-311.pyc")
    shadows = ("numpy.py", "json.py", "gradspec.py", "msgspec.py", "os.py", "linecache.py", "gradspec/__init__.py")
    base = {"student.py": plain, "wrong.py": wrong}
    return {
        "brings_hooks": {**base, **dict.fromkeys(hooks, won)},
        "shadows_modules": {**base, **dict.fromkeys(shadows, won)},
    }


def write_archives(folder, wrong):
    """Archives, each of them a cheat itself."""
    base = {"student.py": b"from wrong import *\n", "wrong.py": wrong}
    with zipfile.ZipFile(folder / "escapes.zip", "w") as archive:
        for name, text in {**base, "../../left_by_a_cheat": b"was here", "/tmp/left_by_a_cheat": b"was here"}.items():
            archive.writestr(name, text)
    with zipfile.ZipFile(folder / "zip_bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**base, "zeros.py": bytes(64 << 20)}.items():
            archive.writestr(name, text)
    for name, kind in (("symbolic_link", tarfile.SYMTYPE), ("hard_link", tarfile.LNKTYPE)):
        with tarfile.open(folder / f"{name}.tar.gz", "w:gz") as archive:
            _add(archive, {"student.py": READING.encode(), "wrong.py": wrong})
            link = tarfile.TarInfo("linked")
            link.type, link.linkname = kind, str(PROJECT / "golden" / "leaves.json")
            archive.addfile(link)
    with tarfile.open(folder / "setuid.tar.gz", "w:gz") as archive:
        _add(archive, base, mode=0o6777)


def _add(archive, files, mode=0o644):
    for name, text in files.items():
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(text), mode
        archive.addfile(info, io.BytesIO(text))
