"""The page without a browser: its words, its HTML, its public endpoint, and that it keeps nothing."""

import base64
import gc
import io
import logging
import re
import threading
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import httpx
import pytest
from asgi import run
from checkpoints import copy_checkpoint
from gradio.context import LocalContext
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from huggingface_hub import constants
from page_server import model_behind, serve
from pictures import street
from PIL import Image

from streetclip_demo.checkpoints.cards import MODELS, PRACTICE_TITLE, model_card
from streetclip_demo.errors import PhotoError, QuestionError, UserError
from streetclip_demo.locate import library
from streetclip_demo.locate.loading import Wanted
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.starting_lists import all_presets, default_preset
from streetclip_demo.model import encoder
from streetclip_demo.page.clues.clue_area import clue_shares
from streetclip_demo.page.endpoint import asked_models, asked_weights
from streetclip_demo.page.frame.address import Address, example_of, missing_example, opened_with
from streetclip_demo.page.frame.badge import how_far
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.listening import ListeningBlocks
from streetclip_demo.page.frame.provided import Example
from streetclip_demo.page.locate import healing
from streetclip_demo.page.locate.asking import make_locate
from streetclip_demo.page.locate.labels import check_html, counted_html
from streetclip_demo.page.locate.runners import runners_html
from streetclip_demo.page.locate.shared_answers import SharedAnswers
from streetclip_demo.page.locate.starting import make_start
from streetclip_demo.page.locate.tab import build_locate_tab
from streetclip_demo.page.locate.tree import notes_html, tree_html
from streetclip_demo.photos.photo import data_uri, photo_from_image
from streetclip_demo.places.candidates import Candidate, parse_outline
from streetclip_demo.places.templates import DEFAULT_TEMPLATES
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.prediction import Guess, Prediction
from streetclip_demo.posterior.tree import Node
from streetclip_demo.practice.facts import CLUES
from streetclip_demo.report.sentences import answer_html, details, headline
from streetclip_demo.serve.compose import PageModel, page_services, shipped_examples
from streetclip_demo.teaching.clue_bench import clue_captions
from streetclip_demo.words import text
from streetclip_demo.words.language import LANGUAGES, building
from streetclip_demo.words.readable import kilometres, percent

SECRET = b"Camera-of-Ada-Lovelace"  # stands for whatever a photo's metadata says
SECRET_NAME = "home-of-ada"
COMPARING = "Tiny: comparing its answers with full precision, once on this machine: "


# Words


def node(name, probability, children=(), point=(10.0, 20.0), captions=("A photo.",)):
    candidate = Candidate(name, "country" if point else "label", None, point)
    return Node(candidate, captions, 0.2, 20.0, probability, probability, tuple(children))


def with_discs(*roots):
    """A prediction of as many places as it has labels."""
    return replace(
        prediction(*roots), guesses=tuple(Guess(1, root, (root.candidate.name,)) for root in roots)
    )


def prediction(*roots, radius_km=210.0, path=None, mark=""):
    path = path or (roots[0].candidate.name,)
    pin = next((root for root in roots if root.candidate.name == path[0]), roots[0])
    pin = pin if len(path) == 1 else next(child for child in pin.children if child.candidate.name == path[1])
    guesses = (Guess(1, pin, path),)
    return Prediction(
        roots, guesses, "beam", radius_km, 100.0, 5, DEFAULT_TEMPLATES, Manifest("M", "r", mark=mark)
    )


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.0, "0 %"),
        (0.0004, "< 0.1 %"),
        (0.001, "0.1 %"),
        (0.0432, "4.3 %"),
        (0.61, "61 %"),
        (0.9999, "> 99.9 %"),
        (1.0, "100 %"),
    ],
)
def test_percentages_have_one_decimal_and_never_round_down_to_nothing(probability, said):
    assert percent(probability) == said


@pytest.mark.parametrize(
    ("distance_km", "said"), [(0.2, "1 km"), (7.4, "7 km"), (213.0, "210 km"), (1449.0, "1,400 km")]
)
def test_distances_have_two_digits(distance_km, said):
    assert kilometres(distance_km) == said


def answered(*shares):
    names = ("Japan", "Peru", "Mali", *(f"Place {i}" for i in range(200)))
    return prediction(*(node(name, share) for name, share in zip(names, shares, strict=False)))


