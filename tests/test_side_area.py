"""The area "Models side by side", without a browser: what its listeners give, with models that are fakes."""

import json
import sys
from dataclasses import dataclass, field, replace
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from huggingface_hub import constants
from PIL import Image

from streetclip_demo.__main__ import main
from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.checkpoints.on_disk import bytes_on_disk, remove_from_disk
from streetclip_demo.cli.options import read_options
from streetclip_demo.errors import ModelError, UserError
from streetclip_demo.locate.compare import side_by_side
from streetclip_demo.locate.geoclip import HALF, UNTRAINED, UNUSED
from streetclip_demo.locate.library import ModelState
from streetclip_demo.locate.loading import Wanted
from streetclip_demo.locate.other_views import SMALLER, OtherViews
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.room import Room
from streetclip_demo.page.frame.address import Address
from streetclip_demo.page.frame.own_machine import is_own_machine
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.page.locate.beside import asked, chosen_of, compared, weighed
from streetclip_demo.page.locate.side_area import make_remove, make_wait
from streetclip_demo.page.locate.side_html import panel_html, together_html
from streetclip_demo.photos.kept_photo import keep
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.places.candidates import parse_outline
from streetclip_demo.posterior.geolocate import geolocate
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.temperatures import Temperatures
from streetclip_demo.serve.compose import PageModel, _is_ones_own
from streetclip_demo.words.language import LANGUAGES
from streetclip_demo.words.said import said_in

QUESTION = Question("Japan\nFrance")


@dataclass
class FakeOther:
    """A model that is there, or not yet; what it is asked, it answers with the next of its answers."""

    name: str = "Other"
    ready: bool = False
    answers: list = field(default_factory=list)
    started: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    told: dict = field(default_factory=dict)  # of its state
    size: int = 0
    removed: list = field(default_factory=list)
    bytes_to_fetch: float | None = 1.7e9

    @property
    def title(self):
        return self.name

    def state(self):
        return ModelState(self.title, ready=self.ready, **{"done": 0.25, **self.told})

    def start(self):
        self.started.append(self.title)

    def locate(self, photo, question, progress):
        self.asked.append(question)
        return self.answers.pop(0)

    def bytes_on_disk(self):
        return self.size

    def remove(self):
        self.removed.append(self.title)


def waiting(others, chosen, visitor=None, again=False, may_remove=False):
    """What `wait` gives for some models of which some are chosen."""
    services = SimpleNamespace(others=others, may_remove=may_remove)
    kept = SimpleNamespace(visitor=lambda request: visitor or Visitor())
    return make_wait(services, kept, again)(chosen, "answer 1", here())


def here(client="127.0.0.1", **headers):
    """A request of a browser on the machine that runs the app."""
    own = {"host": "localhost:7860", "sec-fetch-site": "same-origin"}
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return SimpleNamespace(client=SimpleNamespace(host=client), headers=own | given)


class Seeing:
    """A locator that sees the middle square of a photo, of one size."""

    def __init__(self, size, key="clip"):
        self.size, self.card = size, MODELS[key]

    revision = "r1"
    is_calibrated = False

    def view(self, photo):
        return photo.image.resize((self.size, self.size))

    def squares(self, image, boxes):
        return [image.resize((self.size, self.size)) for _ in boxes]


def answered(gazetteer, labels, vectors, model):
    return geolocate(
        np.array([1.0, 0.0]),
        parse_outline(labels, gazetteer),
        lambda captions: np.array(vectors[: len(captions)]),
        logit_scale=3.0,
        manifest=lambda roots, guesses: Manifest(model=model),
    )


def test_a_chosen_model_is_loaded_and_the_page_says_how_far_it_is():
    coming, there = FakeOther("Coming"), FakeOther("There", ready=True)
    told, timer, ready = waiting((coming, there), ["0", "1"])
    assert 'Coming</strong> · <span class="side-state">Loading Coming: 25 %' in told
    assert 'value="0.25"' in told
    assert 'There</strong> · <span class="side-state">ready' in told
    assert (coming.started, there.started, timer.active, ready) == (["Coming"], [], True, "answer 1 1")
    coming.ready = True
    told, timer, ready = waiting((coming, there), ["0", "1"])
    assert (timer.active, ready) == (False, "answer 1 0 1")


