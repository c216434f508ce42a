"""Handing in: everything is found and named, nothing leaves its directory, nothing fills the machine."""

import io
import os
import stat
import struct
import tarfile
import zipfile

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradspec.errors import UsageError
from gradspec.grading import unpacking
from gradspec.grading.entry import INSIDE
from gradspec.grading.model import Rubric, RubricItem, Selected, Submission
from gradspec.grading.submissions import (
    LONGEST,
    Refused,
    Staged,
    digest_of,
    find_submissions,
    one_submission,
    stage,
    unique_names,
)

SOURCE = "def tensor(data, requires_grad=False):\n    return data\n"
RUBRIC = Rubric("homework", (RubricItem("a", "A", 1.0, Selected(("leaves",))),))


@pytest.fixture
def folder(tmp_path):
    """A folder of submissions; what must not be touched stands beside it."""
    (tmp_path / "beside").write_text("beside")
    (tmp_path / "handed_in").mkdir()
    return tmp_path / "handed_in"


@pytest.fixture
def staged(tmp_path):
    """Stage what is at a path; nothing but the stage may have come of it."""

    def run(path, rubric=RUBRIC):
        before = set(tmp_path.rglob("*"))
        result = stage(one_submission(path), tmp_path / "stage", rubric)
        after = {each for each in tmp_path.rglob("*") if not each.is_relative_to(tmp_path / "stage")}
        assert after == before
        return result

    return run


