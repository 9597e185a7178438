"""Several photos of one place as one question: the product of what each says, and which one is odd."""

import itertools
import json

import numpy as np
import pytest
from PIL import Image
from test_clip import FakeEncoder

from streetclip_demo.__main__ import main
from streetclip_demo.errors import NeedsRealModel, QuestionError
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.locator import Embedded
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.together import MOST_TOGETHER, OnePlace, as_one, ask, embed, parts_of
from streetclip_demo.own_files import ASSETS
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.photos.views import SQUARE_NOTE, TALL_NOTE, WIDE_NOTE
from streetclip_demo.posterior.tree import walk
from streetclip_demo.report.parts import parts_record, parts_sentence
from streetclip_demo.report.record import prediction_record
from streetclip_demo.words.said import said_in

QUESTION = Question("France\nJapan\n  Tokyo\n  Osaka\nKenya\n  Nairobi\n  Mombasa", add_cities=False)
EXAMPLES = ASSETS / "examples"


@pytest.fixture
def locator(gazetteer):
    encoder = FakeEncoder()
    return ClipLocator(encoder, encoder.caption_embeddings, gazetteer)


def photo(*colour):
    return photo_from_image(Image.new("RGB", (8, 6), colour))


PHOTOS = tuple(photo(*colour) for colour in ((200, 80, 40), (40, 90, 200), (10, 200, 60)))


def shares(prediction):
    return {path: node.probability for path, node in walk(prediction.roots)}


def test_the_answer_is_the_product_of_what_each_photo_says_divided_by_its_sum(locator):
    together = shares(ask(locator, OnePlace(PHOTOS), QUESTION))
    alone = [shares(locator.locate(one, QUESTION)) for one in PHOTOS]
    for parent in ((), ("Japan",), ("Kenya",)):
        siblings = [path for path in together if path[:-1] == parent]
        of_parents = [each[parent] if parent else 1 for each in alone]
        products = {
            path: np.prod([each[path] / above for each, above in zip(alone, of_parents, strict=True)])
            for path in siblings
        }
        for path in siblings:
            expected = products[path] / sum(products.values()) * (together[parent] if parent else 1)
            assert together[path] == pytest.approx(expected, rel=1e-9), path
    assert sum(share for path, share in together.items() if len(path) == 1) == pytest.approx(1, abs=1e-9)


def test_that_holds_where_a_country_has_the_belief_of_its_regions(gazetteer):
    encoder = FakeEncoder()
    locator = ClipLocator(encoder, encoder.caption_embeddings, gazetteer)
    question = Question("Germany\n  Bavaria\n  Saxony\nFrance\nPoland", add_cities=False)
    together = ask(locator, OnePlace(PHOTOS), question)
    alone = [locator.locate(one, question) for one in PHOTOS]
    products = {
        node.candidate.name: np.prod([shares(each)[node.candidate.name,] for each in alone])
        for node in together.roots
    }
    for node in together.roots:
        assert node.probability == pytest.approx(products[node.candidate.name] / sum(products.values()))


def test_what_is_to_be_known_of_some_photos_alone_says_of_which():
    notes = [(SQUARE_NOTE, WIDE_NOTE), (SQUARE_NOTE, TALL_NOTE), (SQUARE_NOTE,)]
    told = as_one([Embedded(np.ones(4), str(number), one) for number, one in enumerate(notes)]).notes
    assert told[1:] == (SQUARE_NOTE, f"Photo 1: {WIDE_NOTE}", f"Photo 2: {TALL_NOTE}")
    german = said_in(told[2], "de")
    assert german.startswith("Foto 1: ")
    assert german.removeprefix("Foto 1: ") == said_in(WIDE_NOTE, "de") != WIDE_NOTE


def test_one_photo_is_answered_as_it_is(locator):
    first, second = ask(locator, OnePlace(PHOTOS[:1]), QUESTION), locator.locate(PHOTOS[0], QUESTION)
    assert first.roots == second.roots
    assert first.notes == second.notes
    assert first.manifest.seen == ()


def test_the_order_of_photos_does_not_matter_to_the_last_bit(locator):
    found = {
        json.dumps([[path, share] for path, share in shares(ask(locator, OnePlace(order), QUESTION)).items()])
        for order in itertools.permutations(PHOTOS)
    }
    assert len(found) == 1


def test_all_photos_go_through_the_model_in_one_call(locator):
    ask(locator, OnePlace(PHOTOS), QUESTION)
    assert (locator.encoder.most, locator.encoder.images) == (3, 3)
    parts_of(locator, embed(locator, OnePlace(PHOTOS)), QUESTION)
    assert locator.encoder.images == 3  # they are remembered


class Believing:
    """A locator whose embeddings are the logarithms of what it believes of three countries."""

    def __init__(self, gazetteer):
        encoder = FakeEncoder()
        encoder.logit_scale = 1.0
        self._clip = ClipLocator(
            encoder, lambda captions, progress=None: np.eye(3)[: len(captions)], gazetteer
        )

    def answer(self, embedded, question, progress=None):
        return self._clip.answer(embedded, question, progress)


def believing(locator, *beliefs):
    """Photos whose first choices are as given; a unit vector's entries are the logits."""
    vectors = [np.array([3.0 * (place == one) for place in range(3)]) for one in beliefs]
    return as_one([Embedded(vector / np.linalg.norm(vector), str(at)) for at, vector in enumerate(vectors)])


