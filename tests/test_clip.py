"""A photo and a question in, a prediction out."""

import gc
import io
import json
import re
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image

from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.errors import DataError, LabelError, ModelError, NeedsRealModel
from streetclip_demo.locate import drawn as module
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.drawn import practice_digests
from streetclip_demo.locate.question import Question
from streetclip_demo.model.caption_cache import CaptionCache
from streetclip_demo.photos.kept_photo import keep
from streetclip_demo.photos.photo import Photo, open_photo, photo_from_image
from streetclip_demo.places.templates import Templates
from streetclip_demo.posterior.tree import leaves


class FakeEncoder:
    """Pictures by their mean colour, captions by their letters; counts what it is asked."""

    revision = "r1"
    engine, device, dtype, note = "torch", "cpu", "bfloat16", ""
    logit_scale = 20.0
    context = 77
    photos_at_once = 1

    def __init__(self, key="streetclip"):
        self.card = MODELS[key]
        self.images = 0
        self.most = 0  # in one call
        self.captions = []
        self.tokenized = []
        self.before = lambda: None  # it looks at pictures

    def crop(self, image):
        return image

    def crops(self, image, places):
        (width, height), side = image.size, min(image.size)
        corners = [(round((width - side) * place), round((height - side) * place)) for place in places]
        squares = [image.crop((left, top, left + side, top + side)) for left, top in corners]
        return [self.crop(image) if place == 0.5 else one for one, place in zip(squares, places, strict=True)]

    def view_embeddings(self, views):
        self.before()
        self.images += len(views)
        self.most = max(self.most, len(views))
        colours = np.array([np.asarray(view).mean(axis=(0, 1)) for view in views]) + 1
        return (colours / np.linalg.norm(colours, axis=1, keepdims=True)).astype(np.float32)

    def caption_embeddings(self, captions, progress=None):
        self.captions += captions
        if progress is not None:
            progress(len(captions), len(captions))
        vectors = np.array([[caption.count(letter) + 0.1 for letter in "aei"] for caption in captions])
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def truncated(self, captions):
        self.tokenized += captions
        return [caption for caption in captions if len(caption.split()) + 2 > self.context]


def photo(red=200, notes=()):
    found = photo_from_image(Image.new("RGB", (8, 6), (red, 80, 40)))
    return Photo(found.image, found.digest, notes)


@pytest.fixture
def encoder():
    return FakeEncoder()


@pytest.fixture
def locator(encoder, gazetteer):
    return ClipLocator(encoder, encoder.caption_embeddings, gazetteer)


@pytest.fixture
def practice(gazetteer):
    encoder = FakeEncoder("practice")
    return ClipLocator(encoder, encoder.caption_embeddings, gazetteer)


COUNTRIES = Question("Japan\nPeru\nKenya\n", add_cities=False)


def test_a_prediction_names_its_model_and_revision(locator):
    prediction = locator.locate(photo(), COUNTRIES)
    assert (prediction.model, prediction.revision, prediction.mark) == ("StreetCLIP", "r1", "")
    assert prediction.logit_scale == 20
    assert {node.candidate.name for node in prediction.roots} == {"Japan", "Peru", "Kenya"}


def test_a_prediction_says_what_it_was_computed_with(locator, gazetteer):
    made = locator.locate(photo(), COUNTRIES).manifest
    assert (made.engine, made.device, made.precision) == ("torch", "cpu", "bfloat16")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d sha256:[0-9a-f]{16}", made.gazetteer)
    assert made.gazetteer == gazetteer.edition
    assert dict(made.versions)["torch"].partition("+")[0] == torch.__version__.partition("+")[0]
    assert made.date[:2] == "20"


def test_what_is_not_as_was_asked_stands_among_the_notes(encoder, gazetteer, tmp_path):
    encoder.note = "float32 is used instead."
    (tmp_path / "file").write_text("no folder can be made below a file")
    captions = CaptionCache(encoder.caption_embeddings, "f", 3, tmp_path / "file")
    notes = ClipLocator(encoder, captions, gazetteer).locate(photo(), COUNTRIES).notes
    assert "float32 is used instead." in notes
    assert any("cannot be kept in" in note for note in notes)


