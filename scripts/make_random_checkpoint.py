"""Make a CLIPModel checkpoint with random weights: StreetCLIP's architecture at full size, or a tiny one for tests.

    python scripts/make_random_checkpoint.py DIRECTORY
    python app.py --model DIRECTORY

It loads, runs and costs what StreetCLIP does (ViT-L/14 at 336 px, 1.7 GB), with the same kinds of files; only its
answers mean nothing. The tokenizer's vocabulary is CLIP's own where the package open_clip_torch is installed, which
carries it; otherwise a small one of the same size, filled up with entries that no text uses.
"""

import argparse
import gzip
import importlib.util
import json
import math
from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, trainers
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

CLIP_VOCABULARY = 49_408
FULL = {"streetclip": 336, "geoclip": 224}  # sizes of ViT-L/14, and the side of the square that it sees
START, END = "<|startoftext|>", "<|endoftext|>"
SAMPLE_TEXT = (
    "A Street View photo in the United States.",
    "A Street View photo from Paris.",
    "A Street View photo close to the town of Springfield in the region of Illinois in the United States.",
    "A Street View photo in Germany.",
    "A Street View photo in Japan.",
)


def make_checkpoint(directory: Path, size: str = "streetclip", seed: int = 0) -> Path:
    """Write config, weights, tokenizer and preprocessing files; return the directory.

    Parameters
    ----------
    directory : Path
        Made where it does not exist.
    size : {"streetclip", "geoclip", "tiny", "tiny-geoclip"}
        "geoclip" is the CLIP that GeoCLIP has for its image half, "tiny-geoclip" a tiny one that gives as many numbers.
    seed : int
    """
    directory.mkdir(parents=True, exist_ok=True)
    merges = (clip_merges() if size in FULL else None) or train_merges(SAMPLE_TEXT, 200)
    vocabulary = vocabulary_of(merges, CLIP_VOCABULARY if size in FULL else 0)
    config = architecture(size, vocabulary)
    torch.manual_seed(seed)
    model = CLIPModel(config)
    with torch.no_grad():
        model.logit_scale.fill_(math.log(100))  # what CLIP's training ends at
    model.save_pretrained(directory)
    write_tokenizer(directory, vocabulary, merges)
    write_preprocessing(directory, config.vision_config.image_size)
    return directory


def architecture(size: str, vocabulary: dict[str, int]) -> CLIPConfig:
    """The sizes of every part, as in StreetCLIP's config.json, or so small that tests take milliseconds."""
    text = {
        "vocab_size": len(vocabulary),
        "max_position_embeddings": 77,
        "bos_token_id": vocabulary[START],
        "eos_token_id": vocabulary[END],
        "pad_token_id": vocabulary[END],
    }
    if size in FULL:
        text |= {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12}
        text |= {"intermediate_size": 3072, "projection_dim": 768}
        vision = {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16}
        vision |= {
            "intermediate_size": 4096,
            "image_size": FULL[size],
            "patch_size": 14,
            "projection_dim": 768,
        }
        return CLIPConfig(text_config=text, vision_config=vision, projection_dim=768)
    text |= {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    dimension = 768 if size == "tiny-geoclip" else 24
    text |= {"intermediate_size": 64, "projection_dim": dimension}
    vision = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    vision |= {"intermediate_size": 96, "image_size": 56, "patch_size": 14, "projection_dim": dimension}
    return CLIPConfig(text_config=text, vision_config=vision, projection_dim=dimension)


def clip_merges() -> list[tuple[str, str]] | None:
    """CLIP's own merges, from the file that open_clip_torch carries; None where it is not installed."""
    package = importlib.util.find_spec("open_clip")
    if package is None or not package.submodule_search_locations:
        return None
    path = Path(package.submodule_search_locations[0]) / "bpe_simple_vocab_16e6.txt.gz"
    lines = gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")
    count = CLIP_VOCABULARY - 2 * 256 - 2  # besides single bytes, with and without end of word, and two marks
    return [tuple(line.split()) for line in lines[1 : count + 1]]


def train_merges(texts: Iterable[str], count: int) -> list[tuple[str, str]]:
    """At most `count` byte-pair merges learnt from texts, split into words as CLIP splits them."""
    clip = CLIPTokenizer().backend_tokenizer
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = clip.normalizer, clip.pre_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=2 * 256 + count,
        initial_alphabet=ByteLevel.alphabet(),
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    return [tuple(merge) for merge in merges[:count]]


def vocabulary_of(merges: list[tuple[str, str]], size: int = 0) -> dict[str, int]:
    """Token to id in CLIP's order: bytes, bytes that end a word, merges, then the two marks as the last.

    Filled up to `size` before the marks, where that is larger.
    """
    letters = byte_letters()
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(merge) for merge in merges)]
    tokens = list(dict.fromkeys(tokens))
    tokens += [f"<|unused{number}|>" for number in range(size - 2 - len(tokens))]
    return {token: index for index, token in enumerate([*tokens, START, END])}


def byte_letters() -> list[str]:
    """A printable letter for each byte, in CLIP's order: printable bytes stand for themselves and come first."""
    themselves = [
        *range(ord("!"), ord("~") + 1),
        *range(ord("¡"), ord("¬") + 1),
        *range(ord("®"), ord("ÿ") + 1),
    ]
    return [chr(byte) for byte in themselves] + [chr(256 + place) for place in range(256 - len(themselves))]


def write_tokenizer(directory: Path, vocabulary: dict[str, int], merges: list[tuple[str, str]]) -> None:
    """Write vocab.json, merges.txt and tokenizer_config.json, as CLIP's checkpoints have them."""
    (directory / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(merge) for merge in merges)]
    (directory / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings = {
        "tokenizer_class": "CLIPTokenizer",
        "model_max_length": 77,
        "bos_token": START,
        "eos_token": END,
        "pad_token": END,
        "unk_token": END,
    }
    (directory / "tokenizer_config.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")


def write_preprocessing(directory: Path, side_px: int) -> None:
    """Write preprocessor_config.json in the older form that StreetCLIP's has."""
    settings = {
        "crop_size": side_px,
        "do_center_crop": True,
        "do_normalize": True,
        "do_resize": True,
        "feature_extractor_type": "CLIPFeatureExtractor",
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "resample": 3,
        "size": side_px,
    }
    (directory / "preprocessor_config.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path, help="where to write the checkpoint")
    parser.add_argument("--size", choices=(*FULL, "tiny", "tiny-geoclip"), default="streetclip")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print(make_checkpoint(options.directory, options.size, options.seed))


if __name__ == "__main__":
    main()
