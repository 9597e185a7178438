"""A caption's embedding, a photo's embedding and an answer depend on themselves alone, to the last bit."""

import functools
import importlib.util

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import street

from streetclip_demo.checkpoints.cards import model_card
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.question import Question
from streetclip_demo.model.caption_cache import CaptionCache
from streetclip_demo.model.encoder import load_encoder
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.places.templates import Templates

NAMES = (
    "Japan",
    "France",
    "Chile",
    "Peru",
    "Kenya",
    "Iceland",
    "Brazil",
    "Spain",
    "Georgia",
    "Oman",
    "Mali",
    "Fiji",
)
CAPTIONS = (
    *(f"A Street View photo in {name}." for name in NAMES),
    *(
        f"A Street View photo from {name} on a day of rain, with a dog and a cat and a bicycle."
        for name in NAMES
    ),
    *(f"{name} " * 9 for name in NAMES),  # each third is of another length of attention
    *("", "a", "word " * 200),
)
needs_openvino = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None, reason="OpenVINO, an optional requirement, is not installed"
)
WAYS = [
    *(pytest.param(("torch", precision), id=f"torch {precision}") for precision in ("float32", "bfloat16")),
    *(
        pytest.param(("openvino", precision), id=f"OpenVINO {precision}", marks=needs_openvino)
        for precision in ("float32", "bfloat16")
    ),
]


@pytest.fixture(scope="module", params=WAYS)
def encoder(request, tiny_checkpoint):
    engine, precision = request.param
    return load_encoder(model_card(tiny_checkpoint), device="cpu", engine=engine, precision=precision)


@pytest.fixture(scope="module")
def alone(encoder):
    """A caption's embedding when nothing else is asked."""
    return functools.cache(lambda caption: encoder.caption_embeddings([caption])[0])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(CAPTIONS), min_size=1, max_size=80))
def test_a_caption_has_one_embedding_in_any_order_and_company(encoder, alone, captions):
    found = encoder.caption_embeddings(captions)
    assert all((row == alone(caption)).all() for caption, row in zip(captions, found, strict=True))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.sampled_from(CAPTIONS), min_size=1, max_size=30), min_size=1, max_size=4))
def test_what_is_kept_does_not_depend_on_what_was_asked_before(encoder, alone, tmp_path_factory, questions):
    half = encoder.dtype != "float32"
    folder = tmp_path_factory.mktemp("kept")
    cache = CaptionCache(
        encoder.caption_embeddings, encoder.fingerprint, encoder.dimension, folder, half=half
    )
    for captions in questions:
        expected = np.array([alone(caption) for caption in captions])
        assert (cache(captions) == (expected.astype(np.float16) if half else expected)).all()


def test_a_photo_has_one_embedding_in_any_company(encoder):
    images = [street(), street(90, 60, seed=2), street(60, 90, seed=3)]
    together = encoder.image_embeddings(images)
    assert all(
        (encoder.image_embeddings([image])[0] == row).all()
        for image, row in zip(images, together, strict=True)
    )


ENSEMBLE = Templates(country=("A photo in {country}.", "{country}, seen from a car."))
LISTS = st.lists(
    st.sampled_from((*NAMES, "a desert", "a beach", "snow")), min_size=1, max_size=12, unique=True
)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(LISTS, st.sampled_from((Templates(), ENSEMBLE))), min_size=1, max_size=4))
def test_an_answer_does_not_depend_on_what_was_asked_before(encoder, gazetteer, tmp_path_factory, asked):
    photo = photo_from_image(street())

    def predictor():
        folder = tmp_path_factory.mktemp("kept")
        cache = CaptionCache(
            encoder.caption_embeddings, encoder.fingerprint, encoder.dimension, folder, half=True
        )
        return ClipLocator(encoder, cache, gazetteer)

    questions = [
        Question("\n".join(names), templates, cities_per_country=2, beam_width=2, anyway=True)
        for names, templates in asked
    ]
    old = predictor()
    answers = [old.locate(photo, question) for question in questions]
    assert answers[-1].roots == predictor().locate(photo, questions[-1]).roots
