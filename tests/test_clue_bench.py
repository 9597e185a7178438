"""The clue bench's arithmetic: what changed, how far the posterior moved, and which clue did it."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from streetclip_demo.page.clues.bench_html import gate_html, moved_html, readings_html
from streetclip_demo.page.clues.clue_area import clue_shares, clues_html
from streetclip_demo.page.frame.session import Session
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.practice.facts import CLUES
from streetclip_demo.practice.gate import load_gate
from streetclip_demo.practice.scene import scene_of
from streetclip_demo.teaching import clue_bench
from streetclip_demo.teaching.clue_bench import Drawing, Move


def posterior(**shares):
    """Something with roots, as a Prediction has them."""
    return SimpleNamespace(
        roots=[
            SimpleNamespace(candidate=SimpleNamespace(name=name), probability=share)
            for name, share in shares.items()
        ]
    )


@pytest.fixture
def japan():
    return clue_bench.drawing_of("Japan", 7)


def test_a_drawing_shows_every_clue(japan):
    assert not scene_of(japan.clues, japan.seed).hidden
    assert set(japan.clues) == set(CLUES)


def test_a_drawing_is_the_same_picture_each_time(japan):
    assert japan.photo().digest == japan.photo().digest
    assert japan.with_clue("script", "thai").photo().digest != japan.photo().digest


def test_a_country_that_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="Atlantis"):
        clue_bench.drawing_of("Atlantis", 1)


def test_changed_names_the_clues_in_the_tables_order(japan):
    other = japan.with_clue("soil", "red" if japan.clues["soil"] != "red" else "sand").with_clue(
        "side", "right"
    )
    assert clue_bench.changed(japan, other) == ("side", "soil")


def test_moves_are_the_largest_and_stand_by_their_new_share():
    before, after = posterior(A=0.6, B=0.3, C=0.1), posterior(A=0.1, B=0.35, C=0.55)
    assert clue_bench.moves(before, after, 2) == (Move("C", 0.1, 0.55), Move("A", 0.6, 0.1))


def test_the_distance_of_posteriors_is_the_mass_that_moved():
    assert clue_bench.distance(posterior(A=0.7, B=0.3), posterior(A=0.2, B=0.8)) == pytest.approx(0.5)
    assert clue_bench.distance(posterior(A=1.0), posterior(B=1.0)) == pytest.approx(1)


def test_each_changed_clue_is_put_back_alone(japan):
    """A model that reads only the script: putting the script back moves all, putting the soil back nothing."""
    changes = {"script": "thai", "soil": "red" if japan.clues["soil"] != "red" else "sand"}
    after = replace(japan, clues={**japan.clues, **changes})
    script_back = after.with_clue("script", japan.clues["script"]).photo().digest

    def locate(photo):
        return posterior(Japan=1.0) if photo.digest == script_back else posterior(Thailand=1.0)

    found = clue_bench.credits(japan, after, posterior(Thailand=1.0), locate, ("script", "soil"))
    assert [(credit.clue, credit.moved) for credit in found] == [("script", 1.0), ("soil", 0.0)]


def test_a_clue_that_is_not_learnt_is_never_given_as_a_reason(japan):
    after = japan.with_clue("script", "thai")
    assert clue_bench.credits(japan, after, posterior(A=1.0), lambda photo: posterior(A=1.0), ("soil",)) == ()
    said = moved_html([], [], ["script"])
    assert "not learnt" in said
    assert CLUES["script"].label in said


def test_captions_ask_for_every_value_of_a_clue():
    captions = clue_bench.clue_captions(["side"])
    assert set(captions["side"]) == {"left", "right"}
    assert "driving on the left" in captions["side"]["left"]


def test_readings_say_whether_they_are_right():
    shares = {"side": {"left": 0.9, "right": 0.1}}
    assert "right</span>" in readings_html(shares, {"side": "left"})
    assert "wrong</span>" in readings_html(shares, {"side": "right"})


def test_the_gates_table_has_every_clue_and_its_figures(tmp_path):
    row = {"accuracy": 0.5, "majority": 0.4, "scenes": 10, "mean_drop": 0.01, "swaps": 9, "learnt": False}
    record = {"country": {"accuracy": 0.9, "scenes": 20}, "clues": {"side": row}, "passed": True}
    path = tmp_path / "gate.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    table = gate_html(load_gate(path))
    for part in (CLUES["side"].label, "50 %", "0.01", "never given"):
        assert part in table


def test_every_value_can_be_drawn_on_the_bench(japan):
    pictures = {
        Drawing({**japan.clues, "side": side}, japan.seed).photo().digest for side in CLUES["side"].values
    }
    assert len(pictures) == len(CLUES["side"].values)


def test_clues_are_read_in_parts_of_whole_clues_with_a_batch_of_captions_each():
    parts = list(clue_bench.in_parts(CLUES))
    assert [key for part in parts for key in part] == list(CLUES)
    sizes = [sum(len(CLUES[key].values) for key in part) for part in parts]
    assert max(sizes) <= clue_bench.READ_AT_ONCE < sum(sizes)
    assert list(clue_bench.in_parts(["script"], most=1)) == [("script",)]


def test_clues_that_are_not_read_yet_have_their_rows_and_say_how_far_it_is():
    shown = readings_html({"side": {"left": 0.9, "right": 0.1}}, unread=["script", "roof"])
    assert shown.count('<li class="unread">') == 2
    assert '<progress max="3" value="1"' in shown
    assert shown.count("1 / 3") == 1
    assert "<progress" not in readings_html({"side": {"left": 0.9, "right": 0.1}})


def test_clues_are_shown_as_they_are_read():
    """A model for photographs: rows for all first, then more of them answered with each part."""

    def ask(photo, captions, anyway, progress):
        return np.full(len(captions), 1 / len(captions))

    services = SimpleNamespace(
        model_state=lambda: SimpleNamespace(is_practice=False), ask_captions=ask, gate=None
    )
    photo = KeptPhoto("digest", (), (64, 48), b"", Image.new("RGB", (8, 8)))
    shown = list(clues_html(services, Session(photo)))
    answered = [one.count("<details") for one in shown]
    assert answered[0] == 0
    assert answered == sorted(set(answered))
    assert answered[-1] == len(CLUES)
    assert {one.count("<details") + one.count('class="unread"') for one in shown} == {len(CLUES)}


def test_a_photo_is_asked_about_clues_together_and_its_shares_are_those_within_each_clue():
    asked = []

    def ask(photo, captions, anyway, progress):
        asked.append((photo, anyway, progress))
        weights = np.arange(1.0, len(captions) + 1)
        return weights / weights.sum()

    shares = clue_shares(ask, "photo", ("side", "centre_line"), True, print)
    assert asked == [("photo", True, print)]
    assert list(shares["side"].values()) == pytest.approx([1 / 3, 2 / 3])
    assert list(shares["centre_line"].values()) == pytest.approx([3 / 18, 4 / 18, 5 / 18, 6 / 18])
    assert list(shares["side"]) == list(CLUES["side"].values)
