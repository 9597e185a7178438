"""Step by step: every number on the screens is the one that was computed."""

import base64
import html
import io
import re

import numpy as np
import pytest
from pictures import street
from PIL import Image

from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.together import OnePlace, ask
from streetclip_demo.page.locate.tree import other_levels, tree_html
from streetclip_demo.page.steps.steps import SHOWN, Explained, nothing_html, steps_html
from streetclip_demo.photos.kept_photo import keep
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.posterior.temperatures import Temperatures
from streetclip_demo.posterior.tree import leaves
from streetclip_demo.words import text
from streetclip_demo.words.language import speaking
from streetclip_demo.words.language import text as speech

LABELS = "Japan\nFrance\n  Paris\n  Lyon\nPeru\nMali\nIndia\n  Kerala\n  Goa\nChile\na polar climate\n"


@pytest.fixture(scope="module")
def explained(tiny_encoder, gazetteer):
    """A real answer of a tiny model, with all that the steps show."""
    predictor = ClipLocator(tiny_encoder, tiny_encoder.caption_embeddings, gazetteer)
    photo = photo_from_image(street(320, 200))
    prediction = predictor.locate(photo, Question(LABELS, beam_width=7))
    return Explained(keep(photo, tiny_encoder.crop(photo.image)), prediction, "<iframe></iframe>")


@pytest.fixture(scope="module")
def screens(explained):
    """The HTML of each screen."""
    return re.split(r'(?=<section class="step")', steps_html(explained))[1:]


@pytest.fixture(scope="module")
def cosine(explained, tiny_encoder):
    """Cosine of a caption and the photo, computed anew with numpy."""
    image = tiny_encoder.view_embeddings([explained.photo.view])[0].astype(float)

    def similarity(caption):
        embedding = tiny_encoder.caption_embeddings([caption])[0].astype(float)
        return embedding @ image / np.linalg.norm(embedding) / np.linalg.norm(image)

    return similarity


def rows(screen):
    """Name to the numbers of each row of a screen's tables, as they are behind what is written."""
    return {
        html.unescape(re.sub(r"<.*?>", "", name)): [
            float(value) for value in re.findall(r'<data value="(.*?)"', cells)
        ]
        for name, cells in re.findall(r'<th scope="row">(.*?)</th>(.*?)</tr>', screen)
    }


def written(screen):
    """Pairs of each number and what is written for it."""
    return [
        (float(value), html.unescape(said))
        for value, said in re.findall(r'<data value="(.*?)".*?>(.*?)</data>', screen)
    ]


def regions_of(name):
    return {"India": ["Kerala", "Goa"]}.get(name, [])


def test_there_are_eight_steps_and_the_first_is_open(screens):
    assert len(screens) == 8
    assert [" hidden>" in screen.split("<div")[0] for screen in screens] == [False] + [True] * 7


def test_the_crop_is_the_one_that_the_model_sees_pixel_for_pixel(screens, explained):
    (shown,) = re.findall(r"data:image/png;base64,([\w+/=]+)", screens[0])
    picture = Image.open(io.BytesIO(base64.b64decode(shown)))
    assert np.array_equal(np.asarray(picture), np.asarray(explained.photo.view))
    assert "320 × 200 pixels" in screens[0]
    assert f"{explained.photo.view.width} × {explained.photo.view.width} pixels" in screens[0]


def test_captions_are_those_that_were_scored(screens, explained):
    for node in explained.prediction.roots[:SHOWN]:
        assert f">{html.escape(node.captions[0])}</q>" in screens[1]
    assert "7 labels" in screens[1]


def test_cosines_logits_and_shares_follow_from_the_embeddings(screens, explained, cosine, tiny_encoder):
    roots = explained.prediction.roots
    scale = tiny_encoder.logit_scale
    cosines = {node.candidate.name: cosine(node.captions[0]) for node in roots}
    logits = {name: scale * value for name, value in cosines.items()}
    pool = [
        logits["India"],
        *(
            scale * cosine(f"A Street View photo in the region of {name} in India.")
            for name in regions_of("India")
        ),
    ]
    logits["India"] = np.log(np.mean(np.exp(pool)))
    whole = sum(np.exp(logit) for logit in logits.values())
    first = [node.candidate.name for node in roots[:SHOWN]]

    assert rows(screens[2]) == {name: [pytest.approx(cosines[name], abs=1e-5)] for name in first}
    expected = {name: pytest.approx([cosines[name], scale, logits[name]], abs=1e-4) for name in first}
    assert rows(screens[3]) == expected
    shown = rows(screens[4])
    assert shown.pop("2 other labels")[0] == pytest.approx(
        sum(np.exp(logits[node.candidate.name]) for node in roots[SHOWN:]) / whole, abs=1e-5
    )
    assert shown == {
        name: pytest.approx([logits[name], np.exp(logits[name]) / whole], abs=1e-4) for name in first
    }


