"""Where things are kept, whoever runs the app, and what a killed process leaves behind."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from streetclip_demo.cache_folder import default_directory, made_whole, sweep_unfinished
from streetclip_demo.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows neither HOME nor locks of folders")


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


# Which folder


@pytest.fixture
def nameless(tmp_path, monkeypatch):
    """As a container that runs as a number: no HOME, no entry for the user, a folder for temporary files."""
    for name in ("STREETCLIP_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)

    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


@posix
def test_a_user_without_a_home_has_a_folder_of_his_own_among_temporary_files(nameless):
    folder = default_directory()
    assert folder.parent == nameless
    assert folder.stat().st_mode & 0o777 == 0o700
    assert default_directory() == folder


@posix
def test_a_folder_that_others_may_write_is_not_trusted(nameless):
    default_directory().chmod(0o777)
    with pytest.raises(UserError, match="only its owner may write"):
        default_directory()


@posix
def test_a_link_in_its_place_is_not_trusted(nameless, tmp_path):
    folder = default_directory()
    folder.rmdir()
    folder.symlink_to(tmp_path)
    with pytest.raises(UserError, match="only its owner may write"):
        default_directory()


@posix
def test_where_no_temporary_folder_is_either_one_sentence_says_so(nameless, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", "/proc/nowhere")
    with pytest.raises(UserError, match="STREETCLIP_CACHE"):
        default_directory()


@posix
def test_a_home_that_cannot_be_made_is_none(nameless, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: Path("/dev/null/home"))
    assert default_directory().parent == nameless


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root may become another user; CI is"
)
@pytest.mark.parametrize("home", [None, "/", "{}/another's"])
def test_a_user_that_is_only_a_number_has_a_folder(tmp_path, home):
    """What is kept, the hub's files among it, lies in a folder of its own; none is called "~"."""
    tmp_path.chmod(0o777)
    for parent in [*tmp_path.parents][:3]:
        parent.chmod(parent.stat().st_mode | 0o011)
    program = (
        "import os, pwd\nfrom streetclip_demo.surroundings import prepare\n"  # as itself, who may read Python
        "os.setgid(54321); os.setuid(54321)\nprepare()\nprint(os.environ['HF_HOME'])"
    )
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    (tmp_path / "another's").mkdir(mode=0o700)
    environment |= {"HOME": home.format(tmp_path)} if home else {}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout.strip() == str(tmp_path / "streetclip-demo-54321" / "huggingface"), done.stderr
    assert not (tmp_path / "~").exists()


# Whole or not at all


def test_a_folder_is_there_whole_or_not_at_all(kept):
    with made_whole(kept / "weights" / "a") as temporary:
        (temporary / "file").write_text("whole")
        assert not (kept / "weights" / "a").exists()
    assert (kept / "weights" / "a" / "file").read_text() == "whole"
    with pytest.raises(FileNotFoundError), made_whole(kept / "weights" / "b") as temporary:
        (temporary / "inner" / "file").write_text("half")
    assert [path.name for path in (kept / "weights").iterdir()] == ["a"]


def test_a_faster_process_wins(kept):
    with made_whole(kept / "weights" / "a") as slow:
        (slow / "file").write_text("slow")
        with made_whole(kept / "weights" / "a") as fast:
            (fast / "file").write_text("fast")
    assert (kept / "weights" / "a" / "file").read_text() == "fast"
    assert [path.name for path in (kept / "weights").iterdir()] == ["a"]


@posix
def test_what_a_killed_process_left_is_swept_and_what_a_living_one_makes_is_not(kept):
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom streetclip_demo.cache_folder import made_whole\n"
        "with made_whole(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'half').write_bytes(bytes(1000))\n    print('made', flush=True)\n    time.sleep(60)"
    )
    target = kept / "weights" / "a"
    processes = [
        subprocess.Popen([sys.executable, "-c", program, str(target)], cwd=ROOT, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in processes:
        process.stdout.readline()
    sweep_unfinished()
    assert len(list((kept / "weights").iterdir())) == 2
    processes[0].kill()
    processes[0].communicate()
    sweep_unfinished()
    assert len(list((kept / "weights").iterdir())) == 1
    processes[1].kill()
    processes[1].communicate()
    sweep_unfinished()
    assert not list((kept / "weights").iterdir())


def test_where_nothing_can_be_locked_age_tells(kept, monkeypatch):
    monkeypatch.setattr("streetclip_demo.cache_folder.fcntl", None)
    for name, hours in (("old", 25), ("young", 1)):
        folder = kept / "openvino" / f".{name}"
        folder.mkdir(parents=True)
        os.utime(folder, (time.time() - hours * 3600,) * 2)
    (kept / "openvino" / "whole").mkdir()
    sweep_unfinished()
    assert sorted(path.name for path in (kept / "openvino").iterdir()) == [".young", "whole"]