# How the belief is spread, and the sentence for it in English
SPREADS = [
    ((0.66, 0.34), "Japan, 66 %"),
    ((0.988, 0.012), "Japan, 98.8 %"),
    ((0.35, 0.15, *[0.05] * 10), "Most likely Japan, 35 %"),
    ((0.45, 0.40, 0.15), "Torn between Japan (45 %) and Peru (40 %)"),
    ((0.58, 0.42), "Torn between Japan (58 %) and Peru (42 %)"),
    ((0.41, 0.30, 0.29), "Perhaps Japan (41 %), with Peru (30 %) and Mali (29 %) close behind"),
    ((0.2, 0.15, *[0.05] * 13), "Perhaps Japan (20 %), with Peru (15 %) close behind"),
    ((0.2, *[0.02] * 40), "Perhaps Japan, 20 %"),
    ((0.048, *[0.034] * 28), "No place stands out: Japan has 4.8 %"),
    (
        (0.34, 0.33, 0.33),
        "The labels share it almost evenly, Japan first with 34 %: this photo may not be locatable",
    ),
    (
        (0.53, 0.47),
        "The labels share it almost evenly, Japan first with 53 %: this photo may not be locatable",
    ),
    (
        [1 / 193] * 193,
        "The labels share it almost evenly, Japan first with 0.5 %: this photo may not be locatable",
    ),
]


@pytest.mark.parametrize(("shares", "said"), SPREADS)
def test_the_tone_follows_how_the_belief_is_spread(shares, said):
    assert headline(answered(*shares)) == said


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize("shares", [shares for shares, _ in SPREADS], ids=[said[:20] for _, said in SPREADS])
def test_the_first_share_stands_in_the_headline_in_each_language(shares, spoken):
    LocalContext.request.set(SimpleNamespace(query_params={"lang": spoken}, headers={}))
    said, share = headline(answered(*shares)), percent(shares[0])
    LocalContext.request.set(None)
    assert said.index("Japan") < said.index(share)


@pytest.mark.parametrize(("inside", "said"), [(0.5, "Japan, 70 %; perhaps Nagasaki"), (0.2, "Japan, 70 %")])
def test_a_place_inside_is_named_where_it_has_a_good_part_of_the_share(inside, said):
    japan = node("Japan", 0.7, [node("Nagasaki", inside), *(node(f"City {i}", 0.1) for i in range(5))])
    answer = prediction(japan, node("Peru", 0.3), path=("Japan", "Nagasaki"))
    assert headline(answer) == said


def test_a_single_label_is_said_to_get_everything_whatever_the_photo():
    assert "whatever the photo shows" in headline(prediction(node("Japan", 1.0)))


def test_where_all_labels_lie_in_one_country_they_are_what_is_said():
    states = [node("Ohio", 0.62), node("Utah", 0.38)]
    states_only = prediction(node("United States", 1.0, states), path=("United States", "Ohio"))
    assert headline(states_only) == "Ohio, 62 %"
    assert "Half of the belief lies within 210 km of the pin." in details(states_only)


@pytest.mark.parametrize(
    ("estimator", "reason"),
    [
        ("beam", "of all places that were opened, weighed on one scale, it is the likeliest."),
        ("hedged", "from there, the distance to be expected is the smallest."),
    ],
)
def test_a_second_pin_is_named_with_its_reason(estimator, reason):
    peru = node("Peru", 0.45, [node("Lima", 0.45)])
    elsewhere = prediction(node("Japan", 0.55), peru, path=("Peru", "Lima"))
    told = details(replace(elsewhere, estimator=estimator))
    assert told[0] == f"A second pin stands in Lima, Peru: {reason}"
    assert told[1] == "Half of the belief lies within 210 km of the second pin."


def test_labels_are_counted_at_all_depths_of_the_list_and_added_cities_are_not():
    listed = Candidate("Utah", "region", None, None, line=2)
    states = Candidate("United States", "country", None, (40.0, -98.0), (listed,), 1)
    roots = (
        replace(node("United States", 0.6), candidate=states),
        node("Peru", 0.4, [node("Lima", 0.4)]),
    )
    assert "Shares among your 3 labels, not certainty." in details(prediction(*roots))


def test_a_best_label_without_a_place_has_no_pin():
    told = details(prediction(node("a polar climate", 0.8, point=None), node("Peru", 0.2), radius_km=None))
    assert text.NOT_ON_MAP in told
    assert not any("Half of" in sentence for sentence in told)


