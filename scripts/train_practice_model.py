"""Train the practice model: a small CLIPModel that has seen drawn streets and nothing else.

    python scripts/train_practice_model.py                 train, export, measure: about two hours on two CPU cores
    python scripts/train_practice_model.py --minutes 20    the same within a given time
    python scripts/train_practice_model.py --resume        go on from the last saved state
    python scripts/train_practice_model.py --export        write the checkpoint from the last saved state
    python scripts/train_practice_model.py --evaluate      only measure (scripts/measure_practice_model.py)

Every scene's clues are known, so the contrast is made with known truth, not with "all other captions are
wrong":

1. image -> country captions, with soft targets q(country) = softmax(-BETA x summed weight of the visible
   clues that do not fit the country). This is linear in the clues, so a dot product can say it, and swapping
   one clue moves the probability in proportion.
2. image -> the captions of all values of one clue, for every clue.
3. images <-> captions of one to three clues at once, where a caption fits every image that shows all it says.
4. close-ups -> the captions of one small clue's values (see `CloseUp`).

Half of the scenes and more recombine clues at random. They lie in a pool in memory, partly redrawn after each
pass.
"""

import argparse
import json
import math
import multiprocessing
import os
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

# The C library gives freed memory back after each step and asks for it again, which takes most of the time.
# Tell it not to, before it starts.
ALLOCATOR = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "4294967296",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
}
if __name__ == "__main__" and sys.platform == "linux" and not ALLOCATOR.keys() <= os.environ.keys():
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **ALLOCATOR})

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import practice_captions as captions  # noqa: E402
from measure_practice_model import IMAGE_PX, KEYS, TEST_SEED, labels_of, write_gate  # noqa: E402

from streetclip_demo.places.templates import with_article  # noqa: E402
from streetclip_demo.practice import facts  # noqa: E402
from streetclip_demo.practice.captions import clue_caption, clues_caption  # noqa: E402
from streetclip_demo.practice.facts import CLUES, COUNTRIES, PRACTICE_DIR  # noqa: E402
from streetclip_demo.practice.scene import draw_scene  # noqa: E402

MODEL_DIR = PRACTICE_DIR / "model"
PATCH_PX = 16
BETA = 0.45  # softer than needed for the answer, so that every clue can be seen to move it
WEIGHTS = np.array([CLUES[key].weight for key in KEYS], dtype=np.float32)
MEAN, STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
KINDS = (("country", 0.12), ("swapped", 0.38), ("recombined", 0.50))


# ---- scenes ----


def training_clues(seed):
    """Clues of a training scene: a country's, a country's with one to three swapped, or any."""
    rng = random.Random(seed)
    kind = rng.choices([name for name, _ in KINDS], [share for _, share in KINDS])[0]
    if kind == "recombined":
        return facts.random_clues(rng)
    clues = facts.clues_of(rng.choice(COUNTRIES), rng)
    if kind == "swapped":
        others = facts.random_clues(rng)
        for key in rng.sample(KEYS, rng.randint(1, 3)):
            clues[key] = others[key]
    return clues


def draw_training_scene(seed):
    """One scene as (pixels, labels); some are drawn larger and resized, as the processor does it."""
    clues = training_clues(seed)
    rng = random.Random(~seed)
    width_px = IMAGE_PX if rng.random() < 0.9 else rng.choice((224, 320, 480))
    image = draw_scene(clues, seed, width_px)
    if width_px != IMAGE_PX:
        from PIL import Image

        image = image.resize((IMAGE_PX, IMAGE_PX), Image.Resampling.BICUBIC)
    return np.asarray(image), labels_of(clues, seed)


