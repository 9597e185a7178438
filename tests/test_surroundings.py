"""What other libraries read at their import: nothing is sent, loopback goes through no proxy, folders are found."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from server_process import free_port

from streetclip_demo.errors import UserError
from streetclip_demo.surroundings import SILENCE, prepare, prepare_page, without_password

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """An environment without proxies, in which the hub's folders are not chosen; restored after the test."""
    before = dict(os.environ)
    names = [name for name in os.environ if name.upper().endswith("_PROXY") or name.startswith("HF_")]
    for name in [*names, "XDG_CACHE_HOME"]:
        os.environ.pop(name, None)
    yield tmp_path
    os.environ.clear()
    os.environ.update(before)


def test_nothing_is_told_of_this_machine(bare):
    prepare()
    assert SILENCE.items() <= os.environ.items()
    program = (
        "from streetclip_demo.surroundings import prepare\nprepare()\nimport json\n"
        "from huggingface_hub import constants as c\nfrom huggingface_hub.utils import build_hf_headers\n"
        "print(json.dumps([c.HF_HUB_DISABLE_TELEMETRY, c.HF_HUB_DISABLE_XET, build_hf_headers()['user-agent']]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    is_silent, without_xet, agent = json.loads(done.stdout)
    assert is_silent
    assert without_xet
    assert "torch" not in agent


def test_the_settings_of_xet_are_ones_that_it_reads():
    """Its library has no list of them; their names stand in the binary."""
    xet = pytest.importorskip("hf_xet")
    (binary,) = Path(xet.__file__).parent.glob("*.so")
    content = binary.read_bytes()
    assert all(name.encode() in content for name in SILENCE if name.startswith("HF_XET"))


def test_a_chosen_folder_of_the_hub_stays(bare):
    os.environ["HF_HUB_CACHE"] = "/chosen"
    prepare()
    assert "HF_HOME" not in os.environ


def test_a_home_that_can_be_written_keeps_the_hubs_files(bare):
    os.environ["HOME"] = str(bare)
    prepare()
    assert "HF_HOME" not in os.environ


def test_a_home_that_cannot_be_written_does_not(bare):
    os.environ |= {"HOME": "/dev/null", "STREETCLIP_CACHE": str(bare)}
    prepare()
    assert os.environ["HF_HOME"] == str(bare / "huggingface")


def test_loopback_goes_through_no_proxy(bare):
    os.environ |= {"http_proxy": "http://proxy.example:3128", "no_proxy": "intern.example,localhost"}
    prepare_page("192.0.2.7")
    assert os.environ["no_proxy"] == "intern.example,localhost,127.0.0.1,::1,192.0.2.7"
    assert os.environ["http_proxy"] == "http://proxy.example:3128"


def test_the_command_line_asks_loopback_through_no_proxy_either(bare):
    os.environ |= {"ALL_PROXY": "http://proxy.example:3128"}
    prepare()
    assert os.environ["no_proxy"] == "localhost,127.0.0.1,::1"


def test_without_a_proxy_nothing_is_set(bare):
    prepare_page()
    assert "no_proxy" not in os.environ


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("socks5://u:secret@proxy.example:1080", "pip install socksio"),
        ("gopher://u:secret@proxy.example", "expected an address that begins with http://"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_one_sentence(bare, monkeypatch, address, said):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    os.environ["ALL_PROXY"] = address
    with pytest.raises(UserError, match=said) as error:
        prepare_page()
    assert "secret" not in str(error.value)
    assert "proxy.example" in str(error.value)


def test_an_address_without_a_password_stays():
    assert without_password("http://proxy.example:3128") == "http://proxy.example:3128"


def started(*arguments, **environment):
    return subprocess.Popen(
        [sys.executable, "app.py", *arguments], cwd=ROOT, env={**os.environ, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_the_page_starts_behind_a_proxy_that_does_not_answer(bare):
    port = free_port()
    proxies = {
        "http_proxy": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "no_proxy": "localhost",
    }
    process = started("--model", "practice", "--port", str(port), **proxies)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + 90
    try:
        while True:
            try:
                assert opener.open(f"http://127.0.0.1:{port}/", timeout=5).status == 200
                break
            except OSError:
                assert time.monotonic() < deadline
                assert process.poll() is None, process.communicate()[1]
                time.sleep(0.5)
    finally:
        process.kill()
        _, console = process.communicate()
    assert "Traceback" not in console


def test_the_page_says_in_one_line_that_a_proxy_cannot_be_used(bare):
    process = started(ALL_PROXY="gopher://proxy.example")
    _, console = process.communicate(timeout=60)
    assert process.returncode == 2
    assert len(console.strip().splitlines()) == 1
    assert "gopher://proxy.example" in console


@pytest.mark.parametrize("address", ["http://[::1", "huggingface.example", "ftp://hub.example", "http://"])
def test_an_address_of_a_hub_that_is_none_is_a_sentence(monkeypatch, address):
    monkeypatch.setenv("HF_ENDPOINT", address)
    with pytest.raises(UserError, match="expected a hub's address"):
        prepare()