# HTML

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "a & b </li>",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_labels_are_text_in_answer_tree_and_notes(name):
    hostile = prediction(node(name, 0.9, captions=(f"A photo in {name}.",)), node("Peru", 0.1), mark=name)
    first = with_discs(node("Peru", 0.9), node(name, 0.1))
    for html in (answer_html(hostile), runners_html(first), tree_html(hostile), notes_html([name])):
        assert name not in html
        assert "<script" not in html
        assert "<img" not in html


def test_the_tree_shows_every_label_or_says_how_many_it_leaves_out():
    roots = [node(f"Place {i}", 1 / 500) for i in range(500)]
    html = tree_html(prediction(*roots))
    assert html.count('class="name"') == 308  # 8 at once, 300 folded away
    assert "192 more labels, together 38.4 %" in html


def test_what_comes_after_the_answer_stands_beside_it_with_its_number_on_the_map():
    shares = {"Japan": 0.5, "Peru": 0.2, "Mali": 0.15, "Chile": 0.1, "Iran": 0.05}
    html = runners_html(with_discs(*(node(name, share) for name, share in shares.items())))
    chips = re.findall(r'"rank">(\d+)</span> <span class="name" dir="auto">(\w+)</span> .*?">([\d.]+)', html)
    assert chips == [("2", "Peru", "20"), ("3", "Mali", "15"), ("4", "Chile", "10")]
    assert runners_html(with_discs(node("Japan", 1.0))) == ""


def test_the_mark_stands_on_answer_and_tree():
    marked = prediction(node("Japan", 0.6), node("Peru", 0.4), mark="Practice model on a photograph")
    assert "Practice model on a photograph" in answer_html(marked)
    assert "Practice model on a photograph" in tree_html(marked)


def test_the_headline_breaks_no_line_before_a_percent_sign():
    close = prediction(node("Cuba", 0.4), node("Nigeria", 0.35), node("France", 0.25))
    (told,) = re.findall(r'"headline">(.*?)</p>', answer_html(close))
    assert "Cuba (40\N{NO-BREAK SPACE}%)" in told
    assert " %" not in told


def test_a_list_to_begin_with_needs_no_check(gazetteer):
    for is_practice in (True, False):
        outline = all_presets(gazetteer)[default_preset(is_practice)]
        assert counted_html(len(outline.splitlines())) == check_html(outline, gazetteer)


def test_labels_are_checked_line_by_line_without_the_model(gazetteer):
    assert "3 labels" in check_html("Japan\n  Tokyo\nPeru", gazetteer)
    assert "Line 2" in check_html("Japan\nPeru @ 95, 0", gazetteer)
    misread = check_html("\n".join(f"Frence {i}" for i in range(30)), gazetteer)
    assert misread.count("<li>") == len(
        parse_outline("\n".join(f"Frence {i}" for i in range(30)), gazetteer).notes
    )
    assert "add another" in check_html("Japan", gazetteer)
    assert "2,000" in check_html("\n".join(f"Label {i}" for i in range(5000)), gazetteer)
    assert "<script" not in check_html("<script>alert(1)</script>\nPeru", gazetteer)


# Errors


def page_with(listener):
    """A page with one listener, and what calls it as Gradio does, once or further on."""
    with ListeningBlocks() as page:
        box = gr.Textbox()
        box.change(listener, None, box)
    return lambda iterator=None: page.process_api(page.fns[0], [], iterator=iterator)


def test_an_error_that_a_person_can_act_on_is_told_as_it_stands():
    def listener():
        raise PhotoError("The file is empty. Choose another.")

    with pytest.raises(gr.Error, match=r"The file is empty\. Choose another\.") as caught:
        run(page_with(listener)())
    assert caught.value.print_exception is False


def test_the_unexpected_is_logged_without_its_values(caplog):
    def listener():
        raise ValueError(SECRET_NAME)

    with caplog.at_level(logging.ERROR), pytest.raises(gr.Error, match="Something went wrong on our side"):
        run(page_with(listener)())
    assert "listener failed with ValueError" in caplog.text
    assert SECRET_NAME not in caplog.text


def test_what_a_listener_yields_before_an_error_is_kept():
    def listener():
        yield "shown"
        raise PhotoError("Sorry.")

    async def both(call):
        first = await call()
        assert first["data"] == ["shown"]
        with pytest.raises(gr.Error, match="Sorry"):
            await call(first["iterator"])

    run(both(page_with(listener)))