def test_models_load_one_after_the_other_and_one_that_has_answered_need_not_stay(gazetteer):
    """Where memory holds one of two, both would otherwise make room for each other for ever."""
    first, second = FakeOther("First"), FakeOther("Second")
    _, timer, ready = waiting((first, second), ["0", "1"])
    assert (first.started, second.started, timer.active, ready) == (["First"], [], True, "answer 1")
    first.ready, first.answers = True, [two(gazetteer, "First")]
    session = answered_session(gazetteer)
    visitor = Visitor(session)
    beside, _ = asked(session, [first], [1, 1])
    visitor.compared(session, beside)
    first.ready, first.told = False, {"left_for": "Second"}
    told, timer, ready = waiting((first, second), ["0", "1"], visitor)
    assert (first.started, second.started, timer.active, ready) == (["First"], ["Second"], True, "answer 1 0")
    assert "left memory to make room for Second" in told
    beside, _ = asked(visitor.session, [first], [1, 1])
    assert len(first.asked) == 1
    assert beside.answers["First"].model == "First"


def test_a_model_that_could_not_be_had_is_told_and_tried_again_when_it_is_chosen_anew():
    other = FakeOther("Gone", told={"problem": "The hub cannot be reached."})
    told, timer, _ = waiting((other,), ["0"])
    assert "The hub cannot be reached" in told
    assert (other.started, timer.active) == ([], False)
    assert waiting((other,), ["0"], again=True)[1].active
    assert other.started == ["Gone"]


def test_what_anyone_may_send_chooses_no_other_model_and_nothing_on_a_locked_page():
    services = SimpleNamespace(others=(FakeOther("a"), FakeOther("b")))
    assert chosen_of(services, Visitor(), ["1"]) == [1]
    assert chosen_of(services, Visitor(), ["2", "-1", 1, None]) == chosen_of(services, Visitor(), "x") == []
    locked = Visitor(address=Address(locked=True, beside=("a",)))
    assert chosen_of(services, locked, ["1"]) == [0]


def two(gazetteer, model, japan=1.0, france=0.0):
    return answered(gazetteer, "Japan\nFrance", [[japan, france], [france, japan]], model)


def answered_session(gazetteer):
    """A photo and the page's own answer."""
    photo = keep(photo_from_image(Image.linear_gradient("L").convert("RGB")), None)
    return Session(photo).answered(QUESTION, two(gazetteer, "own"))


def test_the_combined_answer_follows_the_weights_and_is_one_models_own_at_0_and_1(gazetteer):
    other = FakeOther("other", True, [two(gazetteer, "other", 0.2, 0.9)])
    session = answered_session(gazetteer)
    beside, problems = asked(session, [other], [1, 1])
    visitor = Visitor(session)
    visitor.compared(session, beside)
    assert problems == []
    for weights, repeated in (((1, 0), session.prediction), ((0, 0.5), beside.answers["other"])):
        side = compared(weighed(visitor.session, weights), gazetteer)
        assert [(one.candidate, one.probability) for one in side.combined.roots] == [
            (one.candidate, one.probability) for one in repeated.roots
        ]
    even = compared(weighed(visitor.session, (0, 0)), gazetteer)
    assert even.weights == (0.5, 0.5)
    assert "All weights are 0" in together_html(even, (0, 0))
    assert "All weights are 0" not in together_html(even, (1, 1))
    assert weighed(visitor.session, (1,)) is visitor.session  # of another choice


def test_what_models_said_of_another_question_is_not_compared(gazetteer):
    other = FakeOther("other", True, [two(gazetteer, "other"), two(gazetteer, "other")])
    session = answered_session(gazetteer)
    visitor = Visitor(session)
    visitor.compared(session, asked(session, [other], [1, 1])[0])
    later = Question("Japan\nFrance\nPeru")
    visitor.answered(session, later, two(gazetteer, "own"))
    assert compared(visitor.session, gazetteer) is None
    visitor.compared(visitor.session, asked(session, [other], [1, 1])[0])  # comes too late
    assert compared(visitor.session, gazetteer) is None
    assert other.asked == [QUESTION, QUESTION]


# Files on the disk


