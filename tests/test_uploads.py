"""The folder of uploads: whose name is the only right to a file, and what stays in it."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from streetclip_demo.errors import DataError, PhotoError
from streetclip_demo.page.frame import uploads as module
from streetclip_demo.page.frame.uploads import UNCLAIMED_SECONDS, UploadFolder

ROOT = Path(__file__).resolve().parent.parent
MAKE_ONE_AND = """
import sys, time
from pathlib import Path
from streetclip_demo.page.frame.uploads import UploadFolder
uploads = UploadFolder(Path(sys.argv[1]))
with uploads.receive() as arriving:
    arriving.write(b"photo")
    arriving.keep()
print(uploads.path, flush=True)
"""


@pytest.fixture
def folder(tmp_path, clock):
    made = UploadFolder(tmp_path, clock)
    yield made
    made.close()


def send(folder: UploadFolder, data: bytes = b"photo", suffix: str = "") -> str:
    with folder.receive() as arriving:
        arriving.write(data)
        return arriving.keep(suffix)


def in_folder(folder: UploadFolder) -> list[Path]:
    return list(folder.path.rglob("*"))


def test_an_upload_is_gone_when_it_has_been_read(folder):
    name = send(folder)
    assert folder.take(name) == b"photo"
    assert in_folder(folder) == []
    with pytest.raises(PhotoError, match="send the photo again"):
        folder.take(name)


def test_equal_uploads_share_nothing(folder):
    names = {send(folder) for _ in range(20)}
    assert len(names) == 20
    assert [folder.take(name) for name in names] == [b"photo"] * 20


def test_the_folder_and_what_is_in_it_are_private(folder):
    name = Path(send(folder))
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder.path, name.parent, name)]
    assert modes == [0o700, 0o700, 0o600]


def test_no_other_name_is_an_upload(folder, tmp_path, monkeypatch):
    """By whatever way it leads to a file: also to an upload by another spelling of its name."""
    name = Path(send(folder))
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(b"theirs")
    link = folder.path / "link"
    link.symlink_to(outside)
    link_in_upload = name.parent / "link"
    link_in_upload.symlink_to(outside)
    foreign = [
        outside,
        link,
        link_in_upload,
        folder.path,
        name.parent,
        "",
        ".",
        "..",
        "../..",
        name.name,
        f"{name}/",
    ]
    foreign += [f"{name.parent}/./{name.name}", f"{name.parent}/../{name.parent.name}/{name.name}"]
    foreign += [
        f"file://{name}",
        "http://127.0.0.1/a.jpg",
        f"{name}\x00",
        None,
        7,
        ["a"],
        {"path": str(name)},
    ]
    for other in foreign:
        named = str(other) if isinstance(other, Path) else other
        with pytest.raises(PhotoError):
            folder.take(named)
        assert not folder.claim(named)
    assert outside.read_bytes() == b"theirs"
    assert link.is_symlink()
    assert folder.take(str(name)) == b"photo"


def test_an_upload_that_has_become_a_link_is_not_followed(folder, tmp_path):
    name = Path(send(folder))
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(b"theirs")
    name.unlink()
    name.symlink_to(outside)
    assert folder.open(str(name)) is None
    with pytest.raises(PhotoError):
        folder.take(str(name))
    assert outside.read_bytes() == b"theirs"


def test_half_a_file_is_gone_at_once(folder):
    def break_off():
        with folder.receive() as arriving:
            arriving.write(b"half")
            assert len(in_folder(folder)) == 2
            raise ConnectionError

    with pytest.raises(ConnectionError):
        break_off()
    assert in_folder(folder) == []


def test_a_full_disk_leaves_nothing_and_later_uploads_are_taken(folder, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 6)
    first = send(folder, b"abcd")
    with pytest.raises(OSError, match="full"):
        send(folder, b"efgh")
    assert len(in_folder(folder)) == 2
    folder.take(first)
    assert folder.take(send(folder, b"efgh")) == b"efgh"


def test_at_most_so_many_are_kept_at_once(folder, monkeypatch):
    monkeypatch.setattr(module, "MOST_UPLOADS", 2)
    send(folder), send(folder)
    with pytest.raises(PhotoError, match="in a minute"):
        folder.receive()


def test_what_nobody_asks_for_is_swept_and_what_somebody_waits_for_is_not(folder, clock):
    forgotten, waited_for, claimed = send(folder), send(folder), send(folder)
    clock.now += UNCLAIMED_SECONDS - 1
    assert folder.claim(claimed)
    folder.sweep()
    assert len(in_folder(folder)) == 6
    clock.now += 2
    folder.sweep({waited_for})
    with pytest.raises(PhotoError):
        folder.take(forgotten)
    assert folder.take(waited_for) == folder.take(claimed) == b"photo"
    assert in_folder(folder) == []


def test_a_sweep_takes_whatever_else_lies_there_but_not_what_is_arriving(folder, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "theirs").write_bytes(b"theirs")
    (folder.path / "link").symlink_to(outside)
    (folder.path / "deep_links").mkdir()
    (folder.path / "deep_links" / "state.json").write_text("{}")
    (folder.path / "recording.mp4").write_bytes(b"video")
    with folder.receive() as arriving:
        arriving.write(b"half")
        folder.sweep()
        arriving.write(b" and half")
        name = arriving.keep()
    assert folder.take(name) == b"half and half"
    assert in_folder(folder) == []
    assert (outside / "theirs").read_bytes() == b"theirs"


def test_closing_leaves_nothing_and_may_be_done_twice(tmp_path):
    folder = UploadFolder(tmp_path)
    name = send(folder)
    folder.close()
    folder.close()
    assert list(tmp_path.iterdir()) == []
    for use in (folder.receive, lambda: folder.take(name)):
        with pytest.raises(PhotoError):
            use()


def test_a_folder_that_the_system_has_cleared_away_is_made_again(folder):
    folder.path.rmdir()
    assert folder.take(send(folder)) == b"photo"


def test_where_no_folder_can_be_made_the_place_and_what_to_do_are_said(tmp_path):
    with pytest.raises(DataError, match=r"missing.*TMPDIR"):
        UploadFolder(tmp_path / "missing")


def run(program: str, parent: Path) -> subprocess.Popen:
    command = [sys.executable, "-c", program, str(parent)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_a_process_that_ends_normally_leaves_nothing(tmp_path):
    program = run(MAKE_ONE_AND, tmp_path)
    assert program.wait(60) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="leftovers are told by locks, which Windows has not")
def test_a_start_removes_what_a_killed_process_left_and_nothing_of_a_living_one(tmp_path):
    """Nor what only looks like it: a link of that name, a file."""
    with (
        run(MAKE_ONE_AND + "time.sleep(600)", tmp_path) as living,
        run(MAKE_ONE_AND + "time.sleep(600)", tmp_path) as killed,
    ):
        in_use, left = Path(living.stdout.readline().strip()), Path(killed.stdout.readline().strip())
        killed.send_signal(signal.SIGKILL)
        killed.wait(60)
        assert left.exists()
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / "theirs").write_bytes(b"theirs")
        (tmp_path / f"{module.PREFIX}link").symlink_to(elsewhere)
        (tmp_path / f"{module.PREFIX}file").write_bytes(b"theirs")
        UploadFolder(tmp_path).close()
        assert not left.exists()
        assert len(list(in_use.rglob("photo*"))) == 1
        assert (tmp_path / f"{module.PREFIX}link" / "theirs").exists()
        assert (tmp_path / f"{module.PREFIX}file").exists()
        living.kill()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no child of a process shares its memory here")
def test_a_child_of_the_process_removes_nothing(folder):
    name = send(folder)
    child = os.fork()
    if child == 0:
        folder.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert folder.take(name) == b"photo"
