"""scripts/audit.sh with a stand-in for the vulnerability service: no data is no clean bill."""

import contextlib
import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NAME = {"name": "a-package-of-a-test", "ecosystem": "PyPI"}
BUG = {"id": "PYSEC-1", "details": "", "affected": [{"package": NAME, "ranges": [], "versions": ["1.0"]}]}


@contextlib.contextmanager
def service(answer):
    """A server that gives each question of OSV's protocol this answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200 if answer is not None else 503)
            self.end_headers()
            self.wfile.write(json.dumps(answer or {}).encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1/query"
    server.shutdown()
    server.server_close()


@pytest.fixture
def audit(tmp_path):
    """`audit(url)` asks the service there about one package."""
    file = tmp_path / "requirements.txt"
    file.write_text("a-package-of-a-test==1.0\n")

    def run(url):
        options = [
            "-r",
            file,
            "--no-deps",
            "--disable-pip",
            "--vulnerability-service",
            "osv",
            "--osv-url",
            url,
        ]
        return subprocess.run([ROOT / "scripts/audit.sh", *options], capture_output=True, text=True)

    return run


def one_sentence(answer):
    return len(answer.stderr.splitlines()) == 1 and answer.stderr.startswith("Not audited: ")


def test_a_service_that_is_not_reached_is_no_success(audit):
    answer = audit("http://127.0.0.1:9/v1/query")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert one_sentence(answer)


def test_a_service_that_fails_is_no_success(audit):
    with service(None) as url:
        answer = audit(url)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert one_sentence(answer)


def test_a_service_that_knows_of_nothing_is_a_success(audit):
    with service({}) as url:
        answer = audit(url)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout == "No vulnerability is known in 1 packages.\n"


def test_what_the_service_knows_of_is_listed(audit):
    with service({"vulns": [BUG]}) as url:
        answer = audit(url)
    assert answer.returncode == 1
    assert answer.stdout == "a-package-of-a-test 1.0: PYSEC-1\n"