def test_what_is_written_is_the_number_rounded(screens):
    assert {len(said.partition(".")[2]) for _, said in written(screens[2])} == {4}
    for screen in screens[2:4]:
        for value, said in written(screen):
            assert float(said.replace("−", "-").replace(",", "")) == pytest.approx(value, abs=0.006)
    for value, said in written(screens[4])[1::2]:
        assert float(said.strip("<> %")) / 100 == pytest.approx(value, abs=0.001)


def test_the_slider_starts_from_all_logits_that_were_computed(screens, explained):
    (logits,) = re.findall(r'data-logits="(\[.*?\])"', screens[4])
    assert [float(value) for value in logits.strip("[]").split(",")] == [
        n.logit for n in explained.prediction.roots
    ]


def test_a_share_times_its_parent_is_the_probability(screens, explained, cosine, tiny_encoder):
    opened = {node.candidate.name: node for node in explained.prediction.roots if node.children}
    assert {"France", "Japan", "India"} <= set(opened)
    (paris, *_), (lyon, *_) = (rows(screens[5])[name] for name in ("Paris", "Lyon"))
    logits = [
        tiny_encoder.logit_scale * cosine(f"A Street View photo from {name}.") for name in ("Paris", "Lyon")
    ]
    assert paris == pytest.approx(1 / (1 + np.exp(logits[1] - logits[0])), abs=1e-4)
    assert paris + lyon == pytest.approx(1)
    for table in re.split(r'(?=<div class="parent")', screens[5])[1:]:
        numbers = rows(table).values()
        assert all(share * above == pytest.approx(probability) for share, above, probability in numbers)
        assert sum(share for share, _, _ in numbers) == pytest.approx(1)


def test_of_several_photos_every_product_is_the_logit_and_the_steps_say_what_counts(tiny_encoder, gazetteer):
    locator = ClipLocator(tiny_encoder, tiny_encoder.caption_embeddings, gazetteer)
    photos = [photo_from_image(street(320, 200).rotate(turned)) for turned in (0, 90, 180)]
    question = Question("Japan\nFrance\nPeru", add_cities=False)
    prediction = ask(locator, OnePlace(tuple(photos)), question)
    shown = keep(photos[0], tiny_encoder.crop(photos[0].image))
    screens = re.split(
        r'(?=<section class="step")', steps_html(Explained(shown, prediction, "<iframe></iframe>"))
    )[1:]
    assert text.STEP_CROP_SEVERAL in screens[0]
    assert text.STEP_CROP_MORE not in screens[0]
    assert text.STEP_LOGITS_TOGETHER.format(count=3) in screens[3]
    for cosine, scale, logit in rows(screens[3]).values():
        assert cosine * scale == pytest.approx(logit)
    assert text.STEP_POOLED not in html.unescape(screens[3])


def test_a_pooled_logit_is_explained_where_it_is_shown(screens, explained):
    is_shown = "India" in [node.candidate.name for node in explained.prediction.roots[:SHOWN]]
    assert (html.escape(text.STEP_POOLED) in screens[3]) == is_shown


def test_the_number_that_similarities_are_multiplied_by_has_the_fitted_temperature_in_it(
    explained, tiny_encoder, gazetteer
):
    predictor = ClipLocator(tiny_encoder, tiny_encoder.caption_embeddings, gazetteer)
    question = Question("Japan\nPeru", add_cities=False, temperatures=Temperatures(country=2.0))
    calibrated = predictor.locate(explained.photo, question)
    shown = steps_html(Explained(explained.photo, calibrated, ""))
    logits = rows(re.split(r'(?=<section class="step")', shown)[4])
    scale = tiny_encoder.logit_scale
    for cosine, multiplier, logit in logits.values():
        assert multiplier == pytest.approx(scale / 2)
        assert logit == pytest.approx(cosine * multiplier)
    said = text.STEP_LOGITS_CALIBRATED.format(scale=f"{scale:.2f}", temperature="2.00")
    assert html.escape(said) in shown