def test_a_size_is_shown_and_removal_is_offered_on_ones_own_machine_alone():
    kept, none = FakeOther("Kept", size=1_710_000_000), FakeOther("None")
    told = waiting((kept, none), [], may_remove=True)[0]
    assert "not loaded yet · 1.7 GB on disk" in told
    assert "not loaded yet · 1.7 GB to download" in told
    assert told.count("data-remove=") == 1
    assert "data-remove" not in waiting((kept,), [])[0]


@pytest.mark.parametrize(
    "request_",
    [
        here("192.168.0.7"),
        here(host="demo.example.org"),
        here(x_forwarded_for="203.0.113.9"),
        here(sec_fetch_site="cross-site"),
        here(host="localhost.example.org"),
        here(""),
    ],
)
def test_no_other_machine_name_proxy_or_site_removes_a_model(request_):
    assert is_own_machine(here())
    assert is_own_machine(here("::1", host="[::1]:7860"))
    assert not is_own_machine(request_)
    other = FakeOther(size=1)
    with pytest.raises(UserError):
        make_remove(SimpleNamespace(others=(other,), may_remove=True))(request_, chosen_file(0))
    assert other.removed == []


def chosen_file(index):
    return gr.EventData(None, {"index": index})


def test_what_the_hub_and_this_app_keep_of_a_model_is_counted_once_and_deleted_alone(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path / "cache"))
    repository = tmp_path / "hub" / "models--openai--clip-vit-large-patch14-336"
    files = [
        repository / "blobs" / "abc",
        tmp_path / "cache" / "weights" / "c0ffee-bfloat16" / "model.safetensors",
    ]
    others = [
        tmp_path / "hub" / "models--owner--clip" / "x",
        tmp_path / "cache" / "weights" / "beef-bfloat16" / "x",
    ]
    for file in (*files, *others):
        file.parent.mkdir(parents=True)
        file.write_bytes(bytes(1000))
    (repository / "snapshots" / "c0ffee").mkdir(parents=True)
    (repository / "snapshots" / "c0ffee" / "model.safetensors").symlink_to(files[0])
    assert bytes_on_disk(MODELS["clip"]) == 2000
    assert main(["models", "--json"]) == 0
    listed = {one["model"]: one["bytes"] for one in json.loads(capsys.readouterr().out)}
    assert (listed["clip"], listed["streetclip"]) == (2000, 0)
    assert main(["models", "--remove", "clip"]) == 2  # nobody to ask
    assert "--yes" in capsys.readouterr().err
    assert all(file.exists() for file in files)
    assert main(["models", "--remove", "clip", "--yes"]) == 0
    assert not any(file.exists() for file in files)
    assert all(file.exists() for file in others)
    files[0].parent.mkdir(parents=True)
    files[0].write_bytes(bytes(1000))
    model = PageModel(
        Wanted(MODELS["practice"]), None, others=[Wanted(MODELS["clip"]), Wanted(MODELS["practice"])]
    )
    on_page, own = model.others()
    assert (on_page.name, on_page.bytes_on_disk(), on_page.bytes_to_fetch) == ("clip", 1000, 1.7e9)
    on_page.remove()
    assert (files[0].exists(), own.remove) == (False, None)
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    assert main(["models", "--remove", str(folder), "--yes"]) == 2
    assert folder.is_dir()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], True),
        (["--host", "0.0.0.0"], False),
        (["--share"], False),
        (["--trusted-proxies", "127.0.0.1"], False),
    ],
)
def test_a_page_for_others_than_who_sits_here_removes_nothing(options, expected, monkeypatch):
    for name in ("SPACE_ID", "GRADIO_SERVER_NAME"):
        monkeypatch.delenv(name, raising=False)
    assert _is_ones_own(read_options(options)) is expected
    monkeypatch.setenv("SPACE_ID", "owner/space")
    assert not _is_ones_own(read_options(options))