# Files


def test_what_is_shown_holds_pixels_only():
    image = Image.open(io.BytesIO(picture_with_metadata()))
    assert image.getexif()[0x010F] == SECRET.decode()
    shown = base64.b64decode(data_uri(image, 100).partition(",")[2])
    assert SECRET not in shown
    assert Image.open(io.BytesIO(shown)).size == (100, 75)


# The endpoint


def picture_with_metadata(size=(160, 120), colour=(90, 140, 60)) -> bytes:
    """A JPEG whose EXIF says whose camera took it."""
    image = Image.new("RGB", size, colour)
    exif = image.getexif()
    exif[0x010F] = SECRET.decode()
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif, comment=SECRET)
    return buffer.getvalue()


@pytest.fixture
def photo_file(tmp_path):
    path = tmp_path / f"{SECRET_NAME}.jpg"
    path.write_bytes(picture_with_metadata())
    return path


@pytest.fixture(scope="module")
def served(tiny_checkpoint, other_checkpoint, gazetteer, tmp_path_factory):
    """The page with the tiny checkpoint, which counts as one for photographs, and another beside it."""
    model = model_behind(tiny_checkpoint, gazetteer, others=(other_checkpoint,))
    model.start()
    with serve(model, gazetteer, (), tmp_path_factory.mktemp("temp")) as page:
        yield page


@pytest.fixture(scope="module")
def client(served, tmp_path_factory):
    return Client(served.url, verbose=False, download_files=tmp_path_factory.mktemp("downloads"))


def nothing_is_kept(served) -> bool:
    """No file under the temp and cache folders has the photo's bytes, name or metadata."""
    return not any(SECRET in path.read_bytes() or SECRET_NAME in path.name for path in served.files())


def test_the_endpoint_answers_with_the_whole_posterior(client, served, photo_file):
    record = client.predict(handle_file(photo_file), "Japan\nPeru\nMali", api_name="/locate")
    assert sorted(root["name"] for root in record["tree"]) == ["Japan", "Mali", "Peru"]
    assert sum(root["probability"] for root in record["tree"]) == pytest.approx(1, abs=1e-6)
    assert record["manifest"]["model"]
    assert nothing_is_kept(served)


def test_the_endpoint_asks_one_or_several_models_and_loads_them_first(
    client, served, other_checkpoint, photo_file
):
    def ask(**more):
        return client.predict(handle_file(photo_file), "Japan\nPeru\nMali", api_name="/locate", **more)

    with pytest.raises(AppError, match=r"Loading other-clip: .+ Ask again"):
        ask(models="other-clip")
    served.model.library.get(other_checkpoint)
    alone, other = ask(models="tiny-clip"), ask(models="other-clip")
    both = ask(models="tiny-clip, Other-CLIP", weights="1,0")
    assert [one["tree"] for one in both["models"]] == [alone["tree"], other["tree"]]
    assert [one["manifest"]["model"] for one in both["models"]] == ["tiny-clip", "other-clip"]
    assert (both["combined"]["tree"], both["combined"]["weights"]) == (alone["tree"], [1, 0])
    for wrong, sentence in (
        ({"models": "tiny-clip,clip"}, "There are: tiny-clip, other-clip"),
        ({"models": "tiny-clip,tiny-clip"}, "named twice"),
        ({"models": "tiny-clip,other-clip", "weights": "1"}, "2 numbers from 0 to 1"),
    ):
        with pytest.raises(AppError, match=sentence):
            ask(**wrong)
    assert nothing_is_kept(served)


def test_a_model_that_is_named_by_key_and_title_is_named_twice():
    services = SimpleNamespace(
        name="practice", others=(), model_state=lambda: SimpleNamespace(title="Practice model"), locate=len
    )
    assert asked_models(services, "practice") == asked_models(services, " PRACTICE MODEL ") == [len]
    with pytest.raises(QuestionError, match="named twice"):
        asked_models(services, "practice,Practice model")


@pytest.mark.parametrize("wrong", [3, None, 0.5, ["practice"], True])
def test_models_and_weights_that_are_no_text_are_told(wrong):
    with pytest.raises(QuestionError, match="models must be text"):
        asked_models(SimpleNamespace(), wrong)
    with pytest.raises(QuestionError, match="weights must be text"):
        asked_weights(wrong, 2)