class ScenePool:
    """Scenes in memory, of which a part is redrawn with new seeds after each pass."""

    def __init__(self, size, workers, progress):
        self.pixels = np.empty((size, IMAGE_PX, IMAGE_PX, 3), dtype=np.uint8)
        self.labels = np.empty((size, 2, len(KEYS)), dtype=np.int8)
        self.workers = multiprocessing.get_context("spawn").Pool(workers)
        self.stacker = ThreadPoolExecutor(1)
        self.next_seed, self.next_slot = 0, 0
        self.progress = progress

    def redraw(self, count):
        """Replace the oldest `count` scenes."""
        seeds = range(self.next_seed, self.next_seed + count)
        self.next_seed += count
        drawn = self.workers.imap(draw_training_scene, seeds, chunksize=32)
        for pixels, labels in self.progress(drawn, total=count, desc="drawing", leave=False):
            self.pixels[self.next_slot], self.labels[self.next_slot] = pixels, labels
            self.next_slot = (self.next_slot + 1) % len(self.pixels)

    def batches(self, size, rng):
        """One pass in random order, each scene shifted by a few pixels; one batch is made ahead."""
        order = rng.permutation(len(self.pixels))
        pending = None
        for start in range(0, len(order) - size + 1, size):
            ahead = self.stacker.submit(self.batch, order[start : start + size], rng)
            if pending:
                yield pending.result()
            pending = ahead
        yield pending.result()

    def batch(self, rows, rng):
        """These scenes, shifted, their labels, and close-ups of other scenes."""
        close = [self.close_ups(window, side, rng) for window in CLOSE_UPS for side in (0, 1)]
        return np.stack([shifted(self.pixels[row], rng) for row in rows]), self.labels[rows], close

    def close_ups(self, window, side, rng):
        """The part of some scenes that shows one clue: (window, side, pixels, values of the clue)."""
        number = KEYS.index(window.clue)
        shows = (self.labels[:, 0, KEYS.index("side")] == side) & (self.labels[:, 1, number] == 1)
        rows = rng.choice(np.flatnonzero(shows), window.count // 2)
        cuts = (window.pixel_rows(), window.pixel_columns(side))
        pixels = np.stack([shifted(self.pixels[row], rng, cuts) for row in rows])
        return window, side, pixels, self.labels[rows, 0, number]


@dataclass(frozen=True)
class CloseUp:
    """A window of patches in which a small clue stands, laid out for driving on the right.

    The model reads the window's patches alone, at their usual places: many more scenes for the same work, and
    nothing else to look at. Without them the script on the signs stays unread for most of the training.
    """

    clue: str
    rows: tuple[int, int]
    columns: tuple[int, int]
    count: int

    def patch_columns(self, side):
        """First and last patch column; `side` is 0 for driving on the left."""
        across = IMAGE_PX // PATCH_PX
        return self.columns if side else (across - self.columns[1], across - self.columns[0])

    def pixel_rows(self):
        return np.arange(self.rows[0] * PATCH_PX, self.rows[1] * PATCH_PX)

    def pixel_columns(self, side):
        first, last = self.patch_columns(side)
        return np.arange(first * PATCH_PX, last * PATCH_PX)


CLOSE_UPS = (
    CloseUp("script", (0, 4), (4, 10), 160),
    CloseUp("script", (0, 6), (0, 10), 96),  # with what stands around the sign
    CloseUp("plate", (6, 9), (3, 7), 48),
    CloseUp("roof", (3, 6), (1, 5), 32),
    CloseUp("pole", (0, 7), (0, 4), 48),
)


def shifted(pixels, rng, cuts=None, reach=5):
    """The picture, or a cut of it, moved by up to `reach` pixels, its border repeated."""
    rows, columns = cuts or (np.arange(IMAGE_PX), np.arange(IMAGE_PX))
    right, down = rng.integers(-reach, reach + 1, 2)
    rows, columns = (np.clip(cut, 0, IMAGE_PX - 1) for cut in (rows + down, columns + right))
    return pixels[rows[:, None], columns]


# ---- captions ----


def all_captions():
    """Every single caption of the training, for the tokenizer."""
    world = (PRACTICE_DIR / "world_countries.txt").read_text(encoding="utf-8").split("\n")[:-1]
    texts = [template.format(country=name) for template in captions.TEMPLATES for name in world]
    for country in COUNTRIES:
        texts += [captions.country_caption(country, template) for template in captions.TEMPLATES]
        texts += [
            captions.city_caption(country, city, t)
            for city in country.cities
            for t in captions.CITY_TEMPLATES
        ]
    for key, clue in CLUES.items():
        texts += [text for value in clue.values for text in captions.clue_wordings(key, value)]
    return texts


def build_tokenizer():
    """A byte-level BPE tokenizer in CLIP's format, with merges from this project's captions.

    Every byte is a token, alone and at a word's end, so that any name can be encoded.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
    from transformers import CLIPTokenizer

    bpe = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    bpe.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    pattern = Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(pattern, behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=4000,
        min_frequency=2,
        initial_alphabet=alphabet,
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    bpe.train_from_iterator(all_captions(), trainer)
    merges = [tuple(merge) for merge in json.loads(bpe.to_str())["model"]["merges"]]
    tokens = [*alphabet, *(f"{byte}</w>" for byte in alphabet)]
    tokens += [
        token for token in dict.fromkeys("".join(merge) for merge in merges) if token not in set(tokens)
    ]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: number for number, token in enumerate(tokens)}
    return CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=77)


@dataclass(frozen=True)
class Vocabulary:
    """The captions from which a step picks at random, per country, per other country and per clue value."""

    countries: tuple[tuple[str, ...], ...]
    others: tuple[str, ...]
    values: tuple[tuple[str, ...], ...]
    fits: np.ndarray  # (countries, clues, values): may a street of the country show this value?
    spans: tuple[tuple[int, int], ...]  # per clue, where its values lie in `values`

    @classmethod
    def build(cls):
        known = {country.name for country in COUNTRIES}
        world = (PRACTICE_DIR / "world_countries.txt").read_text(encoding="utf-8").split("\n")[:-1]
        fits = np.zeros((len(COUNTRIES), len(KEYS), 16), dtype=bool)
        for row, country in enumerate(COUNTRIES):
            for column, key in enumerate(KEYS):
                fits[row, column, [CLUES[key].values.index(value) for value in country.clues[key]]] = True
        values, spans = [], []
        for key, clue in CLUES.items():
            spans.append((len(values), len(values) + len(clue.values)))
            values += [captions.clue_wordings(key, value) for value in clue.values]
        return cls(
            countries=tuple(_country_wordings(country) for country in COUNTRIES),
            others=tuple(name for name in world if name not in known),
            values=tuple(values),
            fits=fits,
            spans=tuple(spans),
        )

    def country_targets(self, labels):
        """Soft targets over the countries, shape (batch, countries)."""
        values, visible = labels[:, 0], labels[:, 1].astype(bool)
        fits = self.fits[:, np.arange(len(KEYS)), values]  # (countries, batch, clues)
        misfit = ((~fits & visible) * WEIGHTS).sum(-1).T
        odds = np.exp(-BETA * (misfit - misfit.min(1, keepdims=True)))
        return odds / odds.sum(1, keepdims=True)


def _country_wordings(country):
    plain = [captions.country_caption(country, template) for template in captions.TEMPLATES]
    cities = [
        captions.city_caption(country, city, t) for city in country.cities for t in captions.CITY_TEMPLATES
    ]
    return tuple(plain), tuple(cities)


def pick_country_caption(wordings, rng):
    """The plain caption often, another country caption or a town's caption now and then."""
    plain, cities = wordings
    draw = rng.random()
    if draw < 0.3:
        return plain[0]
    return rng.choice(plain) if draw < 0.75 else rng.choice(cities)


def pick_combinations(labels, count, rng):
    """Captions of one to three visible clues of some scenes, and which images each fits, (batch, count)."""
    texts, fits = [], np.ones((len(labels), count), dtype=bool)
    for column, row in enumerate(rng.sample(range(len(labels)), count)):
        visible = [number for number in range(len(KEYS)) if labels[row, 1, number]]
        chosen = rng.sample(visible, rng.choice((1, 2, 2, 3)))
        said = {KEYS[number]: CLUES[KEYS[number]].values[labels[row, 0, number]] for number in chosen}
        texts.append(clues_caption(said, rng.choice(captions.CLUE_TEMPLATES)))
        for number in chosen:
            same = labels[:, 0, number] == labels[row, 0, number]
            fits[:, column] &= same & (labels[:, 1, number] == 1)
    return texts, fits


# ---- model ----


def build_model(tokenizer):
    """An untrained CLIPModel of about 5 million parameters (3 of them for the image)."""
    import torch
    from transformers import CLIPConfig, CLIPModel

    end = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 192,
        "intermediate_size": 768,
        "num_hidden_layers": 3,
        "num_attention_heads": 3,
        "max_position_embeddings": 77,
        "hidden_act": "gelu",
        "bos_token_id": tokenizer.convert_tokens_to_ids("<|startoftext|>"),
        "eos_token_id": end,
        "pad_token_id": end,
    }
    vision = {
        "hidden_size": 192,
        "intermediate_size": 768,
        "num_hidden_layers": 6,
        "num_attention_heads": 3,
        "image_size": IMAGE_PX,
        "patch_size": PATCH_PX,
        "hidden_act": "gelu",
    }
    config = CLIPConfig(
        text_config=text, vision_config=vision, projection_dim=160, attn_implementation="eager"
    )
    model = CLIPModel(config)  # eager attention is the fastest for so few tokens on a CPU
    with torch.no_grad():  # CLIP's own scheme starts a narrow model too near zero
        for name, weight in model.named_parameters():
            if weight.ndim == 2 and "position" not in name:
                weight.normal_(0, 0.02 if "token_embedding" in name else weight.shape[1] ** -0.5)
    return model