def test_the_question_reaches_the_posterior(locator):
    question = Question(
        "Japan\nPeru\nKenya\n",
        templates=Templates(country=("{country}!",)),
        add_cities=False,
        beam_width=2,
        estimator="hedged",
        top_k=1,
    )
    prediction = locator.locate(photo(), question)
    assert prediction.roots[0].captions == (f"{prediction.roots[0].candidate.name}!",)
    assert (prediction.beam_width, prediction.estimator, len(prediction.guesses)) == (2, "hedged", 1)


def test_cities_are_added_to_the_countries_of_the_beam(locator):
    prediction = locator.locate(photo(), Question("Japan\nPeru\nKenya\n", beam_width=2, cities_per_country=4))
    assert sorted(len(node.children) for node in prediction.roots) == [0, 4, 4]
    assert {len(path) for path, _ in leaves(prediction.roots)} == {1, 2}


def test_a_photo_is_encoded_once_however_often_the_labels_change(locator, encoder):
    asked = photo()
    for labels in ("Japan", "Japan\nPeru", "Kenya"):
        locator.locate(asked, Question(labels))
    assert encoder.images == 1


def test_a_photo_that_several_ask_about_at_once_is_encoded_once(locator, encoder):
    asked, begun, go_on = photo(), threading.Event(), threading.Event()

    def slowly():
        begun.set()
        assert go_on.wait(30)

    encoder.before = slowly
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(locator.embed, [asked])
        assert begun.wait(30)
        others = [threads.submit(locator.embed, [asked]) for _ in range(3)]
        go_on.set()
        embeddings = [future.result(30)[0].embedding for future in (first, *others)]
    assert encoder.images == 1
    assert all((one == embeddings[0]).all() for one in embeddings)


def test_a_photo_that_could_not_be_encoded_is_tried_again(locator, encoder):
    asked = photo()

    def fail():
        raise ModelError("out of memory")

    encoder.before = fail
    with pytest.raises(ModelError):
        locator.embed([asked])
    encoder.before = lambda: None
    assert len(locator.embed([asked])) == 1


def test_another_photo_is_encoded_and_gets_its_own_answer(locator, encoder):
    photos = photo(250), photo(0)
    first, second = (locator.locate(one, COUNTRIES) for one in photos)
    assert encoder.images == 2
    assert first.roots != second.roots
    assert locator.locate(photos[0], COUNTRIES) == first
    assert encoder.images == 2


