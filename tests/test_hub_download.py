"""What a hub, a mirror or a network can do to a download. The oracle is transformers' CLIPModel on the same files.

The stand-in hub answers as the hub does: redirects to another host, Xet for those that speak it, tokens, commits.
"""

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoints import copy_checkpoint, make_tiny_checkpoint, write_weights
from hub_fetch import NAME, ROOT, fetch_elsewhere, fetching, hub_environment
from hub_server import commit_of, hub, pull_request
from huggingface_hub import constants
from pictures import street
from transformers import CLIPModel, CLIPProcessor

from streetclip_demo.checkpoints.cards import model_card
from streetclip_demo.checkpoints.checkpoint import WEIGHTS, photographs
from streetclip_demo.model.encoder import load_encoder

CAPTIONS = ["A Street View photo in Japan.", "A Street View photo from Paris."]


@pytest.fixture
def caches(tmp_path, monkeypatch):
    """Nothing kept of another test: neither conversions nor the hub's files."""
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path / "kept"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "home" / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return tmp_path


def transformers_embeddings(folder):
    """What CLIPModel and CLIPProcessor make of a picture and captions, as the model card has it."""
    model, processor = CLIPModel.from_pretrained(folder), CLIPProcessor.from_pretrained(folder)
    inputs = processor(text=CAPTIONS, images=street(), return_tensors="pt", padding=True)
    with torch.no_grad():
        answer = model(**inputs)
    return np.concatenate([answer.image_embeds.numpy(), answer.text_embeds.numpy()])


def our_embeddings(source):
    encoder = load_encoder(model_card(source), device="cpu", precision="float32")
    return np.concatenate(
        [encoder.image_embeddings([street()]), encoder.caption_embeddings(CAPTIONS)]
    ), encoder


def assert_as_transformers(source, folder, revision):
    got, encoder = our_embeddings(source)
    assert np.abs(got - transformers_embeddings(folder)).max() < 1e-5
    assert encoder.revision == revision


# Whatever state the repository is in

FORMS = ("safetensors", "sharded safetensors", "bin", "sharded bin", "bin of the older form")


def in_form(tiny_checkpoint, folder, form):
    copy_checkpoint(tiny_checkpoint, folder)
    return folder if form == "safetensors" else write_weights(folder, form)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_weights_on_main_loads_as_transformers_loads_it(tiny_checkpoint, caches, form):
    source = in_form(tiny_checkpoint, caches / "source", form)
    with hub({NAME: source}) as server:
        got = fetch_elsewhere(caches / "home", server.url)
    assert got.get("revision") == commit_of(source), got
    assert_as_transformers(NAME, source, commit_of(source))


def test_photographs_of_its_own_repository_come_with_streetclip_as_far_as_they_are_there(
    tiny_checkpoint, caches
):
    source = copy_checkpoint(tiny_checkpoint, caches / "source")
    street(64, 48).save(source / "nagasaki.jpg")
    with hub({"geolocal/StreetCLIP": source}) as server:
        got = fetch_elsewhere(caches / "home", server.url, "streetclip")
        assert any(path.endswith("/sanfrancisco.jpeg") for path in server.asked)  # and it has none
    (found,) = photographs(model_card("streetclip"))
    assert found == Path(got["directory"]) / "nagasaki.jpg"
    assert found.read_bytes() == (source / "nagasaki.jpg").read_bytes()


@pytest.mark.parametrize("form", FORMS[1:])
def test_a_cloned_folder_loads_as_transformers_loads_it(tiny_checkpoint, caches, form):
    folder = in_form(tiny_checkpoint, caches / "clone", form)
    got, encoder = our_embeddings(folder)
    assert np.abs(got - transformers_embeddings(folder)).max() < 1e-5
    assert encoder.revision.startswith("sha256:")


@pytest.mark.parametrize(
    ("author", "status"), [("SFconvertbot", "open"), ("SFconvertbot", "closed"), ("someone", "open")]
)
def test_a_pull_request_of_third_parties_changes_nothing(tiny_checkpoint, caches, author, status):
    """As StreetCLIP's own repository is: a pickle on main, safetensors in an open pull request."""
    main = in_form(tiny_checkpoint, caches / "main", "bin")
    other = make_tiny_checkpoint(caches / "other", seed=1)
    offers = [pull_request(7, author, status, NAME)]
    with hub({NAME: main}, discussions=offers, revisions={"refs/pr/7": other}) as server:
        got = fetch_elsewhere(caches / "home", server.url)
        assert got.get("revision") == commit_of(main), got
        assert not any("discussions" in path for path in server.asked)
    assert_as_transformers(NAME, main, commit_of(main))


