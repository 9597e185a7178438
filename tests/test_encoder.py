import json
import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from checkpoints import copy_checkpoint
from pictures import street
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel, CLIPModel, CLIPProcessor

from streetclip_demo.checkpoints.cards import model_card
from streetclip_demo.errors import ModelError
from streetclip_demo.model.encoder import load_encoder, prefetch

CAPTIONS = ["A Street View photo in Japan.", "tropical", "A Street View photo from Paris.", "", "日本 " * 9]


def load(directory, **options):
    return load_encoder(model_card(directory), device="cpu", **({"precision": "float32"} | options))


def refusal(directory, **options):
    """The sentence with which a checkpoint is refused."""
    with pytest.raises(ModelError) as error:
        load(directory, **options)
    return str(error.value)


def test_embeddings_are_unit_float32(tiny_encoder):
    for embeddings in (
        tiny_encoder.image_embeddings([street(), street(60, 90, seed=1)]),
        tiny_encoder.caption_embeddings(CAPTIONS),
    ):
        assert embeddings.dtype == np.float32
        assert embeddings.shape[1] == tiny_encoder.dimension == 24
        assert np.abs(np.linalg.norm(embeddings, axis=1) - 1).max() < 1e-6


def test_nothing_gives_no_rows(tiny_encoder):
    assert tiny_encoder.image_embeddings([]).shape == (0, 24)
    assert tiny_encoder.caption_embeddings([]).shape == (0, 24)
    assert tiny_encoder.truncated([]) == []


def test_logit_scale_is_read_and_exponentiated(tiny_encoder, tiny_checkpoint):
    stored = load_file(tiny_checkpoint / "model.safetensors")["logit_scale"]
    assert tiny_encoder.logit_scale == pytest.approx(float(np.exp(stored.item()))) == pytest.approx(100)


def test_neither_order_nor_company_changes_an_embedding(tiny_encoder):
    captions = [f"A Street View photo in place number {'very ' * (n % 23)}{n}." for n in range(75)]
    together = tiny_encoder.caption_embeddings(captions)
    alone = np.concatenate([tiny_encoder.caption_embeddings([caption]) for caption in captions])
    assert np.abs(together - alone).max() < 1e-5
    assert np.abs(tiny_encoder.caption_embeddings(captions[::-1])[::-1] - together).max() < 1e-5
    images = [street(seed=seed) for seed in range(20)]
    alone = np.concatenate([tiny_encoder.image_embeddings([image]) for image in images])
    assert np.abs(tiny_encoder.image_embeddings(images) - alone).max() < 1e-5


def test_progress_ends_at_the_total(tiny_encoder):
    steps = []
    captions = [f"{number} {'word ' * 30}" for number in range(40)]  # of which a sequence holds few
    tiny_encoder.caption_embeddings(captions, progress=lambda done, total: steps.append((done, total)))
    assert len(steps) > 1
    assert steps == sorted(set(steps))
    assert steps[-1] == (40, 40)


def test_threads_may_tokenize_at_once(tiny_encoder):
    expected = tiny_encoder.caption_embeddings(CAPTIONS)
    errors = []

    def work(number):
        for _ in range(20):
            got = tiny_encoder.caption_embeddings(CAPTIONS)
            tiny_encoder.truncated(["long " * (60 + number)])
            errors.append(np.abs(got - expected).max())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) == 80
    assert max(errors) < 1e-5


def test_the_crop_is_the_centre_square(tiny_encoder):
    picture = Image.new("RGB", (300, 100), "red")
    picture.paste("blue", (100, 0, 200, 100))
    crop = np.asarray(tiny_encoder.crop(picture)).reshape(-1, 3)
    assert tiny_encoder.crop(picture).size == (56, 56)
    assert crop.mean(axis=0) == pytest.approx([0, 0, 255], abs=6)


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (30_000, 200)])
def test_a_thread_of_a_picture_takes_no_gigabytes(tiny_encoder, size):
    assert tiny_encoder.crop(Image.new("RGB", size, "green")).getpixel((20, 20)) == (0, 128, 0)


