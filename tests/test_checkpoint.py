"""Fetching a checkpoint: from a folder, the hub's local cache, a hub on this machine, and with no network at all.

What speaks to a hub runs in a process of its own, since HF_ENDPOINT and HF_HOME are read once, at import.
"""

import shutil
import sys
from pathlib import Path

import pytest
import torch
import yaml
from checkpoints import copy_checkpoint, write_weights
from hub_fetch import NAME, fetch_elsewhere
from hub_server import commit_of, hub
from safetensors.torch import load_file, save_file

from streetclip_demo.checkpoints.cards import model_card
from streetclip_demo.checkpoints.checkpoint import WEIGHTS, fetch, folder_revision
from streetclip_demo.errors import ModelError

ROOT = Path(__file__).resolve().parent.parent


# Folders


def test_a_folders_revision_follows_its_weights_and_configuration(tiny_checkpoint, tmp_path):
    revision = folder_revision(tiny_checkpoint)
    assert revision.startswith("sha256:")
    assert len(revision) == 7 + 12
    assert folder_revision(copy_checkpoint(tiny_checkpoint, tmp_path / "same")) == revision
    assert folder_revision(copy_checkpoint(tiny_checkpoint, tmp_path / "config", extra=1)) != revision
    for name in ("logit_scale", "text_model.encoder.layers.1.mlp.fc1.weight"):
        other = copy_checkpoint(tiny_checkpoint, tmp_path / name)
        weights = load_file(other / WEIGHTS)
        weights[name] += 1e-3
        save_file(weights, other / WEIGHTS, metadata={"format": "pt"})
        assert folder_revision(other) != revision, name


def test_a_model_folder_of_the_hubs_cache_is_understood(tiny_checkpoint, tmp_path):
    """What is copied from another machine may be the folder above the snapshot."""
    model = tmp_path / "models--someone--their-clip"
    copy_checkpoint(tiny_checkpoint, model / "snapshots" / "abc")
    copy_checkpoint(tiny_checkpoint, model / "snapshots" / "zzz", without=("*.safetensors",))
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text("abc")
    assert fetch(model_card(model)).directory == model / "snapshots" / "abc"
    shutil.rmtree(model / "refs")
    shutil.rmtree(model / "snapshots" / "zzz")
    assert fetch(model_card(model)).directory == model / "snapshots" / "abc"


def test_links_copied_without_their_files_are_said(tiny_checkpoint, tmp_path):
    snapshot = copy_checkpoint(tiny_checkpoint, tmp_path / "snapshot", without=(WEIGHTS,))
    (snapshot / WEIGHTS).symlink_to("../../blobs/0123")
    with pytest.raises(ModelError, match="cp -rL") as error:
        fetch(model_card(snapshot))
    assert f"{WEIGHTS} in {snapshot} are links to files that are not there" in str(error.value)


# A hub that answers


def test_a_download_is_whole_named_by_its_commit_and_shows_progress(tiny_checkpoint, tmp_path):
    source = copy_checkpoint(tiny_checkpoint, tmp_path / "source")
    (source / "pytorch_model.bin").write_bytes(b"pickled")
    (source / "photo.jpg").write_bytes(b"a sample")
    with hub({NAME: source}) as server:
        got = fetch_elsewhere(tmp_path / "home", server.url)
        assert got["revision"] == commit_of(source)
        assert Path(got["directory"]).name == commit_of(source)
        names = {path.name for path in Path(got["directory"]).iterdir()}
        assert names == {path.name for path in tiny_checkpoint.iterdir()}  # no pickles, no photos
        assert (Path(got["directory"]) / WEIGHTS).read_bytes() == (tiny_checkpoint / WEIGHTS).read_bytes()
        total = sum(path.stat().st_size for path in tiny_checkpoint.iterdir())
        assert got["steps"][-1] == [total, total]
        assert "100%" in got["console"]
        assert not got["torch"]
        server.asked.clear()
        again = fetch_elsewhere(tmp_path / "home", server.url)
        assert again["directory"] == got["directory"]
        assert server.asked == []  # the local copy comes first, without a question


def test_a_downloaded_model_needs_no_network(tiny_checkpoint, tmp_path):
    with hub({NAME: tiny_checkpoint}) as server:
        got = fetch_elsewhere(tmp_path / "home", server.url)
    for environment in ({}, {"HF_HUB_OFFLINE": "1"}):
        again = fetch_elsewhere(tmp_path / "home", "http://127.0.0.1:9", **environment)
        assert again["directory"] == got["directory"]
        assert again["revision"] == commit_of(tiny_checkpoint)


def test_a_broken_download_is_said_and_then_completed(tiny_checkpoint, tmp_path):
    with hub({NAME: tiny_checkpoint}, cut_after=0) as server:
        got = fetch_elsewhere(tmp_path / "home", server.url)
        assert "could not be downloaded" in got["error"]
        assert "--model FOLDER" in got["error"]
        server.settings.cut_after = None
        assert fetch_elsewhere(tmp_path / "home", server.url)["revision"] == commit_of(tiny_checkpoint)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("gated", "is gated. Accept its terms on"),
        ("missing", "the hub has no model someone/their-clip that is public"),
        ("busy", "with status 503"),
    ],
)
def test_what_the_hub_refuses_is_said(tmp_path, state, said):
    with hub({NAME: state}) as server:
        assert said in fetch_elsewhere(tmp_path, server.url)["error"]


def test_files_that_are_gated_behind_an_open_listing_are_said(tiny_checkpoint, tmp_path):
    """As the hub does it: anyone may list a gated model, nobody may download it without having agreed."""
    with hub({NAME: tiny_checkpoint}, files="gated") as server:
        assert "is gated. Accept its terms on" in fetch_elsewhere(tmp_path, server.url)["error"]