def test_the_endpoint_takes_what_counts_of_a_photo(client, served, tmp_path):
    Image.linear_gradient("L").rotate(90).resize((300, 100)).convert("RGB").save(tmp_path / "wide.png")

    def ask(**more):
        wide = handle_file(tmp_path / "wide.png")
        return client.predict(wide, "Japan\nPeru\nMali", api_name="/locate", **more)

    assert ask(views="1")["tree"] == ask()["tree"]
    three = ask(views="3")
    assert len(three["photo"]["views"]) == 3
    assert three["tree"] != ask()["tree"]
    for wrong, sentence in (("360", "no whole 360-degree panorama"), ("left", "'left'")):
        with pytest.raises(AppError, match=sentence):
            ask(views=wrong)
    assert nothing_is_kept(served)


def test_only_the_endpoint_is_public(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert list(endpoints) == ["/locate"]


def test_after_the_first_answer_the_captions_of_clues_have_been_read(served):
    photo = photo_from_image(street(80, 60))
    served.model.locate(photo, Question("Japan\nPeru", add_cities=False))
    [thread.join() for thread in threading.enumerate() if thread.name == "clues"]
    before = served.model.captions_from()["memory"]
    clue_shares(served.model.ask_captions, photo, CLUES)
    captions = {caption for values in clue_captions(CLUES).values() for caption in values.values()}
    assert served.model.captions_from()["memory"] - before == len(captions) > 70


def test_gradio_keeps_neither_runs_nor_statistics(served):
    for path, refused in (("gradio_api/runs", 404), ("monitoring", 404), ("monitoring/summary", 404)):
        assert httpx.get(served.url + path).status_code == refused
    assert '"run_history":false' in httpx.get(served.url).text  # so that the browser keeps none either


def test_the_page_comes_compressed_to_who_can_read_it(served):
    answers = [httpx.get(served.url, headers={"Accept-Encoding": name}) for name in ("gzip, br", "identity")]
    assert [answer.headers.get("content-encoding") for answer in answers] == ["gzip", None]
    assert answers[0].text == answers[1].text
    small, large = (answer.num_bytes_downloaded for answer in answers)
    assert small < large / 2


def test_what_shows_no_progress_reports_it_to_what_shows_nothing(served):
    """So that Gradio's client does not copy the whole page at each step."""
    config = httpx.get(served.url + "config").json()
    timer, *_ = [part["id"] for part in config["components"] if part["type"] == "timer"]
    quiet = [listener for listener in config["dependencies"] if listener["show_progress"] == "hidden"]
    assert len(quiet) > 20
    assert all(listener["show_progress_on"] == [timer] for listener in quiet)


def test_default_labels_are_used_where_none_are_given(client, photo_file):
    record = client.predict(handle_file(photo_file), add_cities=False, api_name="/locate")
    assert len(record["tree"]) == 193


BAD_PHOTOS = {
    "text named .jpg": b"This is no picture. " + SECRET,
    "truncated JPEG": picture_with_metadata((800, 600))[:900],
    "0 bytes": b"",
}


@pytest.mark.parametrize("kind", BAD_PHOTOS)
def test_a_bad_photo_is_explained_and_deleted(client, served, tmp_path, kind):
    path = tmp_path / f"{SECRET_NAME}.jpg"
    path.write_bytes(BAD_PHOTOS[kind])
    with pytest.raises(AppError) as caught:
        client.predict(handle_file(path), "Japan\nPeru", api_name="/locate")
    assert "Traceback" not in str(caught.value)
    assert len(str(caught.value)) > 30
    assert nothing_is_kept(served)
    assert [path for path in served.files() if path.suffix == ".jpg"] == []


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ("\n".join(f"Label {i}" for i in range(5000)), "2,000"),
        ("   \n\n", "no labels"),
        ("Japan @ 95, 0", "Line 1"),
    ],
)
def test_bad_labels_are_explained_and_the_photo_deleted(client, served, photo_file, labels, said):
    with pytest.raises(AppError, match=said):
        client.predict(handle_file(photo_file), labels, api_name="/locate")
    assert nothing_is_kept(served)


def test_bad_templates_are_explained_and_the_photo_deleted(client, served, photo_file):
    with pytest.raises(AppError, match="nation"):
        client.predict(handle_file(photo_file), "Japan\nPeru", "country: In {nation}.", api_name="/locate")
    assert nothing_is_kept(served)


