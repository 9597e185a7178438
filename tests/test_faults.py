"""What a machine does to the app: a disk that fills up or may only be read, an end in the middle, a clock that jumps.

docs/operations.md has the table of what is seen of each. Real file systems where this system lets a test mount them.
"""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from asgi import answer_of, receiving, scope_of
from starlette.applications import Starlette

from streetclip_demo.cache_folder import sweep_unfinished
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.upload_routes import UploadRoutes
from streetclip_demo.page.frame.uploads import UNCLAIMED_SECONDS, UploadFolder

ROOT = Path(__file__).resolve().parent.parent
DAY = 86_400
MOUNTING = ["unshare", "--user", "--map-root-user", "--mount"]


@pytest.fixture
def folder(tmp_path):
    made = UploadFolder(tmp_path)
    yield made
    made.close()


# Disks that are full, and disks that may only be read


# Each part prints what it met; $DISK is a file system of 256 KB that is full, or may only be read.
ON_DISK = """
import json, os, sys
from pathlib import Path
import numpy as np
from streetclip_demo.cache_folder import made_whole, sweep_unfinished
from streetclip_demo.cli.whole_file import write_whole
from streetclip_demo.errors import UserError
from streetclip_demo.model.caption_cache import CaptionCache
from streetclip_demo.page.frame.uploads import UploadFolder

disk = Path(os.environ["DISK"])
os.environ["STREETCLIP_CACHE"] = str(disk)
met = {}

def encode(captions, progress=None):
    rows = np.random.default_rng(1).normal(size=(len(captions), 512)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)

cache = CaptionCache(encode, "model", 512)
met["captions"] = len(cache([f"caption {n}" for n in range(400)])), cache.note
try:
    with made_whole(disk / "weights" / "a") as new:
        (new / "weights").write_bytes(bytes(2**20))
except OSError as error:
    met["weights"] = error.strerror, os.path.exists(disk / "weights" / "a")
try:
    write_whole(disk / "table.csv", "x" * 2**20, "CSV file")
except UserError as error:
    met["table"] = str(error), (disk / "table.csv").read_text()
try:
    uploads = UploadFolder(disk)
    with uploads.receive() as arriving:
        arriving.write(bytes(2**20))
        arriving.keep()
except UserError as error:
    met["uploads"] = str(error), []
except OSError as error:
    met["uploads"] = error.strerror, [str(path) for path in uploads.path.glob("*/*")]
sweep_unfinished()
print(json.dumps(met))
"""