def test_a_connection_that_goes_without_an_answer_is_said(tiny_checkpoint, tmp_path):
    with hub({NAME: tiny_checkpoint}, files="gone") as server:
        got = fetch_elsewhere(tmp_path, server.url)
    assert "cannot be reached (Server disconnected without sending a response)" in got["error"]


def test_another_architecture_on_the_hub_is_said(tiny_checkpoint, tmp_path):
    source = copy_checkpoint(tiny_checkpoint, tmp_path / "source", model_type="siglip")
    with hub({NAME: source}) as server:
        assert "got 'siglip'" in fetch_elsewhere(tmp_path / "home", server.url)["error"]


def test_a_disk_that_is_too_small_is_said_before_the_download(tiny_checkpoint, tmp_path):
    with hub({NAME: tiny_checkpoint}, claimed={WEIGHTS: 10**18}) as server:
        got = fetch_elsewhere(tmp_path, server.url)
        assert "needs 1000000000.0 GB on the disk" in got["error"]
        assert not any(method == "GET" for method, *_ in server.requests)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a file's size this way")
def test_a_disk_that_fills_up_is_said(tiny_checkpoint, tmp_path):
    limit = (
        "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
    )
    with hub({NAME: tiny_checkpoint}) as server:
        got = fetch_elsewhere(tmp_path, server.url, prelude=limit)
    assert "could not be stored in" in got["error"]
    assert "HF_HOME" in got["error"]


def test_a_cache_folder_that_is_a_file_is_said(tiny_checkpoint, tmp_path):
    (tmp_path / "home").write_text("not a folder")
    with hub({NAME: tiny_checkpoint}) as server:
        assert "could not be stored in" in fetch_elsewhere(tmp_path / "home", server.url)["error"]


# No network


def assert_no_network(got):
    assert "is not on this machine and" in got["error"]
    assert "--model FOLDER" in got["error"]
    assert "Errno" not in got["error"]
    assert got["seconds"] < 8  # on a busy machine; with the hub's own patience it is minutes


def test_a_refused_connection_fails_fast(tmp_path):
    assert_no_network(fetch_elsewhere(tmp_path, "http://127.0.0.1:9"))


def test_a_name_that_is_not_found_fails_fast(tmp_path):
    got = fetch_elsewhere(tmp_path, "https://no-such-host.invalid", name="streetclip")
    assert_no_network(got)
    assert got["error"].startswith(
        "StreetCLIP is not on this machine and no-such-host.invalid cannot be reached"
    )
    assert "it gives no answer" not in got["error"]  # what went wrong is said


def test_the_offline_switch_is_obeyed(tiny_checkpoint, tmp_path):
    with hub({NAME: tiny_checkpoint}) as server:
        got = fetch_elsewhere(tmp_path, server.url, HF_HUB_OFFLINE="1")
        assert "HF_HUB_OFFLINE forbids downloading it" in got["error"]
        assert server.asked == []


def test_what_the_readme_has_a_space_preload_is_found_with_no_network(tiny_checkpoint, tmp_path):
    header = yaml.safe_load((ROOT / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    ((hub_id, names, commit),) = [line.split() for line in header["preload_from_hub"]]
    assert hub_id == model_card("streetclip").source
    assert (commit, "pytorch_model.bin" in names) == ("e3561ba2ad9bf14c9efd6b0092607b8497efbfea", True)
    whole = write_weights(copy_checkpoint(tiny_checkpoint, tmp_path / "whole"), "bin")
    folder = (
        tmp_path / ".cache" / "huggingface" / "hub" / "models--geolocal--StreetCLIP" / "snapshots" / commit
    )
    folder.mkdir(parents=True)
    for name in names.split(","):
        if (whole / name).exists():  # the tiny one has no older forms of its tokenizer
            shutil.copy(whole / name, folder)
    space = {"HOME": str(tmp_path), "SPACE_ID": "someone/space", "HF_HUB_OFFLINE": "1"}
    got = fetch_elsewhere(tmp_path / "data", "http://127.0.0.1:9", "streetclip", **space)
    assert (got["revision"], got["directory"]) == (commit, str(folder))


def test_half_a_snapshot_is_not_taken_for_a_whole_one(tiny_checkpoint, tmp_path):
    """As transformers leaves one that was asked for the tokenizer alone."""
    snapshot = tmp_path / "hub" / "models--someone--their-clip" / "snapshots" / "abc"
    copy_checkpoint(tiny_checkpoint, snapshot, without=(WEIGHTS,))
    assert_no_network(fetch_elsewhere(tmp_path, "http://127.0.0.1:9"))
    shutil.copy(tiny_checkpoint / WEIGHTS, snapshot)
    assert fetch_elsewhere(tmp_path, "http://127.0.0.1:9")["revision"] == "abc"


def test_loading_after_a_download_gives_the_same_embeddings(
    tiny_checkpoint, tiny_encoder, tmp_path, monkeypatch
):
    from huggingface_hub import constants

    from streetclip_demo.model.encoder import load_encoder

    with hub({NAME: tiny_checkpoint}) as server:
        fetch_elsewhere(tmp_path, server.url)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    encoder = load_encoder(model_card(NAME), device="cpu", precision="float32")
    assert encoder.revision == commit_of(tiny_checkpoint)
    captions = ["A Street View photo in Japan."]
    assert torch.equal(
        torch.from_numpy(encoder.caption_embeddings(captions)),
        torch.from_numpy(tiny_encoder.caption_embeddings(captions)),
    )