def test_a_missing_photo_is_explained(client):
    with pytest.raises(AppError, match="No photo was given"):
        client.predict(None, "Japan\nPeru", api_name="/locate")


# The practice model


@pytest.fixture(scope="module")
def practising(tiny_checkpoint, gazetteer, tmp_path_factory):
    """The page with a checkpoint that has only seen drawings, and one drawing that it knows."""
    folder = tmp_path_factory.mktemp("practice")
    checkpoint = copy_checkpoint(tiny_checkpoint, folder / "model", locates_photographs=False)
    Image.new("RGB", (160, 120), (200, 30, 30)).save(folder / "scene.png")
    examples = (Example(folder / "scene.png", "Japan"),)
    model = model_behind(checkpoint, gazetteer, examples)
    model.start()
    with serve(model, gazetteer, examples, tmp_path_factory.mktemp("temp")) as page:
        yield page


def test_the_practice_model_refuses_a_photograph(practising, photo_file):
    client = Client(practising.url, verbose=False)
    with pytest.raises(AppError, match="StreetCLIP"):
        client.predict(handle_file(photo_file), "Japan\nPeru", api_name="/locate")
    assert nothing_is_kept(practising)


def test_the_practice_model_run_anyway_is_marked(practising, photo_file):
    client = Client(practising.url, verbose=False)
    record = client.predict(handle_file(photo_file), "Japan\nPeru", anyway=True, api_name="/locate")
    assert PRACTICE_TITLE in record["mark"]


# Services


def test_a_model_that_cannot_be_had_is_told_to_those_who_wait(tmp_path, gazetteer):
    model = model_behind(tmp_path, gazetteer)
    model.start()
    with pytest.raises(UserError, match=r"config\.json"):
        model.get()
    assert not model.state().ready
    assert how_far(model.state()).startswith("No model: ")


@pytest.fixture
def said(monkeypatch):
    """What has been said of the loading of models."""
    said = []

    class Watched(library._Place):
        def __setattr__(self, name, value):
            if name == "state" and not value.ready:
                said.append(how_far(value))
            super().__setattr__(name, value)

    monkeypatch.setattr(library, "_Place", Watched)
    return said