@pytest.mark.parametrize("status", [404, 403, 501])
def test_a_mirror_that_has_nothing_but_files_is_enough(tiny_checkpoint, caches, status):
    source = in_form(tiny_checkpoint, caches / "source", "bin")
    with hub({NAME: source}, api_status=status, is_plain=True, redirects=False) as server:
        assert fetch_elsewhere(caches / "home", server.url).get("revision") == commit_of(source)


def test_a_private_model_comes_with_a_token_that_no_other_host_sees(tiny_checkpoint, tmp_path):
    with hub({NAME: tiny_checkpoint}, token="hf_secret") as server:
        refused = fetch_elsewhere(tmp_path / "home", server.url)
        assert "the hub has no model someone/their-clip that is public" in refused["error"]
        got = fetch_elsewhere(tmp_path / "home", server.url, HF_TOKEN="hf_secret")
        assert got.get("revision") == commit_of(tiny_checkpoint), got
        elsewhere = [headers for _, path, headers in server.requests if path.startswith("cdn/")]
        assert elsewhere
        assert not any("Authorization" in headers for headers in elsewhere)


def test_a_refused_token_is_said(tiny_checkpoint, tmp_path):
    with hub({NAME: tiny_checkpoint}) as server:
        got = fetch_elsewhere(tmp_path, server.url, HF_TOKEN="hf_expired")
    assert "refused your access token (status 401)" in got["error"]
    assert "hf auth logout" in got["error"]


def test_the_cache_that_transformers_has_left_serves_without_a_network(tiny_checkpoint, caches):
    """Pickled weights in main's snapshot, and safetensors alone in that of a pull request."""
    main = in_form(tiny_checkpoint, caches / "main", "bin")
    offers = [pull_request(7, "SFconvertbot", "open", NAME)]
    program = (
        "import threading\nfrom transformers import CLIPModel, CLIPProcessor\n"
        f"CLIPModel.from_pretrained({NAME!r}); CLIPProcessor.from_pretrained({NAME!r})\n"
        "[one.join() for one in threading.enumerate() if 'auto_conversion' in one.name]\n"
        # What that thread fetches, which it may not have come to
        f"from huggingface_hub import hf_hub_download as get; get({NAME!r}, {WEIGHTS!r}, revision='refs/pr/7')"
    )
    with hub({NAME: main}, discussions=offers, revisions={"refs/pr/7": tiny_checkpoint}) as server:
        environment = hub_environment(caches / "home", server.url, HF_HUB_DISABLE_XET="1")
        subprocess.run([sys.executable, "-c", program], env=environment, cwd=ROOT, check=True, timeout=120)
    snapshots = {path.name: path for path in (caches / "home" / "hub").glob("models--*/snapshots/*")}
    assert (snapshots[commit_of(main)] / "pytorch_model.bin").exists()
    alone = {path.name for path in snapshots[commit_of(tiny_checkpoint)].iterdir()}
    assert alone == {WEIGHTS}
    for environment in ({}, {"HF_HUB_OFFLINE": "1"}):
        got = fetch_elsewhere(caches / "home", "http://127.0.0.1:9", **environment)
        assert got.get("revision") == commit_of(main), got
    assert_as_transformers(NAME, main, commit_of(main))