def test_images_must_be_rgb(tiny_encoder):
    with pytest.raises(ValueError, match="must be RGB"):
        tiny_encoder.image_embeddings([Image.new("RGBA", (60, 60))])


def test_bfloat16_is_close_and_has_a_fingerprint_of_its_own(tiny_checkpoint, tiny_encoder):
    half = load(tiny_checkpoint, precision="bfloat16")
    assert half.dtype == "bfloat16"
    assert half.fingerprint != tiny_encoder.fingerprint
    cosines = (half.caption_embeddings(CAPTIONS) * tiny_encoder.caption_embeddings(CAPTIONS)).sum(axis=1)
    assert cosines.min() > 0.999
    images = [street()]
    assert (half.image_embeddings(images) * tiny_encoder.image_embeddings(images)).sum() > 0.999


def test_the_default_precision_is_float32_whatever_the_file_holds(tiny_checkpoint, tmp_path):
    CLIPModel.from_pretrained(tiny_checkpoint).half().save_pretrained(tmp_path / "half")
    for path in tiny_checkpoint.glob("*.*"):
        if path.name not in ("config.json", "model.safetensors"):
            (tmp_path / "half" / path.name).write_bytes(path.read_bytes())
    assert load(tmp_path / "half").dtype == "float32"


def test_an_unknown_precision_is_said(tiny_checkpoint):
    assert "auto, float32 or bfloat16, got 'int4'" in refusal(tiny_checkpoint, precision="int4")


@pytest.mark.parametrize(
    ("device", "said"),
    [
        ("cuda:9", "PyTorch finds none here"),
        ("toaster", "No device named 'toaster'"),
        (None, "No device named None. Expected auto"),
        ("meta", "finds none here"),
    ],
)
def test_a_device_that_is_not_here_is_said(tiny_checkpoint, device, said):
    with pytest.raises(ModelError, match=said):
        load_encoder(model_card(tiny_checkpoint), device=device)


def test_auto_takes_the_best_device_there_is(tiny_checkpoint):
    expected = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    encoder = load_encoder(model_card(tiny_checkpoint))
    assert encoder.device.split(":")[0] == expected
    assert encoder.image_embeddings([street()]).shape == (1, 24)


def test_the_fingerprint_follows_weights_and_tokenizer(tiny_checkpoint, tiny_encoder, tmp_path):
    assert load(copy_checkpoint(tiny_checkpoint, tmp_path / "same")).fingerprint == tiny_encoder.fingerprint
    other = copy_checkpoint(tiny_checkpoint, tmp_path / "tokenizer")
    lines = (other / "merges.txt").read_text().splitlines()
    (other / "merges.txt").write_text("\n".join(lines[:-5]) + "\n")
    assert load(other).fingerprint != tiny_encoder.fingerprint
    trained = copy_checkpoint(tiny_checkpoint, tmp_path / "trained")
    weights = {name: tensor * 1.001 for name, tensor in load_file(trained / "model.safetensors").items()}
    save_file(weights, trained / "model.safetensors", metadata={"format": "pt"})
    assert load(trained).revision != tiny_encoder.revision
    assert load(trained).fingerprint != tiny_encoder.fingerprint


@pytest.mark.parametrize("kind", ["CLIPFeatureExtractor", "CLIPImageProcessor", "CLIPImageProcessorFast"])
def test_every_name_of_the_preprocessing_loads(tiny_checkpoint, tmp_path, kind):
    directory = copy_checkpoint(tiny_checkpoint, tmp_path / "copy")
    path = directory / "preprocessor_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"image_processor_type": kind}))
    assert load(directory).image_px == 56


