"""CLIP's tokenizer, made of a checkpoint's files as transformers' CLIPTokenizer is. Knows no model."""

import json
from collections.abc import Sequence
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from tokenizers.decoders import ByteLevel

from streetclip_demo.checkpoints.files import TOKENIZER, read_json

START, END = "<|startoftext|>", "<|endoftext|>"
# The names of marks in tokenizer_config.json, in the order in which transformers adds them.
MARKS = {"bos_token": START, "eos_token": END, "unk_token": END, "sep_token": None, "pad_token": END}
WORDS = (
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"  # OpenAI's
)


class ClipTokenizer:
    """Captions to tokens; `read_tokenizer` makes one. Safe to use from several threads.

    Attributes
    ----------
    end : int
        The token behind a caption: what follows it is not seen.
    size, largest : int
        How many tokens there are, and the largest id of one.
    description : str
        All that tokens depend on.
    """

    def __init__(self, tokenizer: Tokenizer, end: str, description: str) -> None:
        self._tokenizer = tokenizer
        self.description = description
        self.end = _number(tokenizer, end)
        self.size = tokenizer.get_vocab_size()
        self.largest = max(tokenizer.get_vocab().values())

    def tokens(self, captions: Sequence[str]) -> list[list[int]]:
        """Whole captions, each between a start and an end token."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(list(captions))]

    def seen(self, captions: Sequence[str], context: int) -> list[list[int]]:
        """What a model with this context sees of captions: as many tokens, up to the first end token."""
        cut = (
            ids if len(ids) <= context else [*ids[: context - 1], self.end] for ids in self.tokens(captions)
        )
        return [ids[: ids.index(self.end) + 1] for ids in cut]


def read_tokenizer(directory: Path) -> ClipTokenizer:
    """Make the tokenizer of a checkpoint's folder: from tokenizer.json, else from vocab.json and merges.txt.

    As transformers does, only the vocabulary, the merges and the added tokens are taken from a tokenizer.json: the rest
    is CLIP's whatever stands there.

    Raise Exception: whatever the files are: tokenizers raises no better one.
    """
    whole = directory / TOKENIZER[0]
    stored = read_json(whole) if whole.is_file() else {}
    marks, added = _marks(directory, stored)
    start, end, unknown = (str(_content(marks[name])) for name in ("bos_token", "eos_token", "unk_token"))
    tokenizer = Tokenizer(_byte_pairs(directory, stored, unknown))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    words = pre_tokenizers.Split(Regex(WORDS), behavior="removed", invert=True)
    letters = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([words, letters])
    tokenizer.decoder = ByteLevel()
    for token in (*added, *map(_mark, marks.values())):
        (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([token])
    tokenizer.post_processor = processors.RobertaProcessing(
        (end, _number(tokenizer, end)),
        (start, _number(tokenizer, start)),
        trim_offsets=False,
        add_prefix_space=False,
    )
    return ClipTokenizer(tokenizer, end, _description(tokenizer, stored))


def _number(tokenizer: Tokenizer, mark: str) -> int:
    number = tokenizer.token_to_id(mark)
    assert number is not None  # the marks have been added
    return number


def _description(tokenizer: Tokenizer, stored: dict) -> str:
    """With the file's truncation and padding, which we leave out: so caption embeddings on disk keep their names."""
    text = tokenizer.to_str()
    for name in ("truncation", "padding"):
        value = json.dumps(stored.get(name), separators=(",", ":"), ensure_ascii=False)
        text = text.replace(f'"{name}":null', f'"{name}":{value}', 1)
    return text


def _byte_pairs(directory: Path, stored: dict, unknown: str) -> models.BPE:
    options = {"unk_token": unknown, "continuing_subword_prefix": "", "end_of_word_suffix": "</w>"}
    if not stored:
        return models.BPE.from_file(str(directory / TOKENIZER[1]), str(directory / "merges.txt"), **options)
    model = stored["model"]
    merges = [tuple(merge.split(" ") if isinstance(merge, str) else merge) for merge in model["merges"]]
    return models.BPE(model["vocab"], merges, **options)


def _marks(directory: Path, stored: dict) -> tuple[dict[str, str | dict], list[AddedToken]]:
    """The marks by their names, as text or with their properties; and other tokens that were added, by id."""
    settings, older = (
        read_json(path) if path.is_file() else {}
        for path in (directory / "tokenizer_config.json", directory / "special_tokens_map.json")
    )
    described = settings.get("added_tokens_decoder")
    if described is None:
        settings |= older
        described = {token["id"]: token for token in stored.get("added_tokens", ())}
    added = [described[id] for id in sorted(described, key=int)]
    known = {token["content"]: token for token in added}
    found = {name: settings.get(name) or usual for name, usual in MARKS.items()}
    marks = {name: known.get(_content(mark), mark) for name, mark in found.items() if mark}
    return marks, [_mark(token, special=False) for token in added]


def _content(mark: str | dict) -> str:
    return mark if isinstance(mark, str) else mark["content"]


def _mark(mark: str | dict, special: bool = True) -> AddedToken:
    if isinstance(mark, str):
        return AddedToken(mark, special=True, normalized=False)
    names = ("single_word", "lstrip", "rstrip", "normalized")
    properties = {name: mark[name] for name in names if name in mark}
    return AddedToken(mark["content"], special=special or mark.get("special", False), **properties)
