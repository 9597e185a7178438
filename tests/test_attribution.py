"""Each patch's part of an answer, against transformers' own attention weights."""

import random

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoTokenizer, CLIPModel

from streetclip_demo.engines.far_engine import FarEngine
from streetclip_demo.engines.towers import CaptionTower, ImageTower
from streetclip_demo.errors import QuestionError
from streetclip_demo.locate.locator import Embedded
from streetclip_demo.locate.opened import open_model, photo_of
from streetclip_demo.locate.question import Question
from streetclip_demo.places.candidates import Candidate
from streetclip_demo.places.templates import parse_templates
from streetclip_demo.posterior.attribution import contest
from streetclip_demo.posterior.embedded_labels import Labels
from streetclip_demo.posterior.temperatures import Temperatures
from streetclip_demo.posterior.tree import Parent, Siblings
from streetclip_demo.practice.facts import clues_of, country_named
from streetclip_demo.practice.scene import draw_scene


@pytest.fixture(scope="module")
def oracle(tiny_checkpoint):
    return CLIPModel.from_pretrained(tiny_checkpoint, attn_implementation="eager").eval()


@pytest.fixture(scope="module")
def view(tiny_encoder):
    noise = np.random.default_rng(5).integers(0, 255, (90, 70, 3), np.uint8)
    return tiny_encoder.crop(Image.fromarray(noise))


