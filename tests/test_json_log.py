"""The log as JSON: one object a line, whoever writes, with no words of other libraries and none of a traceback."""

import io
import json
import logging
import sys
import threading
import traceback
import warnings

import pytest

from streetclip_demo.serve.hosting import Answered
from streetclip_demo.serve.json_log import Printed, log_as_json, log_request


@pytest.fixture
def written(monkeypatch):
    """What log_as_json has written, as objects; all that it changes is as it was afterwards."""
    root = logging.getLogger()
    before, level, raises = root.handlers[:], root.level, logging.raiseExceptions
    out = io.StringIO()
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, out)
    for holder in (sys, threading):
        monkeypatch.setattr(holder, "excepthook", holder.excepthook)
    log_as_json()
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    logging.captureWarnings(False)
    logging.raiseExceptions = raises
    root.handlers[:], root.level = before, level


def test_a_line_of_ours_has_its_words(written):
    logging.getLogger("streetclip_demo.serve").warning("The proxy is %s.", "not believed")
    (line,) = written()
    assert (line["level"], line["logger"], line["message"]) == (
        "warning",
        "streetclip_demo.serve",
        "The proxy is not believed.",
    )
    assert line["time"].endswith("+00:00")


def test_of_other_libraries_only_the_place_is_written(written):
    logging.getLogger("PIL.TiffImagePlugin").warning("tag %s is %r", 270, "secret")
    warnings.warn("secret label", stacklevel=1)
    lines = written()
    assert len(lines) == 2
    assert "secret" not in json.dumps(lines)
    assert "test_json_log.py:" in lines[0]["message"]


def test_what_is_printed_becomes_a_line():
    out = io.StringIO()
    printed = Printed(out, "stdout")
    print("* Running on local URL:  http://127.0.0.1:7860\n\n", end="", file=printed)
    print("half", end="", file=printed)
    print(" a line", file=printed)
    assert [json.loads(line)["message"] for line in out.getvalue().splitlines()] == [
        "* Running on local URL:  http://127.0.0.1:7860",
        "half a line",
    ]


def test_a_log_on_a_full_disk_holds_up_nobody(written, monkeypatch):
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

        def flush(self):
            self.write("")

    print("The page is up.", file=Printed(Full(), "stdout"), flush=True)
    monkeypatch.setattr(logging.getLogger().handlers[0], "stream", Full())
    logging.getLogger("streetclip_demo.serve").error("An upload could not be kept.")
    assert written() == []


def test_of_a_traceback_that_is_printed_nothing_is_written_but_that_there_was_one(clock):
    out = io.StringIO()
    printed = Printed(out, "stderr", clock)
    try:
        raise ValueError("secret\nand more\n  secrets")
    except ValueError:
        traceback.print_exc(file=printed)
    clock.now += 5
    print("The page is up.", file=printed)
    first, second = map(json.loads, out.getvalue().splitlines())
    assert (first["level"], "traceback" in first["message"]) == ("error", True)
    assert second["message"] == "The page is up."
    assert "secret" not in out.getvalue()


def test_a_thread_that_fails_is_a_line_without_its_words(written):
    def fail():
        raise ValueError("secret")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    (line,) = written()
    assert line["level"] == "error"
    assert "ValueError at" in line["message"]
    assert "secret" not in line["message"]


def test_a_request_is_a_line_of_its_kind_status_and_time(written):
    for number in range(50):  # none is left out, as it would be of errors
        log_request(Answered("upload", 200, 0.1234 + number))
    log_request(Answered("file", 200, 0.1))
    lines = written()
    assert len(lines) == 50
    assert {key: lines[0][key] for key in ("kind", "status", "seconds")} == {
        "kind": "upload",
        "status": 200,
        "seconds": 0.123,
    }