def test_the_odd_photo_is_the_one_that_shares_least_with_the_others(gazetteer):
    locator = Believing(gazetteer)
    question = Question("France\nJapan\nKenya", add_cities=False)
    parts = parts_of(locator, believing(locator, 1, 2, 1), question)
    assert parts.odd == 1
    # By hand: logits (0, 0, 1) against (0, 2, 0): 1 minus half the sum of the differences of both softmaxes.
    alone, others = np.exp([0, 0, 1]), np.exp([0, 2, 0])
    expected = 1 - np.abs(alone / alone.sum() - others / others.sum()).sum() / 2
    assert parts.parts[1].agreement == pytest.approx(expected)
    assert parts_sentence(parts, ["a", "b", "c"]).startswith("b is the odd one: alone it says Kenya (57.6 %)")


def test_of_two_photos_that_differ_neither_is_odd_and_of_three_that_agree_none(gazetteer):
    locator, question = Believing(gazetteer), Question("France\nJapan\nKenya", add_cities=False)
    two = parts_of(locator, believing(locator, 0, 1), question)
    assert two.odd is None
    assert "do not name the same place" in parts_sentence(two, ["a", "b"])
    three = parts_of(locator, believing(locator, 1, 1, 1), question)
    assert three.odd is None
    assert parts_sentence(three, ["a", "b", "c"]) == "All photos name the same place first."


def test_no_photo_and_too_many_are_refused():
    with pytest.raises(QuestionError, match="From 1 to 32 photos can be asked as one, got 0"):
        as_one([])
    with pytest.raises(QuestionError, match="got 33"):
        as_one([Embedded(np.ones(3), "")] * (MOST_TOGETHER + 1))


def test_a_drawing_beside_a_photograph_does_not_make_the_practice_model_answer(gazetteer):
    encoder = FakeEncoder("practice")
    locator = ClipLocator(encoder, encoder.caption_embeddings, gazetteer, {PHOTOS[0].digest})
    with pytest.raises(NeedsRealModel):
        ask(locator, OnePlace(PHOTOS[:2]), QUESTION)
    anyway = Question("France\nJapan", add_cities=False, anyway=True)
    assert ask(locator, OnePlace(PHOTOS[:2]), anyway).mark


def test_a_record_has_every_photo_and_what_each_says(locator):
    embedded = embed(locator, OnePlace(PHOTOS))
    prediction = locator.answer(embedded, QUESTION)
    record = prediction_record(prediction, QUESTION) | parts_record(parts_of(locator, embedded, QUESTION))
    assert record["photo"] is None
    assert [one["pixels_sha256"] for one in record["photos"]] == [one.digest for one in PHOTOS]
    assert len(record["parts"]) == 3
    for node in record["tree"]:  # as for one photo, logits are those of cosines; of several they are added up
        assert node["logit"] == pytest.approx(3 * record["manifest"]["logit_scale"] * node["cosine"])
    json.dumps(record)


def test_the_command_answers_once_for_all_photos_and_says_what_each_says(capsys, tmp_path):
    paths = [str(EXAMPLES / f"{name}.png") for name in ("japan", "norway", "brazil")]
    base = ["locate", "--model", "practice", "--together", "--labels", str(tmp_path / "list.txt")]
    (tmp_path / "list.txt").write_text("Japan\nNorway\nBrazil\n")
    out = tmp_path / "all.csv"
    assert main([*base, *paths, paths[0], "--json", "--csv", str(out)]) == 0
    told = capsys.readouterr()
    record = json.loads(told.out)
    assert record["files"] == paths
    assert "is the same picture as" in told.err
    alone = []
    for path in paths:
        main(["locate", "--model", "practice", "--labels", str(tmp_path / "list.txt"), path, "--json"])
        alone.append(
            {node["name"]: node["probability"] for node in json.loads(capsys.readouterr().out)["tree"]}
        )
    products = {name: np.prod([each[name] for each in alone]) for name in alone[0]}
    for node in record["tree"]:
        assert node["probability"] == pytest.approx(products[node["name"]] / sum(products.values()), rel=1e-4)
    assert out.read_text(encoding="utf-8-sig").count("together,") == 3
    assert main([*base, *paths]) == 0
    assert f"{paths[1]}: Norway" in capsys.readouterr().out
    assert main([*base, *paths, "--out", str(tmp_path / "rows")]) == 2


def test_a_photo_that_is_no_panorama_is_named_and_the_others_are_answered(capsys, tmp_path):
    paths = [str(tmp_path / name) for name in ("around.png", "narrow.png")]
    for path, size in zip(paths, ((80, 40), (80, 60)), strict=True):
        Image.linear_gradient("L").resize(size).convert("RGB").save(path)
    (tmp_path / "list.txt").write_text("Japan\nNorway\n")
    base = ["locate", "--model", "practice", "--anyway", "--labels", str(tmp_path / "list.txt"), "--json"]
    assert main([*base, "--together", "--views", "360", *paths]) == 2
    told = capsys.readouterr()
    assert "narrow.png: The photo is no whole 360-degree panorama" in told.err
    assert json.loads(told.out)["files"] == paths[:1]