def test_what_transformers_saves_today_loads(tiny_checkpoint, tiny_encoder, tmp_path):
    CLIPModel.from_pretrained(tiny_checkpoint).save_pretrained(tmp_path)
    CLIPProcessor.from_pretrained(tiny_checkpoint).save_pretrained(tmp_path)
    encoder = load(tmp_path)
    assert (
        np.abs(encoder.image_embeddings([street()]) - tiny_encoder.image_embeddings([street()])).max() < 1e-6
    )
    assert (
        np.abs(encoder.caption_embeddings(CAPTIONS) - tiny_encoder.caption_embeddings(CAPTIONS)).max() < 1e-6
    )


def test_weights_in_several_files_load(tiny_checkpoint, tiny_encoder, tmp_path):
    directory = copy_checkpoint(tiny_checkpoint, tmp_path / "shards", without=("model.safetensors",))
    CLIPModel.from_pretrained(tiny_checkpoint).save_pretrained(directory, max_shard_size="100KB")
    shards = sorted(directory.glob("model-*.safetensors"))
    assert len(shards) > 2
    got = load(directory).image_embeddings([street()])
    assert np.abs(got - tiny_encoder.image_embeddings([street()])).max() < 1e-6
    shards[1].unlink()
    assert f"{shards[1].name} is missing in {directory}" in refusal(directory)


def test_loading_says_nothing_on_the_console(tiny_checkpoint, capfd):
    encoder = load(tiny_checkpoint)
    encoder.truncated(["long " * 200])
    encoder.caption_embeddings(["long " * 200])
    assert capfd.readouterr() == ("", "")


def test_prefetch_of_a_folder_is_the_folder(tiny_checkpoint):
    assert prefetch(model_card(tiny_checkpoint)) == tiny_checkpoint


# Broken checkpoints: each is refused with a sentence that says what came and what to do.


@pytest.mark.parametrize(
    ("without", "said"),
    [
        (("config.json",), "config.json is missing"),
        (("model.safetensors",), "model.safetensors is missing"),
        (("preprocessor_config.json",), "preprocessor_config.json is missing"),
        (("vocab.json",), "tokenizer.json (or vocab.json and merges.txt) is missing"),
        (("merges.txt",), "merges.txt is missing"),
    ],
)
def test_a_missing_file_is_named(tiny_checkpoint, tmp_path, without, said):
    sentence = refusal(copy_checkpoint(tiny_checkpoint, tmp_path / "copy", without=without))
    assert said in sentence
    assert "Copy or download it again" in sentence


@pytest.mark.parametrize("part", [0, 5, 300, 20_000, 300_000])
def test_truncated_weights_are_said(tiny_checkpoint, tmp_path, part):
    directory = copy_checkpoint(tiny_checkpoint, tmp_path / "copy")
    path = directory / "model.safetensors"
    path.write_bytes(path.read_bytes()[:part])
    assert "It is damaged or not a CLIPModel's; copy or download it again." in refusal(directory)


def test_weights_that_are_something_else_are_said(tiny_checkpoint, tmp_path):
    directory = copy_checkpoint(tiny_checkpoint, tmp_path / "copy")
    (directory / "model.safetensors").write_text("<html>Not Found</html>" * 50)
    assert "cannot be loaded" in refusal(directory)


def test_a_lacking_tensor_is_never_filled_with_random_numbers(tiny_checkpoint, tmp_path):
    directory = copy_checkpoint(tiny_checkpoint, tmp_path / "copy")
    weights = load_file(directory / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    assert "lack 1 of a CLIPModel's tensors, such as visual_projection.weight" in refusal(directory)


def test_weights_of_another_size_are_said(tiny_checkpoint, tmp_path, capfd):
    sentence = refusal(copy_checkpoint(tiny_checkpoint, tmp_path / "copy", projection_dim=12))
    assert (
        "do not fit its config.json: text_projection.weight is 24 x 32, and 12 x 32 was expected" in sentence
    )
    assert capfd.readouterr() == ("", "")


def test_weights_that_are_not_numbers_are_said(tiny_checkpoint, tmp_path):
    directory = copy_checkpoint(tiny_checkpoint, tmp_path / "copy")
    weights = load_file(directory / "model.safetensors")
    weights["visual_projection.weight"][:] = float("nan")
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="embeddings that are not numbers"):
        load(directory).image_embeddings([street()])


