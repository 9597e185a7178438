"""Settings compared: what changes one thing of a baseline, paired differences, and photos that are encoded once."""

import json

import numpy as np
import pytest
from PIL import Image
from test_clip import FakeEncoder

from streetclip_demo.__main__ import main
from streetclip_demo.errors import QuestionError
from streetclip_demo.evaluate.ablation import BASELINE, GROUPS, Setting, compared, settings
from streetclip_demo.evaluate.ablation_report import ablation_html
from streetclip_demo.evaluate.crops import crop_embedder
from streetclip_demo.evaluate.distances import PROTOCOLS
from streetclip_demo.evaluate.outcomes import Answer, outcomes_of_answers
from streetclip_demo.evaluate.truth import Truth
from streetclip_demo.locate.calibration import Calibration
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.starting_lists import WORLD_PRESET, all_presets
from streetclip_demo.own_files import ASSETS
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.posterior.temperatures import Temperatures
from streetclip_demo.report.sentences import details

SPHERE = PROTOCOLS["sphere"]

pytestmark = pytest.mark.usefixtures("read_once")


def outcomes(degrees, gazetteer):
    """Answers so many degrees east of photos at (0, 0)."""
    count = len(degrees)
    what = Truth(np.zeros((count, 2)), ("",) * count, ("",) * count, ("",) * count, np.arange(count), {}, 0)
    return outcomes_of_answers([Answer((0.0, one), {}, {}) for one in degrees], what, SPHERE, {}, gazetteer)


def test_each_setting_changes_one_thing_of_the_baseline(gazetteer):
    presets = all_presets(gazetteer)
    baseline = Question(presets[WORLD_PRESET])
    found = settings(baseline, presets)
    assert found[0].group == BASELINE
    assert {one.group for one in found[1:]} == set(GROUPS)
    assert len(found) > 20
    for one in found[1:]:
        changed = {key for key, value in vars(one.question).items() if value != getattr(baseline, key)}
        assert len(changed) + (one.crop != "centre") == 1, one
    assert [one.group for one in settings(baseline, presets, ["beam"])] == [BASELINE] + ["beam"] * 5


def test_a_difference_is_paired_so_that_what_all_photos_share_does_not_hide_it(gazetteer):
    rng = np.random.default_rng(0)
    base = rng.choice([0.0, 90.0], 200)  # half within 1 km, half far away
    better = base.copy()
    better[np.flatnonzero(base)[:10]] = 0.0  # ten more photos, none less
    same = rng.permutation(base)
    ask = Setting(BASELINE, BASELINE, Question("France"))
    rows = compared(
        [
            (ask, outcomes(base, gazetteer)),
            (ask, outcomes(better, gazetteer)),
            (ask, outcomes(same, gazetteer)),
        ],
        np.arange(200),
        SPHERE,
        1000,
    )
    assert rows[0].differences == {}
    assert rows[1].differences["within_1_km"].value == pytest.approx(5)  # 10 of 200
    assert not rows[1].is_noise("within_1_km")
    assert (
        rows[1].figures["within_1_km"].low < rows[0].figures["within_1_km"].value
    )  # not seen from intervals
    assert rows[2].is_noise("within_1_km")


def test_a_setting_that_changes_no_answer_is_within_noise_and_its_interval_says_how_much_may_be_missed(
    gazetteer,
):
    ask = Setting(BASELINE, BASELINE, Question("France"))
    one = outcomes([0.0, 1, 2] * 3, gazetteer)
    rows = compared([(ask, one)] * 2, np.arange(9), SPHERE, 100)
    assert all(rows[1].is_noise(key) for key in rows[1].differences)
    none = rows[0].figures["country_top1"], rows[0].figures["within_1_km"]
    assert np.isnan(none[0].value)  # no country is known
    assert none[1].low < 100 / 3 < none[1].high
    missed = 100 * (1 - 0.025 ** (1 / 9))  # Clopper and Pearson's, for none of nine
    moved = rows[1].differences["within_1_km"]
    assert (moved.low, moved.high) == pytest.approx((-missed, missed))
    (never,) = compared([(ask, outcomes([1.0, 1, 2], gazetteer))], np.arange(3), SPHERE, 100)
    assert never.figures["within_1_km"].low == 0
    assert never.figures["within_1_km"].high == pytest.approx(100 * (1 - 0.025 ** (1 / 3)))


def test_three_squares_are_embedded_once_each_and_averaged(gazetteer):
    encoder = FakeEncoder()
    locator = ClipLocator(encoder, encoder.caption_embeddings, gazetteer)
    wide = Image.new("RGB", (30, 10), "red")
    wide.paste("blue", (20, 0, 30, 10))
    photos = [photo_from_image(wide), photo_from_image(Image.new("RGB", (9, 9), "green"))]
    first, second = crop_embedder(locator, ["centre", "three"])(photos)
    assert encoder.images == 4  # centre, left and right; and one of the square photo
    (alone,) = locator.embed(photos[:1])
    assert (first["centre"].embedding == alone.embedding).all()
    assert np.linalg.norm(first["three"].embedding) == pytest.approx(1)
    red, blue = (
        locator.embed([photo_from_image(Image.new("RGB", (4, 4), one))])[0].embedding
        for one in ("red", "blue")
    )
    mean = (alone.embedding + red + blue) / 3
    assert first["three"].embedding == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)
    assert (second["three"].embedding == second["centre"].embedding).all()
    assert crop_embedder(locator, ["centre"])(photos)[0]["centre"].digest == photos[0].digest