def build_processor(tokenizer):
    """The public processor: shorter side to the input size (bicubic), centre crop, CLIP's normalisation."""
    from transformers import CLIPProcessor
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    images = CLIPImageProcessorPil(
        size={"shortest_edge": IMAGE_PX},
        crop_size={"height": IMAGE_PX, "width": IMAGE_PX},
        resample=3,
        image_mean=list(MEAN),
        image_std=list(STD),
    )
    return CLIPProcessor(image_processor=images, tokenizer=tokenizer)


def export(model, processor, directory):
    """Save the checkpoint as float16 safetensors with everything that `from_pretrained` needs."""
    import copy

    import torch

    directory.mkdir(parents=True, exist_ok=True)
    copy.deepcopy(model).to("cpu", torch.float16).save_pretrained(directory, safe_serialization=True)
    processor.save_pretrained(directory)
    # The class without "Pil" is the one that every version finds; it takes the PIL path where torchvision is
    # missing.
    processor.image_processor.save_pretrained(directory)
    path = directory / "preprocessor_config.json"
    if path.exists():
        record = json.loads(path.read_text(encoding="utf-8"))
        record["image_processor_type"] = "CLIPImageProcessor"
        path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


# ---- training ----


def augment(pixels, torch, device):
    """Pixels (batch, px, px, 3) uint8 to normalised (batch, 3, px, px), each in a little other light."""
    images = torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float()
    mean, std = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in (MEAN, STD))
    gain = 1 + 0.12 * torch.randn(len(images), 1, 1, 1, device=device)
    shift = 0.04 * torch.randn(len(images), 3, 1, 1, device=device)
    return torch.addcmul((shift - mean) / std, images, gain / (255 * std))