def test_another_architecture_is_said(tmp_path):
    config = BertConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
    BertModel(config).save_pretrained(tmp_path)
    assert "expected a CLIPModel checkpoint" in refusal(tmp_path)
    assert "got 'bert'" in refusal(tmp_path)


def test_half_a_clip_model_is_said(tiny_checkpoint, tmp_path):
    directory = copy_checkpoint(tiny_checkpoint, tmp_path / "copy", model_type="clip_text_model")
    assert "got 'clip_text_model'" in refusal(directory)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00\xff"])
def test_a_damaged_configuration_is_said(tiny_checkpoint, tmp_path, text):
    directory = copy_checkpoint(tiny_checkpoint, tmp_path / "copy")
    (directory / "config.json").write_text(text)
    assert "config.json" in refusal(directory)


@pytest.mark.parametrize("change", [{"text_config": 7}, {"vision_config": {"hidden_size": "many"}}])
def test_a_senseless_configuration_is_said(tiny_checkpoint, tmp_path, change):
    assert "cannot be loaded" in refusal(copy_checkpoint(tiny_checkpoint, tmp_path / "copy", **change))


@pytest.mark.parametrize("name", ["vocab.json", "preprocessor_config.json", "tokenizer_config.json"])
def test_damaged_small_files_are_said(tiny_checkpoint, tmp_path, name):
    directory = copy_checkpoint(tiny_checkpoint, tmp_path / "copy")
    (directory / name).write_text("{broken")
    assert "cannot be loaded" in refusal(directory)


def test_a_tokenizer_of_another_model_is_said(tiny_checkpoint, tmp_path):
    directory = copy_checkpoint(tiny_checkpoint, tmp_path / "copy")
    vocabulary = json.loads((directory / "vocab.json").read_text())
    vocabulary["elephant</w>"] = 40_000
    (directory / "vocab.json").write_text(json.dumps(vocabulary))
    assert "They belong to different checkpoints" in refusal(directory)


@pytest.mark.parametrize(
    "change",
    [{"crop_size": 224}, {"size": 40}, {"do_normalize": False}, {"size": {"height": 56, "width": 56}}],
)
def test_preprocessing_of_another_model_is_said(tiny_checkpoint, tmp_path, change):
    directory = copy_checkpoint(tiny_checkpoint, tmp_path / "copy")
    path = directory / "preprocessor_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    assert "is not CLIP's for this model" in refusal(directory)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory this way")
def test_too_little_memory_is_said(tiny_checkpoint, tmp_path):
    """A real limit, in a process of its own: weights of 0.4 GB and 0.2 GB to put them in."""
    code = """
import resource, sys
import streetclip_demo.model.encoder as encoder, streetclip_demo.engines.torch_engine
from streetclip_demo.errors import ModelError
from streetclip_demo.checkpoints.cards import model_card
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 200_000_000,) * 2)
try:
    encoder.load_encoder(model_card(sys.argv[1]), device="cpu", precision="float32")
except ModelError as error:
    print(error)
"""
    config = json.loads((tiny_checkpoint / "config.json").read_text())
    config["text_config"]["vocab_size"] = 3_000_000
    directory = copy_checkpoint(tiny_checkpoint, tmp_path / "large", **config)
    weights = load_file(directory / "model.safetensors")
    weights["text_model.embeddings.token_embedding.weight"] = torch.zeros(3_000_000, 32)
    save_file(weights, directory / "model.safetensors", metadata={"format": "pt"})
    command = [sys.executable, "-c", code, str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert "does not fit into the memory of this machine's CPU" in done.stdout, done.stderr
