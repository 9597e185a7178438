"""The area "Models side by side", without a browser: what its listeners give, with models that are fakes."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
from PIL import Image

from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.locate.compare import side_by_side
from streetclip_demo.locate.library import ModelState
from streetclip_demo.locate.other_views import OtherViews
from streetclip_demo.page.locate.side_area import chosen_of, make_wait, panel_html
from streetclip_demo.photos.kept_photo import keep
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.places.candidates import parse_outline
from streetclip_demo.posterior.geolocate import geolocate
from streetclip_demo.posterior.manifest import Manifest


@dataclass
class FakeOther:
    """A model that is there, or not yet."""

    title: str = "Other"
    ready: bool = False
    started: list = field(default_factory=list)

    def state(self):
        return ModelState(self.title, ready=self.ready, done=0.25)

    def start(self):
        self.started.append(self.title)


class Seeing:
    """A locator that sees the middle square of a photo, of one size."""

    def __init__(self, size, key="clip"):
        self.size, self.card = size, MODELS[key]

    def view(self, photo):
        return photo.image.resize((self.size, self.size))


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
    wait = make_wait(SimpleNamespace(others=(coming, there)))
    told, timer, ready = wait(["0", "1"])
    assert "Coming" in told
    assert "25 %" in told
    assert "There" not in told
    assert (coming.started, there.started, timer.active) == (["Coming"], [], True)
    assert isinstance(ready, dict)  # left as it is
    coming.ready = True
    told, timer, ready = wait(["0", "1"])
    assert (told, timer.active, ready.isdigit()) == ("", False, True)


def test_what_anyone_may_send_chooses_no_other_model():
    services = SimpleNamespace(others=(FakeOther(), FakeOther()))
    assert chosen_of(services, ["1"]) == [1]
    assert chosen_of(services, ["2", "-1", 1, None]) == chosen_of(services, "x") == []


def test_the_panel_has_a_column_for_each_model_and_escapes_titles(gazetteer):
    one = answered(gazetteer, "Japan\nFrance", [[1.0, 0.0], [0.0, 1.0]], "<b>one</b>")
    other = answered(gazetteer, "Japan\nFrance", [[0.0, 1.0], [1.0, 0.0]], "other")
    html = panel_html(side_by_side([one, other], (1, 1), gazetteer), ["Third: <i>gone</i>"])
    assert html.count("side-tree model-") == 2
    assert "&lt;b&gt;one" in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert "They disagree on the country: Japan or France." in html
    assert "Combined" in html


def test_models_that_share_no_label_have_no_combined_answer_and_a_sentence_says_so(gazetteer):
    one = answered(gazetteer, "Japan", [[1.0, 0.0]], "one")
    other = answered(gazetteer, "France", [[1.0, 0.0]], "other")
    html = panel_html(side_by_side([one, other], (1, 1), gazetteer), [])
    assert "no label in common" in html
    assert "Combined" not in html


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