def zipped(path, entries):
    """A .zip of `entries`: names, or ZipInfo, and content."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def tarred(path, entries, mode="w:gz"):
    """A tar of `entries`: TarInfo, or names, and content."""
    with tarfile.open(path, mode) as archive:
        for name, content in entries:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = len(content) if info.type == tarfile.REGTYPE else info.size
            archive.addfile(info, io.BytesIO(content))
    return path


def files_of(result):
    return sorted(
        each.relative_to(result.directory).as_posix() for each in result.directory.rglob("*") if each.is_file()
    )


# Finding.


def test_every_kind_of_submission_is_found(folder):
    (folder / "Ada Lovelace.py").write_text(SOURCE)
    (folder / "Émile.ipynb").write_text("{}")
    (folder / "submission_17").mkdir()
    zipped(folder / "b.zip", [("a.py", SOURCE)])
    tarred(folder / "c.tar.gz", [("a.py", b"")])
    (folder / "essay.docx").write_text("no code, but handed in")
    for clutter in (".DS_Store", "__MACOSX", "submission_metadata.yml", ".hidden.py"):
        (folder / clutter).write_text("")
    names = [each.name for each in find_submissions(folder)]
    assert names == ["Ada Lovelace", "b", "c", "essay.docx", "submission_17", "Émile"]


def test_a_single_file_is_one_submission(folder):
    (folder / "a.py").write_text(SOURCE)
    (found,) = find_submissions(folder / "a.py")
    assert (found.name, found.path) == ("a", str(folder / "a.py"))


def test_an_empty_folder_is_wrong_usage(folder):
    with pytest.raises(UsageError, match="no submissions"):
        find_submissions(folder)
    with pytest.raises(UsageError, match="cannot be read"):
        find_submissions(folder / "nowhere")


def test_names_that_share_a_stem():
    assert unique_names(["a.py", "a.zip", "b.py"]) == ["a.py", "a.zip", "b"]
    assert unique_names(["A.py", "a.py"]) == ["A.py", "a.py (2)"]
    assert unique_names(["x\x1b[2J.py", "..", "<b>.py"]) == ["x_[2J", "submission", "_b_"]


@given(st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=120), max_size=12, unique=True))
def test_every_submission_has_a_name_of_its_own(files):
    names = unique_names(files)
    assert len(names) == len(files)
    assert len({name.casefold() for name in names}) == len(files)
    for name in names:
        assert name not in ("", ".", "..")
        assert not name.startswith(".")
        assert "/" not in name
        assert name.isprintable()
        assert len(name.encode()) <= LONGEST + len(" (99)")
    assert unique_names(files) == names


@given(st.text(max_size=80))
def test_paths_of_archives_stay_inside(name):
    try:
        parts = unpacking.parts_of(name)
    except unpacking.Refusal:
        return
    assert not {"", ".", ".."} & set(parts)
    assert not any("/" in each or "\\" in each or "\0" in each for each in parts)


def test_the_digest_is_of_names_and_contents(folder):
    first, second = folder / "first", folder / "second"
    for each in (first, second):
        (each / "inner").mkdir(parents=True)
        (each / "inner" / "a.py").write_text(SOURCE)
        (each / "__pycache__").mkdir()
        (each / "__pycache__" / f"{each.name}.pyc").write_text(each.name)
    os.utime(first / "inner" / "a.py", (0, 0))
    assert digest_of(first) == digest_of(second)
    (second / "inner" / "a.py").rename(second / "inner" / "b.py")
    assert digest_of(first) != digest_of(second)
    (second / "inner" / "b.py").rename(second / "inner" / "a.py")
    (second / "inner" / "a.py").write_text(SOURCE + "#")
    assert digest_of(first) != digest_of(second)


def test_a_digest_waits_for_nothing(folder):
    os.mkfifo(folder / "pipe.py")
    (folder / "link.py").symlink_to("/dev/zero")
    found = find_submissions(folder)
    assert [each.name for each in found] == ["link", "pipe"]
    for number, each in enumerate(found):
        assert isinstance(stage(each, folder / f"stage{number}", RUBRIC), Refused)


# Staging.


def test_a_file(folder, staged):
    (folder / "Ada's work (2).py").write_text(SOURCE)
    result = staged(folder / "Ada's work (2).py")
    assert result.implementation == f"{INSIDE}/Ada's work (2).py"
    assert (result.directory / "Ada's work (2).py").read_text() == SOURCE


def test_modes_are_those_of_a_clean_copy(folder, staged):
    (folder / "a" / "inner").mkdir(parents=True)
    for name, mode in {"a/x.py": 0o6777, "a/inner/y.py": 0o400}.items():
        (folder / name).write_text(SOURCE)
        (folder / name).chmod(mode)
    old = os.umask(0o077)
    try:
        result = staged(folder / "a", rubric_with(entry="x.py"))
    finally:
        os.umask(old)
    modes = {stat.S_IMODE(each.stat().st_mode) for each in result.directory.rglob("*") if each.is_file()}
    assert modes == {0o644}
    places = [result.directory, *(each for each in result.directory.rglob("*") if each.is_dir())]
    assert {stat.S_IMODE(each.stat().st_mode) for each in places} == {0o755}


def rubric_with(**changes):
    return msgspec.structs.replace(RUBRIC, **changes)


def test_what_runs_on_its_own_is_left_out(folder, staged):
    place = folder / "a"
    place.mkdir()
    left_out = [
        "x.so",
        "x.cpython-311-x86_64-linux-gnu.so",
        "lib.so.1",
        "y.pyd",
        "z.pth",
        "sitecustomize.py",
        "old.pyc",
    ]
    for name in [*left_out, "usercustomize.py", "student.py", "data.json", ".env"]:
        (place / name).write_text(SOURCE)
    (place / "venv" / "lib").mkdir(parents=True)
    (place / "venv" / "lib" / "torch.py").write_text("")
    result = staged(place)
    assert files_of(result) == ["data.json", "student.py"]
    assert result.implementation == f"{INSIDE}/student.py"
    assert all(any(note.startswith(name) for note in result.notes) for name in [*left_out, "usercustomize.py", "venv"])


def test_links_and_devices_are_left_out(folder, staged):
    place = folder / "a"
    place.mkdir()
    (place / "student.py").write_text(SOURCE)
    (place / "secret.txt").symlink_to(folder.parent / "beside")
    (place / "up").symlink_to(folder.parent)
    os.mkfifo(place / "pipe")
    result = staged(place)
    assert files_of(result) == ["student.py"]
    assert len(result.notes) == 3
    (folder / "link.py").symlink_to(place / "student.py")
    (folder / "b").symlink_to(place)
    for each in (folder / "link.py", folder / "b"):
        assert "It is a link" in stage(Submission("x", str(each), ""), folder / "other", RUBRIC).reason


@pytest.mark.parametrize(
    "name", ["/etc/x.py", "../x.py", "a/../../x.py", "C:\\x.py", "..\\x.py", "a/\\..\\x.py", "//x.py"]
)
def test_archives_that_lead_elsewhere_are_refused(name, folder, staged):
    result = staged(zipped(folder / "a.zip", [("student.py", SOURCE), (name, "")]))
    assert isinstance(result, Refused)
    assert (result.outcome, "leads out of it" in result.reason) == ("exception", True)


@pytest.mark.parametrize("name", ["/etc/x.py", "../x.py", "a/../../x.py"])
def test_tars_that_lead_elsewhere_are_refused(name, folder, tmp_path):
    for number, mode in enumerate(("w:gz", "w")):
        path = tarred(folder / ("a.tar.gz", "a.tar")[number], [("student.py", SOURCE.encode()), (name, b"")], mode)
        result = stage(one_submission(path), tmp_path / f"stage{number}", RUBRIC)
        assert "leads out of it" in result.reason
        assert not (tmp_path / "x.py").exists()


def test_links_in_archives_are_left_out(folder, tmp_path):
    linked = zipfile.ZipInfo("up")
    linked.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = zipped(folder / "a.zip", [(linked, "../.."), ("up/x.py", SOURCE), ("student.py", SOURCE)])
    result = stage(one_submission(path), tmp_path / "zip", RUBRIC)
    assert files_of(result) == ["student.py", "up/x.py"]

    entries = [("student.py", SOURCE.encode())]
    for name, kind, target in (
        ("up", tarfile.SYMTYPE, "../.."),
        ("hard", tarfile.LNKTYPE, "beside"),
        ("same.py", tarfile.LNKTYPE, "student.py"),
        ("null", tarfile.CHRTYPE, ""),
        ("disk", tarfile.BLKTYPE, ""),
        ("pipe", tarfile.FIFOTYPE, ""),
    ):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        entries.append((info, b""))
    result = stage(
        one_submission(tarred(folder / "a.tar.gz", entries)), tmp_path / "tar", rubric_with(entry="student.py")
    )
    assert files_of(result) == ["same.py", "student.py"]
    assert len(result.notes) == 5
    out = tarfile.TarInfo("out.py")
    out.type, out.linkname = tarfile.LNKTYPE, "../../beside"
    result = stage(one_submission(tarred(folder / "b.tar.gz", [(out, b"")])), tmp_path / "out", RUBRIC)
    assert "leads out of it" in result.reason


def test_setuid_bits_are_not_unpacked(folder, staged):
    info = tarfile.TarInfo("student.py")
    info.mode, info.uid = 0o6755, 0
    result = staged(tarred(folder / "a.tar.gz", [(info, SOURCE.encode())]))
    assert stat.S_IMODE((result.directory / "student.py").stat().st_mode) == 0o644


def size_of(directory):
    return sum(each.stat().st_size for each in directory.rglob("*") if each.is_file())


def test_bombs_are_stopped_while_they_go_off(folder, tmp_path):
    zeros = b"\0" * (48 << 20)
    for number, path in enumerate(
        [
            zipped(folder / "a.zip", [("student.py", SOURCE), ("zeros", zeros)]),
            tarred(folder / "b.tar.gz", [("zeros", zeros)]),
            tarred(folder / "c.tar", [("zeros", zeros)], "w"),
            zipped(folder / "d.zip", [(f"{i}.py", "") for i in range(unpacking.MOST_FILES + 1)]),
        ]
    ):
        result = stage(one_submission(path), tmp_path / str(number), RUBRIC)
        assert isinstance(result, Refused), path
        assert size_of(tmp_path / str(number)) <= unpacking.MOST_BYTES
    assert "more than 2000 files" in result.reason


def test_headers_are_not_believed(folder, staged):
    """A .zip that says its file is small."""
    path = zipped(folder / "a.zip", [("student.py", b"#" * (48 << 20))])
    data = bytearray(path.read_bytes())
    real = struct.pack("<I", 48 << 20)
    for at in (data.find(real), data.rfind(real)):
        data[at : at + 4] = struct.pack("<I", 10)
    path.write_bytes(data)
    result = staged(path)
    assert isinstance(result, Refused)
    assert size_of(folder.parent / "stage") <= 10


def test_a_header_that_is_a_bomb_itself(folder, staged):
    """A pax header of many megabytes, which tarfile would read into memory as a whole."""
    info = tarfile.TarInfo("student.py")
    info.pax_headers = {"comment": "x" * (64 << 20)}
    with tarfile.open(folder / "a.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info)
    result = staged(folder / "a.tar.gz")
    assert "200 times its size" in result.reason


def test_a_folder_that_is_too_large(folder, staged):
    (folder / "a").mkdir()
    with (folder / "a" / "numbers.npy").open("wb") as file:
        file.truncate(unpacking.MOST_BYTES + 1)
    assert "32 MB" in staged(folder / "a").reason


def test_more_source_than_can_be_looked_through(folder, staged):
    (folder / "a.py").write_bytes(b"#" * (unpacking.MOST_SOURCE + 1))
    assert "4 MB of Python" in staged(folder / "a.py").reason


def test_directories_that_are_too_deep(folder, tmp_path):
    deep = folder / "a" / "/".join("d" * (unpacking.MOST_DEPTH + 2))
    deep.mkdir(parents=True)
    (deep / "x.py").write_text(SOURCE)
    assert "deep" in stage(one_submission(folder / "a"), tmp_path / "0", RUBRIC).reason
    path = zipped(folder / "b.zip", [("d/" * 20 + "x.py", SOURCE)])
    assert "deep" in stage(one_submission(path), tmp_path / "1", RUBRIC).reason


def test_archives_in_archives(folder, tmp_path):
    data = zipped(folder / "0.zip", [("student.py", SOURCE)]).read_bytes()
    for depth in range(1, unpacking.MOST_NESTED + 2):
        path = zipped(folder / f"{depth}.zip", [(f"{depth}.zip", data)])
        data = path.read_bytes()
        result = stage(one_submission(path), tmp_path / str(depth), RUBRIC)
        if depth <= unpacking.MOST_NESTED:
            assert files_of(result) == ["student.py"]
        else:
            assert "archives in archives" in result.reason


def test_a_folder_that_holds_an_archive(folder, staged):
    """As Moodle hands them out."""
    (folder / "Ada Lovelace_123_assignsubmission_file_").mkdir()
    zipped(
        folder / "Ada Lovelace_123_assignsubmission_file_" / "hw 1.zip", [("hw/student.py", SOURCE), ("hw/x.pyc", "")]
    )
    result = staged(folder / "Ada Lovelace_123_assignsubmission_file_")
    assert result.implementation == f"{INSIDE}/hw/student.py"


def test_archives_as_various_programs_write_them(folder, tmp_path):
    entries = [("hw\\", b""), ("hw\\student.py", SOURCE), ("hw\\data\\x.txt", "x")]
    windows = stage(one_submission(zipped(folder / "a.zip", entries)), tmp_path / "zip", RUBRIC)
    assert files_of(windows) == ["hw/data/x.txt", "hw/student.py"]
    top = tarfile.TarInfo("./")
    top.type = tarfile.DIRTYPE
    path = tarred(folder / "b.tgz", [(top, b""), ("./student.py", SOURCE.encode()), ("./.git/config", b"")])
    assert files_of(stage(one_submission(path), tmp_path / "tar", RUBRIC)) == ["student.py"]
    named_wrongly = tarred(folder / "c.tar.gz", [("student.py", SOURCE.encode())], "w")  # by a browser that unpacked it
    assert files_of(stage(one_submission(named_wrongly), tmp_path / "plain", RUBRIC)) == ["student.py"]


def damaged(path, where):
    data = bytearray(path.read_bytes())
    del data[where:]
    path.write_bytes(data)
    return path


def test_damaged_archives_are_refused(folder, tmp_path):
    noise = os.urandom(4000)
    encrypted = bytearray(zipped(folder / "e.zip", [("student.py", noise)]).read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        encrypted[encrypted.find(signature) + offset] |= 1
    (folder / "e.zip").write_bytes(encrypted)
    spoilt = bytearray(zipped(folder / "s.zip", [("student.py", noise)]).read_bytes())
    spoilt[500] ^= 255
    (folder / "s.zip").write_bytes(spoilt)
    (folder / "empty.tar.gz").write_bytes(b"")
    (folder / "none.zip").write_bytes(b"no archive at all")
    (folder / "none.tgz").write_bytes(b"no archive at all" * 100)
    damaged(zipped(folder / "t.zip", [("student.py", noise)]), 1000)
    damaged(tarred(folder / "t.tar.gz", [("student.py", noise)]), 1000)
    (folder / "x.rar").write_bytes(b"Rar!")
    for number, each in enumerate(find_submissions(folder)):
        result = stage(each, tmp_path / str(number), RUBRIC)
        assert isinstance(result, Refused), each
        assert result.outcome == "exception"
        assert result.reason.endswith(".")


def test_an_unusual_compression_is_refused(folder, staged):
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("student.py", SOURCE)
    assert "ordinary .zip" in staged(folder / "a.zip").reason


def test_an_archive_that_holds_a_name_twice(folder, staged):
    with pytest.warns(UserWarning, match="Duplicate"):
        zipped(folder / "a.zip", [("student.py", SOURCE), ("student.py", "")])
    assert "twice" in staged(folder / "a.zip").reason


@given(st.binary(max_size=400))
def test_no_bytes_are_too_strange(tmp_path_factory, data):
    place = tmp_path_factory.mktemp("strange")
    for name in ("a.zip", "a.tar.gz", "a.tar", "a.ipynb", "a.py"):
        (place / name).write_bytes(data)
        result = stage(one_submission(place / name), place / f"stage of {name}", RUBRIC)
        assert isinstance(result, Refused | Staged)
        assert not isinstance(result, Refused) or result.outcome == "exception"


@given(st.integers(0, 400), st.integers(0, 255))
def test_no_archive_is_too_spoilt(tmp_path_factory, at, value):
    place = tmp_path_factory.mktemp("spoilt")
    for path in (
        zipped(place / "a.zip", [("hw/student.py", SOURCE * 3), ("hw/b.txt", "b")]),
        tarred(place / "a.tar", [("hw/student.py", SOURCE.encode())], "w"),
        tarred(place / "a.tar.gz", [("hw/student.py", SOURCE.encode())]),
    ):
        data = bytearray(path.read_bytes())
        data[at % len(data)] = value
        path.write_bytes(data)
        stage(one_submission(path), place / f"stage of {path.name}", RUBRIC)
        assert sorted(each.name for each in place.iterdir() if "stage of" not in each.name) <= [
            "a.tar",
            "a.tar.gz",
            "a.zip",
        ]


def test_a_machine_that_fails_is_nobodys_fault(folder, tmp_path):
    (folder / "a.py").write_text(SOURCE)
    (tmp_path / "full").write_text("a file where a directory belongs")
    result = stage(one_submission(folder / "a.py"), tmp_path / "full", RUBRIC)
    assert result.outcome == "infrastructure"


def test_the_zlib_stream_of_a_zip_may_be_spoilt(folder, staged):
    path = zipped(folder / "a.zip", [("student.py", SOURCE * 100)])
    data = bytearray(path.read_bytes())
    data[45] ^= 0x55
    path.write_bytes(data)
    assert "damaged" in staged(path).reason