def on_disk(tmp_path, ending):
    """What the program above meets on a small file system, after a command of the shell."""
    disk = tmp_path / "disk"
    disk.mkdir()
    (tmp_path / "program.py").write_text(textwrap.dedent(ON_DISK))
    mount = 'mount -t tmpfs -o size=256k tmpfs "$DISK" && echo older >"$DISK/table.csv"'
    if not shutil.which("unshare") or subprocess.run([*MOUNTING, "true"], capture_output=True).returncode:
        pytest.skip("no leave to mount a file system here")
    done = subprocess.run(
        [*MOUNTING, "sh", "-c", f'{mount} && {ending} && exec "$PYTHON" "$PROGRAM"'],
        cwd=ROOT,
        env=os.environ
        | {"DISK": str(disk), "PYTHON": sys.executable, "PROGRAM": str(tmp_path / "program.py")}
        | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_full_disk_costs_no_answer_leaves_no_half_and_is_told(tmp_path):
    met = on_disk(tmp_path, "true")
    count, note = met["captions"]
    assert count == 400
    assert "full" in note
    assert "STREETCLIP_CACHE" in note
    assert met["weights"] == ["No space left on device", False]
    said, table = met["table"]
    assert "CSV file cannot be written" in said
    assert "No space left" in said
    assert table == "older\n"
    assert met["uploads"] == ["No space left on device", []]


def test_a_disk_that_may_only_be_read_costs_no_answer_and_is_told(tmp_path):
    met = on_disk(tmp_path, 'mount -o remount,ro "$DISK"')
    count, note = met["captions"]
    assert count == 400
    assert "STREETCLIP_CACHE" in note
    assert met["weights"] == ["Read-only file system", False]
    assert "CSV file cannot be written" in met["table"][0]
    assert met["table"][1] == "older\n"
    assert "TMPDIR" in met["uploads"][0]


@pytest.mark.parametrize(
    ("number", "said"),
    [(errno.ENOSPC, "no space left"), (errno.EDQUOT, "no space left"), (errno.EROFS, "cannot write uploads")],
)
def test_an_upload_that_cannot_be_kept_is_a_sentence_and_a_line_of_the_log(
    folder, monkeypatch, caplog, number, said
):
    def refuse(self, data):
        raise OSError(number, os.strerror(number), "/a/path/of/the/server")

    monkeypatch.setattr("streetclip_demo.page.frame.uploads.Arriving.write", refuse)
    form = b'--a\r\nContent-Disposition: form-data; name="files"; filename="secret.png"\r\n\r\nx\r\n--a--\r\n'
    headers = [(b"content-type", b"multipart/form-data; boundary=a")]
    app = Starlette(routes=UploadRoutes(folder, 10**6).routes())
    status, _, body = answer_of(app, scope_of("/gradio_api/upload", "POST", headers=headers), receiving(form))
    assert (status, said in body.decode()) == (507, True)
    (line,) = [one.getMessage() for one in caplog.records]
    assert line == f"An upload could not be kept: {os.strerror(number)}."
    assert [path for path in folder.path.rglob("*") if path.is_file()] == []


# Ended in the middle


KILLED = """
import os, signal, sys
from pathlib import Path
from streetclip_demo.cli.whole_file import WholeFile
file = WholeFile(Path(sys.argv[1]), "CSV file")
for _ in range(100):
    file.write("half a line " * 1000)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_table_that_was_half_written_when_the_process_was_killed_is_the_older_one(tmp_path):
    (tmp_path / "table.csv").write_text("older\n")
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "table.csv")], cwd=ROOT)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / "table.csv").read_text() == "older\n"


# A clock that jumps


@pytest.fixture(params=[DAY, -DAY], ids=["forward", "back"])
def jumped(request, monkeypatch):
    """The time of day jumps when this is called; the files' own times stay."""
    real = time.time

    def jump():
        monkeypatch.setattr(time, "time", lambda: real() + request.param)

    return jump


def request_of(session):
    class Request:
        session_hash = session
        client = None

    return Request()


def test_nobody_who_is_here_is_forgotten(jumped):
    kept = Kept()
    visitor = kept.visitor(request_of("a"))
    jumped()
    assert kept.sweep() == 0
    assert kept.visitor(request_of("a")) is visitor


def test_an_upload_is_neither_lost_nor_kept_for_ever(tmp_path, jumped):
    now = [1000.0]
    uploads = UploadFolder(tmp_path, clock=lambda: now[0])
    real = UploadFolder(tmp_path)
    names = []
    for folder in (uploads, real):
        with folder.receive() as arriving:
            arriving.write(b"photo")
            names.append(arriving.keep())
    jumped()
    for folder, name in zip((uploads, real), names, strict=True):
        folder.sweep()
        assert folder.claim(name)
    now[0] += UNCLAIMED_SECONDS + 1
    uploads.sweep()
    assert not uploads.claim(names[0])
    uploads.close()
    assert real.take(names[1]) == b"photo"
    real.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no locks of folders")
def test_what_another_process_makes_is_not_swept(tmp_path, monkeypatch, jumped):
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path))
    program = (
        "import sys\nfrom pathlib import Path\nfrom streetclip_demo.cache_folder import made_whole\n"
        "with made_whole(Path(sys.argv[1])):\n    print('made', flush=True)\n    sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "weights" / "a")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        (made,) = (tmp_path / "weights").iterdir()
        os.utime(made, (time.time() - 3600,) * 2)
        jumped()
        sweep_unfinished()
        assert made.is_dir()
        process.stdin.close()
    assert [path.name for path in (tmp_path / "weights").iterdir()] == ["a"]
