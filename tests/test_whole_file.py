"""Files that are written whole or not at all: a disk that is full, links, pipes, permissions."""

import os
import resource
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from streetclip_demo.cli.whole_file import WholeFile, write_whole
from streetclip_demo.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
MOST_BYTES = 50_000  # for a file, in a process of a test: more is a disk that is full


@pytest.fixture
def older(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("older")
    return path


def run(program, *arguments, **options):
    """Run Python in a process whose files may not grow beyond MOST_BYTES."""

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES))

    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, preexec_fn=limit, capture_output=True, text=True, **options)


def test_the_older_file_stays_until_the_new_one_is_closed(older):
    file = WholeFile(older, "CSV file")
    file.write("new")
    assert older.read_text() == "older"
    file.close()
    assert older.read_text() == "new"
    assert os.listdir(older.parent) == ["table.csv"]


def test_what_is_given_up_leaves_the_older_file_and_nothing_beside_it(older):
    file = WholeFile(older, "CSV file")
    file.write("new")
    file.give_up()
    file.close()
    assert older.read_text() == "older"
    assert os.listdir(older.parent) == ["table.csv"]


@pytest.mark.parametrize("size", [MOST_BYTES + 1, 20 * MOST_BYTES])  # found by close, and by write
def test_on_a_full_disk_the_older_file_stays_and_one_sentence_says_so(older, size):
    program = """
import sys
from pathlib import Path
from streetclip_demo.errors import UserError
from streetclip_demo.cli.whole_file import write_whole
try:
    write_whole(Path(sys.argv[1]), "x" * int(sys.argv[2]), "CSV file")
except UserError as error:
    print(error)
"""
    answer = run(program, older, size)
    assert answer.stderr == ""
    assert answer.stdout == f"The CSV file cannot be written to {older}: File too large.\n"
    assert older.read_text() == "older"
    assert os.listdir(older.parent) == ["table.csv"]


def test_permissions_stay_and_a_new_file_has_the_usual_ones(older):
    older.chmod(0o640)
    write_whole(older, "new", "map")
    assert stat.S_IMODE(older.stat().st_mode) == 0o640
    usual, new = older.with_name("usual"), older.with_name("new")
    usual.write_text("")
    write_whole(new, "new", "map")
    assert new.stat().st_mode == usual.stat().st_mode


def test_a_link_stays_a_link(older, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.csv"
    link.symlink_to(older)
    write_whole(link, "new", "CSV file")
    assert link.is_symlink()
    assert older.read_text() == "new"


def test_a_link_to_what_is_not_there_yet_makes_it(tmp_path):
    link = tmp_path / "link.csv"
    link.symlink_to(tmp_path / "new.csv")
    write_whole(link, "new", "CSV file")
    assert link.is_symlink()
    assert (tmp_path / "new.csv").read_text() == "new"


def test_a_pipe_and_standard_output_are_written_as_they_are(tmp_path):
    program = (
        "import sys; from pathlib import Path; from streetclip_demo.cli.whole_file import write_whole\n"
        "write_whole(Path('/dev/stdout'), 'through', 'CSV file')"
    )
    assert run(program).stdout == "through"
    redirected = tmp_path / "out.csv"
    with redirected.open("w") as out:
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, stdout=out, check=True)
    assert redirected.read_text() == "through"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True)
    write_whole(pipe, "through", "CSV file")
    assert reader.communicate(timeout=20)[0] == "through"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_file_in_a_place_that_holds_no_other_is_written_as_it_is(older, monkeypatch):
    """In a folder that may not be written, a file may be; a test that runs as root is told so."""
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != older.parent)
    before = older.stat().st_ino
    write_whole(older, "new", "CSV file")
    assert older.read_text() == "new"
    assert older.stat().st_ino == before


def test_a_folder_that_is_gone_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match=r"^The map cannot be written to .*: No such file or directory\.$"):
        write_whole(tmp_path / "gone" / "map.html", "", "map")