def test_with_a_lent_gpu_all_that_are_offered_are_loaded_before_the_launch_and_stay(monkeypatch):
    loaded = []
    monkeypatch.setattr(
        PageModel, "_load", lambda self, card, asked, counting: loaded.append(card) or Seeing(56)
    )
    monkeypatch.setitem(sys.modules, "streetclip_demo.serve.zero_gpu", SimpleNamespace())
    own, *others = (
        Wanted(MODELS[key], carry_out=lambda compute: compute) for key in ("streetclip", "clip", "geoclip")
    )
    model = PageModel(own, None, others=others)
    model.library._room = Room(lambda: 0.0)  # nothing fits
    model.load_before_launch()
    assert [card.key for card in loaded] == ["practice", "streetclip", "clip", "geoclip"]
    assert all(other.state().ready for other in model.others())


def test_a_model_is_removed_by_its_number_and_on_a_hosted_page_none_is():
    other = FakeOther("Kept", size=1)
    remove = make_remove(SimpleNamespace(others=(other,), may_remove=True))
    for wrong in (1, -1, "/etc", True):
        with pytest.raises(UserError):
            remove(here(), chosen_file(wrong))
    with pytest.raises(UserError):
        make_remove(SimpleNamespace(others=(other,), may_remove=False))(here(), chosen_file(0))
    assert other.removed == []
    remove(here(), chosen_file(0))
    assert other.removed == ["Kept"]


def test_the_panel_has_a_column_for_each_model_and_escapes_titles(gazetteer):
    one = answered(gazetteer, "Japan\nFrance", [[1.0, 0.0], [0.0, 1.0]], "<b>one</b>")
    other = answered(gazetteer, "Japan\nFrance", [[0.0, 1.0], [1.0, 0.0]], "other")
    html = panel_html(side_by_side([one, other], (1, 1), gazetteer), ["Third: <i>gone</i>"])
    assert html.count("side-tree model-") == 2
    assert "&lt;b&gt;one" in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert html.index("They disagree on the country: Japan or France.") < html.index("side-trees")


def test_a_column_says_that_its_shares_are_calibrated_where_they_are(gazetteer):
    one = answered(gazetteer, "Japan\nFrance", [[1.0, 0.0], [0.0, 1.0]], "one")
    other = replace(one, temperatures=Temperatures(country=0.5))
    html = panel_html(side_by_side([one, other], (1, 1), gazetteer), [])
    first, second = html.split("side-tree model-")[1:]
    assert "Calibrated shares" not in first
    assert "Calibrated shares" in second
    elsewhere = replace(other, temperatures=Temperatures(city=0.5))  # not of the level that decides
    assert "Calibrated" not in panel_html(side_by_side([one, elsewhere], (1, 1), gazetteer), [])


def test_models_that_share_no_label_have_no_combined_answer_and_a_sentence_says_so(gazetteer):
    one = answered(gazetteer, "Japan", [[1.0, 0.0]], "one")
    other = answered(gazetteer, "France", [[1.0, 0.0]], "other")
    side = side_by_side([one, other], (1, 1), gazetteer)
    assert "no label in common" in panel_html(side, [])
    assert together_html(side, (1, 1)) == ""


def test_another_model_sees_a_square_of_its_own_once_and_a_note_says_what_it_was_cut_from():
    photo = photo_from_image(Image.linear_gradient("L").convert("RGB"))
    kept = keep(photo, Seeing(56).view(photo))
    views = OtherViews()
    same = views.of(kept, Seeing(56))
    assert (same.view, same.notes) == (kept.view, kept.notes)
    smaller = views.of(kept, Seeing(24, "geoclip"))
    assert smaller.view.size == (24, 24)
    assert smaller.notes[-1].startswith("GeoCLIP saw the smaller picture")
    assert views.of(kept, Seeing(24, "geoclip")) is smaller


@pytest.mark.parametrize("lang", [name for name in LANGUAGES if name != "en"])
def test_what_is_said_of_models_beside_each_other_is_said_in_each_language(lang):
    sentences = [
        SMALLER.format(title="GeoCLIP"),
        UNUSED.format(count=94_123),
        HALF.format(title="openai/clip", revision="abc"),
        UNTRAINED,
        'A sentence in a photo\'s place: "a street".',
    ]
    for card in (MODELS["practice"], MODELS["clip"]):
        with pytest.raises(ModelError) as error:
            remove_from_disk(card)
        sentences.append(str(error.value))
    assert [one for one in sentences if said_in(one, lang) == one] == []