def test_a_model_says_how_far_its_first_start_is(tiny_checkpoint, gazetteer, tmp_path, monkeypatch, said):
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path / "cache"))
    card = replace(model_card(tiny_checkpoint), title="Tiny")
    model = PageModel(Wanted(card, "cpu", "bfloat16", is_explicit=True), gazetteer)
    model.start()
    model.get()
    assert said[:2] == ["Loading Tiny: 0 %", "Loading Tiny: 60 %"]
    shares = [sentence.removeprefix(COMPARING) for sentence in said if sentence.startswith(COMPARING)]
    assert [shares[0], shares[len(shares) // 2], shares[-1]] == ["0 %", "50 %", "100 %"]
    assert said[-1] == "Reading the captions of the labels: 100 %"
    assert model.state().ready


def test_where_streetclip_cannot_be_had_the_practice_model_loads_and_says_so(
    gazetteer, tmp_path, monkeypatch, capsys, said
):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    model = PageModel(Wanted(MODELS["streetclip"], "cpu"), gazetteer)
    model.start()
    model.get()
    assert said[1:3] == ["Loading StreetCLIP: 60 %", f"Loading {PRACTICE_TITLE}: 0 %"]
    assert model.state().is_practice
    assert "HF_HUB_OFFLINE" in model.state().reason
    assert "The practice model runs instead" in capsys.readouterr().err


def test_a_failure_that_nobody_has_foreseen_ends_in_the_practice_model_too(gazetteer, monkeypatch, capsys):
    fetch = encoder.fetch

    def fail(card, progress):
        if card == MODELS["streetclip"]:
            raise RuntimeError("Task error: something of a library's own")
        return fetch(card, progress)

    monkeypatch.setattr(encoder, "fetch", fail)
    model = PageModel(Wanted(MODELS["streetclip"], "cpu"), gazetteer)
    model.start()
    model.get()
    said = "StreetCLIP could not be loaded (RuntimeError: Task error: something of a library's own)."
    assert model.state().is_practice
    assert model.state().reason.startswith(said)
    explicit = PageModel(Wanted(MODELS["streetclip"], "cpu", is_explicit=True), gazetteer)
    explicit.start()
    capsys.readouterr()
    assert explicit.problem() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(said)


def test_a_full_garbage_collection_does_not_look_through_the_model(served):
    served.model.get()
    gc.collect()
    assert len(gc.get_objects()) < gc.get_freeze_count() / 10


@pytest.fixture
def just_opened(gazetteer):
    """The practice model's services, the tab "Locate", and the values of its parts on a page that was just opened."""
    model = model_behind(MODELS["practice"].source, gazetteer, shipped_examples())
    model.start()
    model.get()
    services = page_services(model, gazetteer, shipped_examples())
    with building(), gr.Blocks():
        tab = build_locate_tab(services)
    return services, tab, {part: part.value for part in (*tab.asked, tab.labels.preset)}


def asking(session="a", headers=()):
    """A request of a session, as a listener gets it."""
    return SimpleNamespace(
        session_hash=session, client=SimpleNamespace(host="127.0.0.1"), headers=dict(headers)
    )


def test_a_photo_that_comes_during_the_first_answer_is_not_replaced(just_opened):
    services, tab, values = just_opened
    assert make_start(services, tab, Kept())(values, asking())[tab.photo] is not None  # the example, answered
    kept = Kept()

    def locate(*asked):
        kept.visitor(asking()).uploads += 1
        return services.locate(*asked)

    told = make_start(replace(services, locate=locate), tab, kept)(values, asking())
    assert kept.visitor(asking()).session.photo is None
    assert tab.photo not in told
    assert tab.answer not in told


def test_an_answer_that_was_given_to_nobody_is_given_again(just_opened):
    services, tab, values = just_opened
    kept = Kept()
    start = make_start(services, tab, kept)(values, asking())
    values = values | {
        part: start[part] for part in (tab.labels.outline, tab.labels.add_cities, tab.has) if part in start
    }
    locate = make_locate(services, tab, kept, SharedAnswers())
    assert locate(values, asking()) == [gr.skip()] * (len(tab.shown) + 1)  # the page shows it
    assert locate(values, asking(headers={"streetclip-again": "yes"}))[0] == start[tab.answer]


def test_labels_that_stand_there_are_not_sent_once_more_over_what_is_being_typed(just_opened):
    services, tab, values = just_opened
    told = make_start(services, tab, Kept())(
        values | {tab.labels.outline: "Japan\nPeru", tab.labels.preset: ""}, asking()
    )
    assert tab.labels.outline not in told
    assert tab.labels.preset not in told
    world = services.presets["World (193 countries)"]
    told = make_start(services, tab, Kept())(
        values | {tab.labels.outline: world, tab.labels.preset: "World (193 countries)"}, asking()
    )
    assert told[tab.labels.outline] == services.practice_labels  # untouched, so the model's own


# Examples


def test_photographs_that_came_with_the_model_stand_first_and_the_first_is_answered(
    tiny_checkpoint, gazetteer, tmp_path
):
    folder = copy_checkpoint(tiny_checkpoint, tmp_path / "StreetCLIP")
    street(64, 48).save(folder / "nagasaki.jpg")
    (folder / "sanfrancisco.jpeg").write_bytes(b"no picture")  # is not offered
    model = model_behind(folder, gazetteer)
    services = page_services(model, gazetteer, shipped_examples())
    with building(), gr.Blocks():
        tab = build_locate_tab(services)
    drawn = len(services.examples)
    assert services.example_count() == drawn  # before the model is there
    model.start()
    model.get()
    kept = Kept()
    told = make_start(services, tab, kept)(
        {part: part.value for part in (*tab.asked, tab.labels.preset)}, asking()
    )
    numbers = re.findall(r'data-example="(\d+)"', told[tab.strip])
    assert numbers == [str(number) for number in (drawn, *range(drawn))]
    assert "geolocal/StreetCLIP, CC BY-NC 4.0" in told[tab.strip]
    assert kept.visitor(asking()).session.photo.size == (64, 48)
    forgotten = Kept().visitor(asking())
    assert not healing.is_lost(services, forgotten, told[tab.has])
    assert forgotten.session.photo.size == (64, 48)
    by_name = opened_with(services, "?example=nagasaki", Address())
    assert by_name.problems == ()
    assert example_of(services, by_name) == drawn
    assert opened_with(services, f"?example={drawn + 1}", Address()) == by_name
    missing = opened_with(services, "?example=sanfrancisco", Address())
    assert example_of(services, missing) is None
    (sentence,) = missing_example(services, missing)
    assert "sanfrancisco" in sentence