def test_an_index_that_names_a_file_elsewhere_is_refused(tiny_checkpoint, tmp_path):
    source = write_weights(copy_checkpoint(tiny_checkpoint, tmp_path / "source"), "sharded bin")
    (source / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": {"a": "../../a.bin"}}))
    with hub({NAME: source}) as server:
        assert "lacks files that its" in fetch_elsewhere(tmp_path / "home", server.url)["error"]


# Breaks


def test_nothing_goes_to_xet_or_tells_of_this_machine(tiny_checkpoint, tmp_path):
    with hub({NAME: tiny_checkpoint}) as server:
        assert "revision" in fetch_elsewhere(tmp_path, server.url)
        assert any(path.startswith("cdn/") for path in server.asked)
        assert not any(path.startswith(("xet/", "api/models/", "api/agent")) for path in server.asked)
        assert not any("torch" in headers.get("User-Agent", "") for _, _, headers in server.requests)


def test_a_download_that_was_killed_goes_on_where_it_was(tiny_checkpoint, tmp_path):
    home = tmp_path / "home"
    with hub({NAME: tiny_checkpoint}, seconds_a_chunk=0.2) as server:
        process = fetching(home, server.url)
        parts = home / "hub" / f"models--{NAME.replace('/', '--')}" / "blobs"
        deadline = time.monotonic() + 60
        while not any(path.stat().st_size >= 1 << 16 for path in parts.glob("*.part")):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        (part,) = parts.glob("*.part")
        arrived = part.stat().st_size
        assert 0 < arrived < (tiny_checkpoint / WEIGHTS).stat().st_size
        server.requests.clear()
        server.settings.seconds_a_chunk = 0
        got = fetch_elsewhere(home, server.url)
        ranges = [headers["Range"] for _, path, headers in server.requests if "Range" in headers]
    assert ranges[0] == f"bytes={arrived}-"
    assert (Path(got["directory"]) / WEIGHTS).read_bytes() == (tiny_checkpoint / WEIGHTS).read_bytes()
    assert not list(parts.glob("*.part"))
    done, total = got["steps"][0]
    assert arrived < done <= total  # it begins with what the first run has left
    assert all(one[0] <= other[0] for one, other in zip(got["steps"], got["steps"][1:], strict=False))


def test_a_server_that_sends_all_again_does_not_spoil_the_file(tiny_checkpoint, tmp_path):
    folder = tmp_path / "home" / "hub" / f"models--{NAME.replace('/', '--')}" / "blobs"
    folder.mkdir(parents=True)
    with hub({NAME: tiny_checkpoint}, ignores_ranges=True) as server:
        etag = hashlib.sha256((tiny_checkpoint / WEIGHTS).read_bytes()).hexdigest()
        (folder / f"{etag}.part").write_bytes(b"something else")
        got = fetch_elsewhere(tmp_path / "home", server.url)
    assert (Path(got["directory"]) / WEIGHTS).read_bytes() == (tiny_checkpoint / WEIGHTS).read_bytes()


def test_a_file_that_arrives_damaged_is_not_kept(tiny_checkpoint, tmp_path):
    with hub({NAME: tiny_checkpoint}, damages=True) as server:
        got = fetch_elsewhere(tmp_path / "home", server.url)
        assert f"{WEIGHTS} arrived damaged" in got["error"]
        server.settings.damages = False
        assert "revision" in fetch_elsewhere(tmp_path / "home", server.url)


def test_what_others_left_unfinished_long_ago_is_deleted(tiny_checkpoint, tmp_path):
    blobs = tmp_path / "home" / "hub" / f"models--{NAME.replace('/', '--')}" / "blobs"
    blobs.mkdir(parents=True)
    for name in ("0.1.incomplete", "0.part", "1.1.incomplete"):
        (blobs / name).write_bytes(b"half")
    for name in ("0.1.incomplete", "0.part"):
        os.utime(blobs / name, (time.time() - 2 * 86400,) * 2)
    with hub({NAME: tiny_checkpoint}) as server:
        fetch_elsewhere(tmp_path / "home", server.url)
    assert [path.name for path in blobs.iterdir() if len(path.name) < 20] == ["1.1.incomplete"]


@pytest.mark.parametrize("how", ["cuts", "resets"])
def test_a_connection_that_breaks_is_made_again(tiny_checkpoint, tmp_path, how):
    size = (tiny_checkpoint / WEIGHTS).stat().st_size
    with hub({NAME: tiny_checkpoint}, cut_after=size // 2 + 1, resets=how == "resets") as server:
        got = fetch_elsewhere(tmp_path / "home", server.url)
        ranges = [headers["Range"] for _, path, headers in server.requests if "Range" in headers]
    assert (Path(got["directory"]) / WEIGHTS).read_bytes() == (tiny_checkpoint / WEIGHTS).read_bytes()
    assert ranges  # what arrived was not asked for again
    assert "bytes=0-" not in ranges
    assert all(one[0] <= other[0] for one, other in zip(got["steps"], got["steps"][1:], strict=False))


def test_what_is_longer_than_the_file_is_fetched_anew(tiny_checkpoint, tmp_path):
    folder = tmp_path / "home" / "hub" / f"models--{NAME.replace('/', '--')}" / "blobs"
    folder.mkdir(parents=True)
    weights = (tiny_checkpoint / WEIGHTS).read_bytes()
    (folder / f"{hashlib.sha256(weights).hexdigest()}.part").write_bytes(weights + b"more")
    with hub({NAME: tiny_checkpoint}) as server:
        got = fetch_elsewhere(tmp_path / "home", server.url)
    assert (Path(got["directory"]) / WEIGHTS).read_bytes() == weights


# Slow and silent


def elsewhere(tiny_checkpoint, home, address, **environment):
    """What is said where the hub answers, and the host that it leads to for large files is `address`."""
    with hub({NAME: tiny_checkpoint}) as server:
        server.cdn = address
        return fetch_elsewhere(home, server.url, **environment)


def test_a_host_of_large_files_that_says_nothing_is_given_up_at_once(tiny_checkpoint, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        got = elsewhere(tiny_checkpoint, tmp_path, address, HF_HUB_DOWNLOAD_TIMEOUT="1")
        silent.settimeout(0.2)
        silent.accept()
        with pytest.raises(TimeoutError):  # nobody has asked again
            silent.accept()
    assert "the connection to" in got["error"]
    assert "broke (ReadTimeout). Start again; what has arrived is kept" in got["error"]


def test_a_host_of_large_files_that_accepts_nothing_is_said(tiny_checkpoint, tmp_path):
    got = elsewhere(tiny_checkpoint, tmp_path, "http://127.0.0.1:9")
    assert "broke (ConnectError). Start again; what has arrived is kept" in got["error"]


# The hub itself


def test_a_hub_that_takes_seconds_to_answer_is_reachable(tiny_checkpoint, tmp_path):
    with hub({NAME: tiny_checkpoint}, delay=2.5) as server:
        assert fetch_elsewhere(tmp_path, server.url).get("revision") == commit_of(tiny_checkpoint)


def test_how_long_the_hub_may_take_is_its_own_setting(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and then says nothing
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        got = fetch_elsewhere(tmp_path, address, HF_HUB_ETAG_TIMEOUT="1")
    assert "cannot be reached (no answer within 1 s)" in got["error"]


def assert_soon(got):
    assert "cannot be reached (it gives no answer)" in got["error"]
    assert got["seconds"] < 8  # on a busy machine; by the hub's own patience 10 s and more


def test_a_name_that_is_looked_up_for_long_fails_soon(tmp_path):
    slow = "import socket, time\nsocket.getaddrinfo = lambda *_, **__: time.sleep(20)\n"
    assert_soon(fetch_elsewhere(tmp_path, "http://somewhere.invalid", prelude=slow))


# Proxies


def test_a_proxy_that_is_not_there_is_named_without_its_password(tmp_path):
    got = fetch_elsewhere(
        tmp_path, "http://hub.invalid", http_proxy="http://me:secret@127.0.0.1:9", no_proxy="localhost"
    )
    assert "hub.invalid cannot be reached through the proxy http://127.0.0.1:9" in got["error"]
    assert "secret" not in got["error"]
    assert "--model FOLDER" in got["error"]


WITHOUT_SOCKS = "import sys\nsys.modules['socksio'] = None\n"


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        (
            "socks5://me:secret@127.0.0.1:9",
            "speaks SOCKS, for which a package is missing. Install it with pip",
        ),
        ("gopher://127.0.0.1:9", "cannot be used: expected an address that begins with http://, https://"),
    ],
)
def test_a_proxy_that_cannot_be_spoken_to_is_our_sentence(tmp_path, proxy, said):
    got = fetch_elsewhere(tmp_path, "http://hub.invalid", prelude=WITHOUT_SOCKS, ALL_PROXY=proxy)
    assert got["error"].startswith("someone/their-clip is not on this machine. The proxy ")
    assert said in got["error"]
    assert "secret" not in got["error"]
    assert got["error"].endswith("give it with --model FOLDER.")


def test_a_proxy_that_wants_a_password_is_said(tiny_checkpoint, tmp_path):
    with hub({NAME: tiny_checkpoint}, files="proxy") as server:
        got = fetch_elsewhere(tmp_path, "http://hub.invalid", http_proxy=server.url)
    assert "asks for a name and a password" in got["error"]