def test_an_embedding_lives_as_long_as_its_photo(locator, encoder):
    asked = photo()
    embedding = weakref.ref(locator.embed([asked])[0].embedding.base)
    gc.collect()
    assert embedding() is not None
    del asked
    gc.collect()
    assert embedding() is None


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (56, 56), (40, 30), (900, 60), (50, 5100)])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_is_kept_of_a_photo_gives_the_answer_of_the_whole(tiny_encoder, gazetteer, size, orientation):
    picture = Image.effect_noise(size, 90).convert("RGB")
    picture.paste((200, 30, 90), (0, 0, size[0] // 3, size[1] // 2))
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture.save(file := io.BytesIO(), "PNG", exif=exif)
    whole = open_photo(file)
    locator = ClipLocator(tiny_encoder, tiny_encoder.caption_embeddings, gazetteer)
    kept = keep(whole, tiny_encoder.crop(whole.image))
    first, second = locator.embed([kept, whole])
    assert (first.embedding == second.embedding).all()
    assert locator.locate(kept, Question("Japan\nPeru")) == locator.locate(whole, Question("Japan\nPeru"))


def test_threads_get_the_answers_that_one_gets(locator, gazetteer):
    fresh = FakeEncoder()
    expected = {
        red: ClipLocator(fresh, fresh.caption_embeddings, gazetteer).locate(photo(red), COUNTRIES)
        for red in range(0, 250, 10)
    }
    found = {}

    def work(reds):
        for red in reds:
            found[red] = locator.locate(photo(red), COUNTRIES)

    threads = [threading.Thread(target=work, args=[list(expected)[start::3]]) for start in range(3)]
    threads += [threading.Thread(target=work, args=[list(expected)])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


def test_progress_is_told_while_captions_are_encoded(locator):
    told = []
    locator.locate(photo(), COUNTRIES, lambda done, total: told.append((done, total)))
    assert told == [(3, 3)]


def test_broken_labels_are_told_before_the_photo_is_encoded(locator, encoder):
    with pytest.raises(LabelError, match="Line 2"):
        locator.locate(photo(), Question("Japan\nPeru @ 200, 0"))
    assert encoder.images == 0


# Embedding and answering apart


def test_an_embedding_is_enough_for_an_answer(locator, encoder):
    photos = [photo(red, (f"red {red}",)) for red in (250, 0, 250, 90)]
    answers = [locator.answer(embedded, COUNTRIES) for embedded in locator.embed(photos)]
    assert answers == [
        ClipLocator(encoder, encoder.caption_embeddings, locator._gazetteer).locate(one, COUNTRIES)
        for one in photos
    ]
    assert [answer.notes[0] for answer in answers] == ["red 250", "red 0", "red 250", "red 90"]


def test_photos_are_embedded_together_as_many_as_an_encoder_takes(locator, encoder):
    photos = [photo(red) for red in range(40)]
    found = locator.embed(photos)
    assert (encoder.images, encoder.most) == (40, 16)
    assert [embedded.digest for embedded in found] == [one.digest for one in photos]
    for one, embedded in zip(photos, found, strict=True):
        assert (encoder.view_embeddings([one.image])[0] == embedded.embedding).all()


def test_no_photos_have_no_embeddings(locator):
    assert locator.embed([]) == []


def test_the_practice_model_refuses_an_embedding_too(practice):
    (embedded,) = practice.embed([photo()])
    with pytest.raises(NeedsRealModel):
        practice.answer(embedded, COUNTRIES)
    assert practice.answer(embedded, Question("Japan", anyway=True)).mark != ""


# Honesty of the practice model


def test_the_practice_model_does_not_locate_a_photograph(practice):
    with pytest.raises(NeedsRealModel) as caught:
        practice.locate(photo(), COUNTRIES)
    for part in (
        "Practice model (drawn streets)",
        "only seen drawings",
        "`python app.py --prefetch`",
        "`python app.py --model FOLDER`",
        "1.7 GB",
        "CC BY-NC 4.0",
        "`--anyway`",
    ):
        assert part in str(caught.value)
    assert practice.encoder.images == 0


def test_run_anyway_the_prediction_is_marked(practice):
    prediction = practice.locate(photo(), Question("Japan\nPeru", anyway=True))
    assert "Practice model (drawn streets) on a photograph" in prediction.mark
    assert prediction.model == "Practice model (drawn streets)"


def test_drawn_scenes_are_located_without_a_mark(gazetteer):
    encoder = FakeEncoder("practice")
    locator = ClipLocator(encoder, encoder.caption_embeddings, gazetteer, frozenset([photo().digest]))
    assert locator.locate(photo(), Question("Japan\nPeru", anyway=True)).mark == ""


def test_of_drawings_the_last_are_known(monkeypatch):
    monkeypatch.setattr(module, "MOST_KNOWN", 2)
    known = module.KnownDrawings(["shipped"])
    for digest in ("a", "b", "a", "c"):
        known.add(digest)
    assert [digest in known for digest in ("shipped", "a", "b", "c")] == [True, True, False, True]


def test_a_model_that_locates_photographs_is_never_marked(locator):
    assert locator.locate(photo(), Question("Japan\nPeru", anyway=True)).mark == ""


def test_the_shipped_scenes_are_known_by_their_pixels():
    scenes = json.loads((module.ASSETS / "examples" / "manifest.json").read_text(encoding="utf-8"))
    assert len(practice_digests()) == len(scenes) >= 12
    for scene in scenes:
        found = module.ASSETS / "examples" / scene["file"]
        assert photo_from_image(Image.open(found)).digest in practice_digests()


@pytest.mark.parametrize("content", [None, "not json", '{"a": 1}', '[{"file": "a.png"}]', "[1]"])
def test_a_damaged_list_of_scenes_is_told(tmp_path, monkeypatch, content):
    (tmp_path / "examples").mkdir()
    if content is not None:
        (tmp_path / "examples" / "manifest.json").write_text(content)
    monkeypatch.setattr(module, "ASSETS", tmp_path)
    practice_digests.cache_clear()
    try:
        with pytest.raises(DataError, match=r"manifest\.json"):
            practice_digests()
    finally:
        practice_digests.cache_clear()


# What is remembered


def test_what_was_asked_before_is_not_put_together_again(locator, encoder):
    question = Question("Japan\nPeru\nKenya\n", beam_width=2, cities_per_country=4)
    locator.locate(photo(), question)
    count = len(encoder.captions)
    locator.locate(photo(), question)
    locator.locate(photo(201), Question("Japan\nPeru\nKenya\n", beam_width=1, cities_per_country=4))
    assert len(encoder.captions) == count  # the cities too


def test_long_captions_are_looked_for_once_and_told_every_time(locator, encoder):
    question = Question("Japan\n" + " ".join(["wet"] * 80), add_cities=False)
    notes = [locator.locate(photo(), question).notes for _ in range(2)]
    assert notes[0] == notes[1]
    assert "longer than 77 tokens" in notes[1][-1]
    assert len(encoder.tokenized) == 1


# Notes


def test_notes_come_from_the_photo_and_the_labels(locator):
    animation = photo(notes=("This is an animation; its first frame is used.",))
    prediction = locator.locate(animation, Question("Japan\nJapan\na dry climate", add_cities=False))
    notes = prediction.notes
    assert prediction.other_notes == notes[:1] + notes[3:]  # two stand beside the list
    assert notes[:3] == (
        "This is an animation; its first frame is used.",
        "Line 2: 'Japan' is there already, on line 1; the two are one label now.",
        "Line 3 is no known place: it is scored as text, without a point on the map.",
    )


def test_what_is_disputed_about_the_answer_is_a_note(locator):
    assert locator.locate(photo(), Question("Taiwan", add_cities=False)).notes == (
        "Taiwan: Claimed by the People's Republic of China and governed apart from it; here a place of its own.",
    )
    assert locator.locate(photo(), Question("France", add_cities=False)).notes == ()


def test_a_caption_that_the_model_cannot_see_whole_is_told_by_its_line(locator):
    long = " ".join(["wet"] * 80)
    notes = locator.locate(photo(), Question(f"Japan\n{long}", add_cities=False)).notes
    assert notes[-1] == "Line 2: the caption is longer than 77 tokens; the model sees only its start."


def test_short_captions_are_not_counted(locator, encoder):
    locator.locate(photo(), COUNTRIES)
    assert encoder.tokenized == []


def test_a_long_template_gives_a_bounded_number_of_notes(locator):
    question = Question("Japan\nPeru\nKenya", templates=Templates(city=("{city}" + " wet" * 80,)))
    notes = locator.locate(photo(), question).notes
    assert len(notes) == 12  # with the one on what Japan disputes
    assert notes[1].startswith("'")
    assert notes[-1] == "The captions of 80 more labels are too long as well."


# With a checkpoint


@pytest.mark.parametrize("start", ["first", "second"])
def test_a_loaded_checkpoint_answers_as_the_model_cards_snippet_does(
    tiny_encoder, gazetteer, tmp_path_factory, start
):
    kept = (
        tmp_path_factory.getbasetemp() / "captions of the tiny checkpoint"
    )  # by the first start, for the second
    captions = CaptionCache(
        tiny_encoder.caption_embeddings, tiny_encoder.fingerprint, tiny_encoder.dimension, kept
    )
    locator = ClipLocator(tiny_encoder, captions, gazetteer)
    picture = photo()
    prediction = locator.locate(picture, COUNTRIES)
    image = tiny_encoder.image_embeddings([picture.image])[0].astype(float)
    captions = [f"A Street View photo in {name}." for name in ("Japan", "Peru", "Kenya")]
    logits = tiny_encoder.logit_scale * tiny_encoder.caption_embeddings(captions).astype(float) @ image
    expected = np.exp(logits - logits.max())
    found = {node.candidate.name: node.probability for node in prediction.roots}
    assert [found[name] for name in ("Japan", "Peru", "Kenya")] == pytest.approx(
        expected / expected.sum(), abs=1e-6
    )


def test_a_checkpoints_own_tokenizer_says_which_captions_are_too_long(tiny_encoder, gazetteer):
    locator = ClipLocator(tiny_encoder, tiny_encoder.caption_embeddings, gazetteer)
    long = "wet " * 100
    notes = locator.locate(photo(), Question(f"Japan\n{long}", add_cities=False)).notes
    assert (
        notes[-1]
        == f"Line 2: the caption is longer than {tiny_encoder.context} tokens; the model sees only its start."
    )