@torch.inference_mode()
def taken_apart(model, pixels):
    """A photo's features as patches' parts (patches, d) and all the rest (d,), with everything summed by itself."""
    vision = model.vision_model
    seen = vision(pixels, output_attentions=True, output_hidden_states=True)
    start = vision.pre_layrnorm(vision.embeddings(pixels))[0, 0]
    patches, rest = torch.zeros(pixels.shape[-1] ** 2 // vision.config.patch_size**2, len(start)), start
    for layer, hidden, weights in zip(
        vision.encoder.layers, seen.hidden_states, seen.attentions, strict=False
    ):
        attention = layer.self_attn
        values = attention.v_proj(layer.layer_norm1(hidden))[0].unflatten(-1, (attention.num_heads, -1))
        fetched = (weights[0, :, 0].T[..., None] * values).flatten(1) @ attention.out_proj.weight.T
        after = hidden[0, 0] + fetched.sum(0) + attention.out_proj.bias
        patches = patches + fetched[1:]
        rest = rest + fetched[0] + attention.out_proj.bias + layer.mlp(layer.layer_norm2(after))
    norm, whole = vision.post_layernorm, patches.sum(0) + rest
    scale = norm.weight / (whole.var(unbiased=False) + norm.eps).sqrt()
    linear = [(part - part.mean(-1, keepdim=True)) * scale for part in (patches, rest)]
    projected = [model.visual_projection(part) for part in (linear[0], linear[1] + norm.bias)]
    length = model.get_image_features(pixels).pooler_output.norm()
    return [(part / length).numpy() for part in projected]


def test_parts_and_the_rest_are_those_of_attention_weights_by_transformers(tiny_encoder, oracle, view):
    embedding, parts = tiny_encoder.patch_parts(view)
    patches, rest = taken_apart(oracle, torch.from_numpy(tiny_encoder._preprocessing.pixels([view])))
    np.testing.assert_allclose(parts, patches, atol=1e-6)
    np.testing.assert_allclose(embedding, patches.sum(0) + rest, atol=1e-6)
    np.testing.assert_allclose(embedding, tiny_encoder.view_embeddings([view])[0], atol=1e-6)


@torch.inference_mode()
def left_out(model, pixels):
    """What the class token's features lose, patch by patch, when none of its layers may fetch from that patch.

    Asked of transformers' own attention, with a patch's values set to nothing; the last normalisation's deviation is
    that of the whole.
    """
    vision = model.vision_model
    layers = vision.encoder.layers
    seen = [
        layer.layer_norm1(hidden)
        for layer, hidden in zip(
            layers, vision(pixels, output_hidden_states=True).hidden_states, strict=False
        )
    ]
    lost = [
        sum(
            _fetched(layer, one, None) - _fetched(layer, one, token)
            for layer, one in zip(layers, seen, strict=True)
        )
        for token in range(1, seen[0].shape[1])
    ]
    last, norm = vision(pixels).last_hidden_state[0, 0], vision.post_layernorm
    scale = norm.weight / (last.var(unbiased=False) + norm.eps).sqrt()
    length = model.get_image_features(pixels).pooler_output.norm()
    return torch.stack([model.visual_projection((one - one.mean()) * scale) / length for one in lost]).numpy()


def _fetched(layer, hidden, token):
    """What a layer's attention gives to the class token, without the values of one token."""

    def without(module, arguments, values):
        values[:, token] = 0

    hook = layer.self_attn.v_proj.register_forward_hook(without) if token is not None else None
    try:
        return layer.self_attn(hidden, attention_mask=None)[0][0, 0]
    finally:
        if hook:
            hook.remove()


def test_a_place_loses_of_its_lead_what_a_patch_brought_when_transformers_leaves_that_patch_out(
    tiny_checkpoint, oracle, view
):
    opened = open_model(tiny_checkpoint, device="cpu", precision="float32")
    photo = photo_of(view)
    templates = parse_templates("country: A photo of {country}.")
    explained = opened.explain(
        photo, "France", "Japan\nFrance\nBrazil", add_cities=False, templates=templates
    )
    tokens = AutoTokenizer.from_pretrained(tiny_checkpoint)(
        [f"A photo of {name}." for name in ("Japan", "France", "Brazil")], padding=True, return_tensors="pt"
    )
    pixels = torch.from_numpy(opened.locator.encoder._preprocessing.pixels([opened.locator.view(photo)]))
    with torch.inference_mode():
        logits = oracle(**tokens, pixel_values=pixels).logits_per_image[0]
        captions = torch.nn.functional.normalize(oracle.get_text_features(**tokens).pooler_output, dim=-1)
        japan, brazil = logits[[0, 2]].softmax(0)
        direction = oracle.logit_scale.exp() * (captions[1] - japan * captions[0] - brazil * captions[2])
    lost = left_out(oracle, pixels) @ direction.numpy()
    assert explained.lead == pytest.approx(
        float(logits[1] - japan * logits[0] - brazil * logits[2]), abs=1e-4
    )
    np.testing.assert_allclose(explained.patches.ravel(), lost, atol=1e-4)
    assert np.abs(lost).max() > 1e-2  # else it would say little


def test_rivals_count_by_their_shares_where_these_have_no_digits_left():
    """By hand: beside one with everything, rivals 3 apart in logits have shares of 1 to e**3."""
    among = contest(siblings_of([900.0, 0.0, 3.0]), ["label 0"])
    assert among.weights == pytest.approx([1, -1 / (1 + np.e**3), -1 / (1 + np.e**-3)])
    assert among.lead == pytest.approx(900 - 3 / (1 + np.e**-3))


def siblings_of(logits):
    names = [f"label {number}" for number in range(len(logits))]
    labels = tuple(Candidate(name, "label", None, None) for name in names)
    known = Labels(labels, tuple((name,) for name in names), np.full((len(names), 2), np.nan), ())
    return Siblings(known, np.zeros(len(names)), np.array(logits), Parent())


def test_another_process_explains_as_this_one_does(tiny_encoder, view):
    here = tiny_encoder._engine
    towers = {ImageTower: here._images, CaptionTower: None}
    far = FarEngine(tiny_encoder.card, towers.get, lambda compute: compute)
    pixels = tiny_encoder._preprocessing.pixels([view])
    np.testing.assert_array_equal(far.patch_features(pixels), here.patch_features(pixels))
    anew = np.zeros((2, here.patch_features(pixels).shape[1]), bool)
    anew[:, :3] = True
    cuts = np.concatenate([pixels, -pixels])
    estimates = list(here.window_features(pixels, cuts, anew))
    np.testing.assert_array_equal(list(far.window_features(pixels, cuts, anew)), estimates)
    np.testing.assert_allclose(estimates[0], here.image_features(pixels)[0], atol=1e-5)  # nothing was cut


@pytest.fixture(scope="module")
def practice():
    return open_model("practice")


@pytest.fixture(scope="module")
def answered(practice):
    """A drawn street of Japan and what the practice model makes of it."""
    drawn = photo_of(draw_scene(clues_of(country_named("Japan"), random.Random(3)), 3))
    practice.locator.know(drawn)
    return drawn, practice.locate(drawn, labels="Japan\nFrance\nBrazil")


def test_patches_and_remainder_are_the_lead_over_the_rivals(practice, answered):
    photo, prediction = answered
    for root in prediction.roots:
        explained = practice.locator.explain(photo, prediction, [root.candidate.name])
        rivals = [node for node in prediction.roots if node is not root]
        weight = sum(node.share for node in rivals)
        lead = root.logit - sum(node.share / weight * node.logit for node in rivals)
        assert explained.lead == pytest.approx(lead, abs=1e-4)
        assert explained.patches.sum() + explained.remainder == pytest.approx(lead, abs=1e-4)
        assert explained.rivals == tuple(node.candidate.name for node in rivals)
        assert 0 < explained.unattributed_share < 1


@pytest.mark.parametrize(
    ("labels", "path"),
    [
        ("Japan\n  Tokyo\n  Osaka\n  Nara\nFrance\nBrazil", ["Japan"]),
        ("Japan\n  Tokyo\n  Osaka\n  Nara\nFrance\nBrazil", ["Japan", "Osaka"]),
        ("United States\n  Alabama\n  Ohio\nBrazil\nFrance", ["United States"]),  # pooled over its regions
        ("United States\n  Alabama\n  Ohio\nBrazil\nFrance", ["Brazil"]),
    ],
)
def test_with_temperatures_and_pooled_regions_it_is_the_score_that_is_shown(practice, answered, labels, path):
    """The slope of the shown lead, along two patches' difference that leaves the embedding's length."""
    photo, _ = answered
    question = Question(labels, add_cities=False, temperatures=Temperatures(country=1.7, city=0.6))
    locator = practice.locator
    prediction = locator.locate(photo, question)
    explained = locator.explain(photo, prediction, path)
    among = contest(prediction.roots, path)
    assert explained.lead == pytest.approx(among.weights @ among.siblings.logits, abs=1e-4)
    image, parts = locator.encoder.patch_parts(locator.view(photo))
    one, other = 37, 61
    step = parts[one] / (parts[one] @ image) - parts[other] / (parts[other] @ image)
    slope = explained.patches.ravel()[[one, other]] @ [1 / (parts[one] @ image), -1 / (parts[other] @ image)]
    size = 1e-3 / np.linalg.norm(step)
    ahead, back = (
        contest(locator.answer(Embedded(image + way * size * step, photo.digest), question).roots, path)
        for way in (1, -1)
    )
    measured = among.weights @ (ahead.siblings.logits - back.siblings.logits) / (2 * size)
    assert measured == pytest.approx(slope, rel=5e-3)


def test_of_two_places_what_speaks_for_one_speaks_against_the_other(practice, answered):
    photo, _ = answered
    prediction = practice.locate(photo, labels="Japan\nFrance")
    japan, france = (practice.locator.explain(photo, prediction, [name]) for name in ("Japan", "France"))
    np.testing.assert_allclose(japan.patches, -france.patches, atol=1e-5)


def test_without_a_path_the_first_row_is_explained(practice, answered):
    photo, prediction = answered
    assert practice.locator.explain(photo, prediction).path == (prediction.roots[0].candidate.name,)


def test_a_city_is_explained_among_the_cities_beside_it(practice, answered):
    photo, _ = answered
    prediction = practice.locate(photo, labels="Japan\n  Tokyo\n  Osaka\nFrance")
    explained = practice.locator.explain(photo, prediction, ["Japan", "Osaka"])
    assert explained.rivals == ("Tokyo",)


def test_a_place_that_is_not_in_the_answer_is_told(practice, answered):
    with pytest.raises(QuestionError, match="no place 'Japan > Peru': 'Peru' is not in it"):
        practice.locator.explain(*answered, ["Japan", "Peru"])


def test_one_label_alone_has_its_own_score(practice, answered):
    photo, _ = answered
    prediction = practice.locate(photo, labels="Japan")
    explained = practice.locator.explain(photo, prediction)
    assert explained.rivals == ()
    assert explained.lead == pytest.approx(prediction.roots[0].logit, abs=1e-4)