def test_labels_without_children_have_nothing_to_look_into(explained, tiny_encoder, gazetteer):
    predictor = ClipLocator(tiny_encoder, tiny_encoder.caption_embeddings, gazetteer)
    flat = predictor.locate(explained.photo, Question("Japan\nPeru", add_cities=False))
    shown = steps_html(Explained(explained.photo, flat, ""))
    assert text.STEP_PARENTS_NONE in shown
    assert 'class="chooser"' not in shown
    inside = rows(re.split(r'(?=<section class="step")', shown)[6])  # each keeps its share of the whole list
    assert inside == {
        node.candidate.name: [node.share, 1.0, pytest.approx(node.probability)] for node in flat.roots
    }
    assert 'data-go="cities"' in shown


def test_without_a_country_there_are_no_cities_to_add(explained, tiny_encoder, gazetteer):
    predictor = ClipLocator(tiny_encoder, tiny_encoder.caption_embeddings, gazetteer)
    flat = predictor.locate(explained.photo, Question("a polar climate\na hot desert"))
    assert 'data-go="cities"' not in steps_html(Explained(explained.photo, flat, ""))


def test_what_is_followed_is_what_the_tables_say(explained, screens):
    """The numbers above all screens are those of the rows: caption, cosine, logit, share, and the best place inside."""
    shown = steps_html(explained)
    trails = re.findall(
        r'<dl class="trail" data-label="\d">(.*?)</dl>|<dl class="trail".*?hidden>(.*?)</dl>', shown
    )
    assert len(trails) == SHOWN
    for node, trail in zip(explained.prediction.roots, ("".join(pair) for pair in trails), strict=False):
        values = [float(value) for value in re.findall(r'<data value="(.*?)"', trail)]
        inside = node.children[0] if node.children else node
        assert values == [node.cosine, node.logit, node.share, inside.probability]
        assert html.escape(node.captions[0]) in trail


def test_what_is_followed_has_the_readers_names_and_its_caption_is_marked_as_english(explained):
    with speaking("de"):
        shown = steps_html(explained)
    chosen = shown[shown.index('<select id="follow">') :].split("</select>")[0]
    assert "Frankreich" in chosen
    assert "France" not in chosen
    assert re.findall(r"<q(?! lang=\"en\")", shown) == []


def test_labels_are_text_on_every_screen(explained, tiny_encoder, gazetteer):
    predictor = ClipLocator(tiny_encoder, tiny_encoder.caption_embeddings, gazetteer)
    name = '<img src=x onerror="alert(1)">'
    question = Question(f"{name} @ 1, 2\n  {name}\nPeru", beam_width=2)
    hostile = predictor.locate(explained.photo, question)
    shown = steps_html(Explained(explained.photo, hostile, "")) + tree_html(hostile)
    assert name not in shown
    assert shown.count("<img") == 3  # the photo, its crop, and the crop on every screen


def test_without_an_answer_there_is_a_way_to_one():
    assert 'data-go="locate"' in nothing_html(text.STEPS_NO_PHOTO)
    assert html.escape(text.STEPS_NO_PHOTO) in nothing_html(text.STEPS_NO_PHOTO)


# The levels of the tree


def test_the_likeliest_labels_of_each_level_can_be_listed_whatever_lies_above_them(explained):
    found = other_levels(explained.prediction, count=3)
    assert list(found) == ["country", "region", "city", "label"]
    assert [path for path, _ in found["region"]] == [
        ("India", child.candidate.name)
        for root in explained.prediction.roots
        if root.candidate.name == "India"
        for child in root.children
    ]
    cities = [path for path, node in leaves(explained.prediction.roots) if node.candidate.level == "city"]
    assert [path for path, _ in found["city"]] == cities[:3]
    assert len({path[:-1] for path in cities}) > 3
    assert tree_html(explained.prediction).count("hidden><ul>") == 4


def test_a_level_that_the_tree_begins_with_is_not_listed_once_more(tiny_encoder, gazetteer, explained):
    predictor = ClipLocator(tiny_encoder, tiny_encoder.caption_embeddings, gazetteer)
    countries = predictor.locate(explained.photo, Question("Japan\nPeru"))
    assert list(other_levels(countries)) == ["city"]
    flat = predictor.locate(explained.photo, Question("Japan\nPeru", add_cities=False))
    assert 'name="tree-level"' not in tree_html(flat)


@pytest.mark.parametrize(
    ("reader", "levels"),
    [
        ("en", ("cit", "countr")),
        ("de", ("Stadt", "Städt", "Land", "Länd")),
        ("fr", ("ville", "pays")),
        ("es", ("ciudad", "país")),
        ("ja", ("都市", "国")),
    ],
)
def test_inside_the_likeliest_places_is_said_for_states_as_well_as_for_cities(reader, levels):
    with speaking(reader):
        said = speech.STEP_PARENTS_IDEA + speech.STEP_PARENTS_MORE
    assert not [level for level in levels if level in said]
