"""Our tokens against those of transformers' CLIPTokenizer, whatever files a checkpoint has."""

import json

import pytest
from checkpoints import copy_checkpoint
from transformers import CLIPTokenizer

from streetclip_demo.model.clip_tokenizer import read_tokenizer

CAPTIONS = [
    "A Street View photo in Japan.",
    "",
    "  São   Paulo,\tBrazil's 2nd CITY… 東京 🗺️",
    "Paris <|endoftext|> Texas",
    "<|STARTOFTEXT|> in capitals <|startoftext|>",
    "e\u0301 as two, \u00e9 as one",
    "a newtoken here",
    "long " * 100,
]
# As StreetCLIP's files on the hub describe its marks.
MARK = {"__type": "AddedToken", "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}
HUB = {
    "bos_token": MARK | {"content": "<|startoftext|>"},
    "eos_token": MARK | {"content": "<|endoftext|>"},
    "unk_token": MARK | {"content": "<|endoftext|>"},
    "pad_token": "<|endoftext|>",
    "model_max_length": 77,
}


def write(folder, name, content):
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


def as_on_the_hub(folder):
    write(folder, "tokenizer_config.json", HUB)


def in_a_map_alone(folder):
    (folder / "tokenizer_config.json").unlink()
    without_type = {name: value for name, value in MARK.items() if name != "__type"}
    marks = {name: HUB[name] for name in ("bos_token", "eos_token", "unk_token", "pad_token")}
    marks |= {
        name: without_type | {"content": mark["content"]}
        for name, mark in marks.items()
        if name != "pad_token"
    }
    write(folder, "special_tokens_map.json", marks)


def without_any(folder):
    (folder / "tokenizer_config.json").unlink()


def as_transformers_saves_it(folder):
    as_on_the_hub(folder)
    CLIPTokenizer.from_pretrained(folder).save_pretrained(folder)
    for name in ("vocab.json", "merges.txt"):
        (folder / name).unlink()


def with_tokenizer_json_alone(folder):
    as_transformers_saves_it(folder)
    (folder / "tokenizer_config.json").unlink()


def with_a_token_of_its_own(folder):
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["newtoken"])
    tokenizer.save_pretrained(folder)


def with_truncation_and_padding(folder):
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    tokenizer.backend_tokenizer.enable_truncation(8)
    tokenizer.backend_tokenizer.enable_padding(pad_token="<|endoftext|>", pad_id=tokenizer.pad_token_id)
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))


def with_marks_by_id(folder):
    end = CLIPTokenizer.from_pretrained(folder).eos_token_id
    described = {"content": "<|endoftext|>", "normalized": True, "special": True}
    write(folder, "tokenizer_config.json", {"added_tokens_decoder": {str(end): described}})


FORMS = [
    lambda folder: None,
    as_on_the_hub,
    in_a_map_alone,
    without_any,
    as_transformers_saves_it,
    with_tokenizer_json_alone,
    with_a_token_of_its_own,
    with_truncation_and_padding,
    with_marks_by_id,
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_tokens_are_those_of_transformers(tiny_checkpoint, tmp_path, form):
    folder = copy_checkpoint(tiny_checkpoint, tmp_path / "copy")
    form(folder)
    expected, ours = CLIPTokenizer.from_pretrained(folder), read_tokenizer(folder)
    assert ours.description == expected.backend_tokenizer.to_str()  # by which embeddings on disk are named
    assert ours.end == expected.eos_token_id
    whole = expected(CAPTIONS, truncation=False, padding=False, verbose=False)["input_ids"]
    assert ours.tokens(CAPTIONS) == whole
    cut = expected(CAPTIONS, truncation=True, max_length=20, padding=False)["input_ids"]
    assert ours.seen(CAPTIONS, 20) == [ids[: ids.index(ours.end) + 1] for ids in cut]
    assert len(whole[-1]) > 20


def test_the_practice_models_tokenizer_is_that_of_transformers():
    from streetclip_demo.checkpoints.cards import ASSETS

    folder = ASSETS / "practice" / "model"
    assert (
        read_tokenizer(folder).description == CLIPTokenizer.from_pretrained(folder).backend_tokenizer.to_str()
    )