class Trainer:
    """Model, optimiser and the three losses.

    A batch is cut into small ones that threads of one core each work off: faster on a CPU than one large
    batch over several cores, and it does not stall when another program takes a core.
    """

    def __init__(self, options, torch):
        self.torch, self.options = torch, options
        if options.device == "auto":
            self.device = "cuda" if torch.cuda.is_available() else "cpu"
        else:
            self.device = options.device
        self.workers = ThreadPoolExecutor(
            1 if self.device == "cuda" else options.threads, initializer=torch.set_num_threads, initargs=(1,)
        )
        self.part_size = options.batch if self.device == "cuda" else 32
        torch.set_num_threads(1)
        torch.manual_seed(options.seed)
        self.rng = random.Random(options.seed)
        self.vocabulary = Vocabulary.build()
        self.tokenizer = build_tokenizer()
        self.model = build_model(self.tokenizer).to(self.device)
        named = list(self.model.named_parameters())
        self.text_weights = [weight for name, weight in named if name.startswith("text")]
        self.image_weights = [weight for name, weight in named if not name.startswith("text")]
        decay = [weight for _, weight in named if weight.ndim > 1]
        plain = [weight for _, weight in named if weight.ndim <= 1]
        groups = [{"params": decay, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}]
        self.optimizer = torch.optim.AdamW(
            groups, lr=options.learning_rate, betas=(0.9, 0.98), eps=1e-6, fused=True
        )
        self.step, self.seconds = 0, 0.0

    def autocast(self):
        return self.torch.autocast("cuda" if self.device.startswith("cuda") else "cpu", self.torch.bfloat16)

    def embed_images(self, images):
        features = self.model.get_image_features(pixel_values=images).pooler_output.float()
        return self.torch.nn.functional.normalize(features, dim=-1)

    def embed_captions(self, texts):
        """Unit embeddings of captions of similar length."""
        torch = self.torch
        with torch.enable_grad(), self.autocast():
            batch = self.tokenizer(texts, padding=True, truncation=True, max_length=77, return_tensors="pt")
            features = self.model.get_text_features(**batch.to(self.device)).pooler_output.float()
            return torch.nn.functional.normalize(features, dim=-1)

    def embed_sorted(self, texts):
        """Captions in three parts by length, each with its graph; and the rows of `texts` in their order."""
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        cuts = [order[len(order) * part // 3 : len(order) * (part + 1) // 3] for part in range(3)]
        jobs = [self.workers.submit(self.embed_captions, [texts[row] for row in cut]) for cut in cuts]
        return [job.result() for job in jobs], self.torch.tensor(order, device=self.device)

    def pick_texts(self, labels):
        """Captions of a step: countries, clue values, combinations; and which images the last ones fit."""
        words, rng = self.vocabulary, self.rng
        others = [
            captions.PLAIN_TEMPLATE.format(country=with_article(name))
            for name in rng.sample(words.others, 16)
        ]
        countries = [pick_country_caption(wordings, rng) for wordings in words.countries] + others
        values = [rng.choice(wordings) for wordings in words.values]
        combined, fits = pick_combinations(labels, len(labels) // 2, rng)
        return countries, values, combined, fits

    def losses(self, pixels, labels, fits, text, country_count):
        """The three losses of a part of a batch; `text` are all caption embeddings of the step."""
        torch, words = self.torch, self.vocabulary
        with self.autocast():
            image = self.embed_images(augment(pixels, torch, self.device))
        logits = self.model.logit_scale.exp() * image @ text.T  # (part, captions)

        def from_numpy(array, dtype=torch.float32):
            return torch.from_numpy(array).to(self.device, dtype)

        target = from_numpy(words.country_targets(labels))
        country = -(target * logits[:, :country_count].log_softmax(-1)[:, : target.shape[1]]).sum(-1).mean()
        values, visible, clue = from_numpy(labels[:, 0], torch.long), from_numpy(labels[:, 1]), 0.0
        for number, (start, stop) in enumerate(words.spans):
            scores = logits[:, country_count + start : country_count + stop]
            wrong = torch.nn.functional.cross_entropy(scores, values[:, number], reduction="none")
            share = 6.0 if KEYS[number] == "script" else 1.0
            clue = clue + share * (wrong * visible[:, number]).mean() / len(KEYS)
        pairs, fits = logits[:, country_count + words.spans[-1][1] :], from_numpy(fits)
        return country, clue, (_several_positives(pairs, fits) + _several_positives(pairs.T, fits.T)) / 2

    def part_gradients(self, pixels, labels, fits, text, country_count):
        """Losses of a part, their gradients in the image weights, and in the caption embeddings."""
        with self.torch.enable_grad():
            text = text.detach().requires_grad_()
            country, clue, pairs = self.losses(pixels, labels, fits, text, country_count)
            total = (4 * country + 6 * clue + 0.5 * pairs) * (len(labels) / self.options.batch)
            *image_gradients, text_gradient = self.torch.autograd.grad(total, [*self.image_weights, text])
        return (country.item(), clue.item(), pairs.item()), image_gradients, text_gradient

    def embed_window(self, images, window, side):
        """Embeddings of a window of patches alone, as if the rest of the picture were not there."""
        torch, tower = self.torch, self.model.vision_model
        across = IMAGE_PX // PATCH_PX
        columns = torch.arange(*window.patch_columns(side))
        places = 1 + (torch.arange(*window.rows)[:, None] * across + columns).flatten().to(self.device)
        positions = tower.embeddings.position_embedding.weight
        patches = tower.embeddings.patch_embedding(images).flatten(2).transpose(1, 2) + positions[places]
        first = (tower.embeddings.class_embedding + positions[0]).expand(len(images), 1, -1)
        tokens = tower.pre_layrnorm(torch.cat([first, patches], dim=1))
        hidden = tower.encoder(inputs_embeds=tokens).last_hidden_state[:, 0]
        return torch.nn.functional.normalize(
            self.model.visual_projection(tower.post_layernorm(hidden)).float(), dim=-1
        )

    def close_up_gradients(self, window, side, pixels, values, text, country_count):
        """As `part_gradients`, for naming one clue in close-ups."""
        torch = self.torch
        with torch.enable_grad():
            text = text.detach().requires_grad_()
            with self.autocast():
                image = self.embed_window(augment(pixels, torch, self.device), window, side)
            start, stop = self.vocabulary.spans[KEYS.index(window.clue)]
            captions_of_clue = text[country_count + start : country_count + stop]
            logits = self.model.logit_scale.exp() * image @ captions_of_clue.T
            loss = torch.nn.functional.cross_entropy(
                logits, torch.from_numpy(values).to(self.device, torch.long)
            )
            total = loss * len(values) / 128
            *image_gradients, text_gradient = torch.autograd.grad(total, [*self.image_weights, text])
        return (loss.item(),), image_gradients, text_gradient

    def train_step(self, pixels, labels, close_ups, progress):
        """One update at this share of the schedule (0 to 1); returns the losses."""
        torch = self.torch
        rate = self.options.learning_rate * min((self.step + 1) / 150, 1.0, max(0.001, (1 - progress) / 0.35))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        countries, values, combined, fits = self.pick_texts(labels)
        text_parts, order = self.embed_sorted(countries + values + combined)
        text = torch.cat([part.detach() for part in text_parts])[order.argsort()]
        parts = [slice(start, start + self.part_size) for start in range(0, len(labels), self.part_size)]
        jobs = [
            self.workers.submit(
                self.part_gradients, pixels[part], labels[part], fits[part], text, len(countries)
            )
            for part in parts
        ]
        jobs += [
            self.workers.submit(self.close_up_gradients, *close, text, len(countries)) for close in close_ups
        ]
        results = [job.result() for job in jobs]
        sums = sum(result[2] for result in results)[order].split([len(part) for part in text_parts])
        jobs = [
            self.workers.submit(torch.autograd.grad, part, self.text_weights, gradient)
            for part, gradient in zip(text_parts, sums, strict=True)
        ]
        for weight, *gradients in zip(self.image_weights, *(result[1] for result in results), strict=True):
            weight.grad = sum(gradients)
        for weight, *gradients in zip(self.text_weights, *(job.result() for job in jobs), strict=True):
            weight.grad = sum(gradients)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        with torch.no_grad():
            self.model.logit_scale.clamp_(max=math.log(100))
        self.step += 1
        close = [result[0][0] for result in results[len(parts) :]]
        return [*np.mean([result[0] for result in results[: len(parts)]], axis=0), *close]

    def quick_look(self, real, mixed):
        """Country accuracy on real scenes and the accuracy per clue on recombined ones."""
        torch = self.torch
        self.model.eval()
        with torch.no_grad(), self.autocast():
            text = self.embed_captions([captions.country_caption(country) for country in COUNTRIES])
            hits = (self.embed_many(real[0]) @ text.T).argmax(-1).cpu().numpy() == real[2]
            image, clues = self.embed_many(mixed[0]), []
            for number, (key, clue) in enumerate(CLUES.items()):
                text = self.embed_captions([clue_caption(key, value) for value in clue.values])
                seen = mixed[1][:, 1, number] == 1
                right = (image @ text.T).argmax(-1).cpu().numpy() == mixed[1][:, 0, number]
                clues.append(f"{key} {right[seen].mean():.2f}")
        self.model.train()
        return f"country {hits.mean():.3f}; " + ", ".join(clues)

    def embed_many(self, pixels):
        torch = self.torch
        mean, std = (torch.tensor(values, device=self.device).view(1, 3, 1, 1) for values in (MEAN, STD))
        rows = []
        for start in range(0, len(pixels), 128):
            images = (
                torch.from_numpy(pixels[start : start + 128]).to(self.device).permute(0, 3, 1, 2).float()
                / 255
            )
            rows.append(self.embed_images((images - mean) / std))
        return torch.cat(rows)

    def save(self, path):
        state = {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}
        state |= {"step": self.step, "seconds": self.seconds, "random": self.rng.getstate()}
        self.torch.save(state, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def load(self, path):
        state = self.torch.load(path, map_location=self.device, weights_only=False)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seconds = state["step"], state["seconds"]
        self.rng.setstate(state["random"])


def _several_positives(logits, fits):
    """Cross-entropy where a row has several right columns, each with the same share."""
    count = fits.sum(-1, keepdim=True)
    missing = -(fits / count.clamp(min=1) * logits.log_softmax(-1)).sum(-1)
    return missing.sum() / (count > 0).sum().clamp(min=1)


def look_scenes(count):
    """Small fixed sets of unseen scenes for the look during the training."""
    real, mixed = [], []
    for number in range(count):
        seed = TEST_SEED + 500_000_000 + number
        rng = random.Random(seed)
        country = number % len(COUNTRIES)
        for rows, clues in (
            (real, facts.clues_of(COUNTRIES[country], rng)),
            (mixed, facts.random_clues(rng)),
        ):
            rows.append((np.asarray(draw_scene(clues, seed, IMAGE_PX)), labels_of(clues, seed), country))
    return [tuple(np.stack(column) for column in zip(*rows, strict=True)) for rows in (real, mixed)]


def train(options):
    """Train until the schedule ends, looking and saving every few minutes."""
    import torch
    from tqdm import tqdm

    trainer = Trainer(options, torch)
    state = options.scratch / "state.pt"
    options.scratch.mkdir(parents=True, exist_ok=True)
    if options.resume:
        trainer.load(state)
    real, mixed = look_scenes(450)
    pool = ScenePool(options.pool, options.threads, tqdm)
    pool.next_seed = trainer.step * options.batch
    pool.redraw(options.pool)
    order = np.random.default_rng(options.seed + trainer.step)
    parameters = sum(weight.numel() for weight in trainer.model.parameters())
    print(
        f"{parameters / 1e6:.2f} million parameters, {len(trainer.tokenizer)} tokens, on {trainer.device}",
        flush=True,
    )
    started, looked = time.monotonic() - trainer.seconds, time.monotonic()
    bar = tqdm(
        total=None if options.minutes else options.steps, initial=trainer.step, unit="step", mininterval=10
    )
    progress = 0.0
    while progress < 1:
        for pixels, labels, close_ups in pool.batches(options.batch, order):
            trainer.seconds = time.monotonic() - started
            progress = (
                trainer.seconds / 60 / options.minutes if options.minutes else trainer.step / options.steps
            )
            if progress >= 1:
                break
            losses = trainer.train_step(pixels, labels, close_ups, progress)
            bar.update()
            bar.set_postfix_str(" ".join(f"{loss:.2f}" for loss in losses), refresh=False)
            if time.monotonic() - looked > options.look_seconds:
                tqdm.write(
                    f"step {trainer.step}, {trainer.seconds / 60:.1f} min: {trainer.quick_look(real, mixed)}"
                )
                trainer.save(state)
                looked = time.monotonic()
        if progress < 1:
            pool.redraw(len(pool.pixels) // 3)
    bar.close()
    print(f"step {trainer.step}: {trainer.quick_look(real, mixed)}", flush=True)
    trainer.save(state)
    export(trainer.model, build_processor(trainer.tokenizer), options.output)


def parse_arguments():
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=4800, help="updates (default 4800)")
    parser.add_argument("--minutes", type=float, help="train for this long instead of a number of steps")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--batch", type=int, default=64, help="whole scenes a step; close-ups come on top")
    parser.add_argument("--pool", type=int, default=24_000, help="scenes kept in memory (77 kB each)")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--look-seconds", type=float, default=180)
    parser.add_argument(
        "--scratch", type=Path, default=ROOT / "artefacts" / "practice", help="where the state is kept"
    )
    parser.add_argument("--output", type=Path, default=MODEL_DIR)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument(
        "--export", action="store_true", help="only write the checkpoint from the saved state"
    )
    parser.add_argument("--evaluate", action="store_true", help="only measure the checkpoint")
    return parser.parse_args()


def main():
    options = parse_arguments()
    if options.export:
        import torch

        trainer = Trainer(options, torch)
        trainer.load(options.scratch / "state.pt")
        export(trainer.model, build_processor(trainer.tokenizer), options.output)
    elif not options.evaluate:
        train(options)
    if not options.export:
        write_gate(options.output)


if __name__ == "__main__":
    main()