# Temperatures


def test_a_temperature_makes_shares_more_even_and_leaves_their_order(gazetteer):
    encoder = FakeEncoder()
    locator = ClipLocator(encoder, encoder.caption_embeddings, gazetteer)
    photo = photo_from_image(Image.new("RGB", (8, 8), (200, 80, 40)))
    ask = {"labels": "France\nJapan\nKenya", "add_cities": False}
    plain = locator.locate(photo, Question(**ask))
    warm = locator.locate(photo, Question(**ask, temperatures=Temperatures(country=3.0)))
    logits = np.array([node.logit for node in plain.roots])
    expected = np.exp(logits / 3) / np.exp(logits / 3).sum()  # by the definition
    assert [node.probability for node in warm.roots] == pytest.approx(expected.tolist())
    assert [node.candidate.name for node in warm.roots] == [node.candidate.name for node in plain.roots]
    assert warm.temperatures.country == 3.0
    cities = locator.locate(photo, Question(**ask, temperatures=Temperatures(city=3.0)))
    assert [node.probability for node in cities.roots] == [node.probability for node in plain.roots]


def test_a_model_uses_what_was_fitted_for_it_unless_a_question_says_otherwise(gazetteer):
    encoder = FakeEncoder()
    fitted = Calibration(Temperatures(country=2.0), ("Shares of countries are calibrated.",))
    locator = ClipLocator(encoder, encoder.caption_embeddings, gazetteer, calibration=fitted)
    photo = photo_from_image(Image.new("RGB", (8, 8), (200, 80, 40)))
    warm = locator.locate(photo, Question("France\nJapan", add_cities=False))
    plain = locator.locate(photo, Question("France\nJapan", add_cities=False, temperatures=Temperatures()))
    assert (warm.temperatures.country, plain.temperatures.country) == (2.0, 1.0)
    assert warm.roots[0].logit == pytest.approx(plain.roots[0].logit / 2)
    assert "Shares of countries are calibrated." in warm.notes
    assert "Shares of countries are calibrated." not in plain.notes
    assert details(warm)[-1] == "Calibrated shares among your 2 labels, not certainty."
    assert details(plain)[-1] == "Shares among your 2 labels, not certainty."
    inside = locator.locate(photo, Question("France\n  Lyon\n  Paris"))  # of one country the cities decide
    assert inside.temperatures.country == 2.0
    assert details(inside)[-1] == "Shares among your 3 labels, not certainty."


@pytest.mark.parametrize("value", [0.0, -1.0, 1000.0, float("nan"), "2"])
def test_an_impossible_temperature_is_refused(value):
    with pytest.raises(QuestionError, match=r"temperature of city must be from 0\.01 to 100"):
        Question("France", temperatures=Temperatures(city=value))


# The command


def test_the_command_compares_settings_and_says_what_is_noise(tmp_path, capsys, gazetteer):
    rows = []
    for name in ("japan", "norway", "kenya", "france"):
        (tmp_path / f"{name}.png").write_bytes((ASSETS / "examples" / f"{name}.png").read_bytes())
        (country,) = gazetteer.find(name, level="country")[:1]
        rows.append(f"{name}.png,{country.latitude},{country.longitude}\n")
    (tmp_path / "set.csv").write_text("img_id,latitude,longitude\n" + "".join(rows))
    report = tmp_path / "r.html"
    common = ["ablate", str(tmp_path), "--model", "practice", "--only", "crop,temperature"]
    assert main([*common, "--resamples", "50", "--by", "country_top1", "--html", str(report)]) == 0
    said = capsys.readouterr().out
    assert said.count("within noise") + said.count("better") + said.count("worse") == 6
    assert "temperature: 2 " in said
    assert "Of 6 comparisons about 0 would stand out by chance alone." in said
    page = report.read_text()
    assert page.count("<circle") == 6
    record = json.loads(page.split('id="record">')[1].split("</script>")[0])
    assert len(record["settings"]) == 7
    assert record["settings"][0]["figures"]["country_top1"]["value"] >= 75
    assert main([*common[:-1], "beams"]) == 2
    assert "--only: 'beams' is none of templates" in capsys.readouterr().err


def test_the_page_of_a_comparison_escapes_its_names(gazetteer):
    ask = Setting(BASELINE, BASELINE, Question("France"))
    rows = compared([(ask, outcomes([0.0, 1], gazetteer))] * 2, np.arange(2), SPHERE, 20)
    about = {"dataset": "<b>x", "photos": 2, "distance": "", "resamples": 20, "notes": ["<i>"]}
    page = ablation_html(rows, about, "score")
    assert "<b>x" not in page
    assert "<i>" not in page
