"""GeoCLIP as a Locator: a tiny release of random weights, and the published package as an oracle."""

import csv
import html
import importlib
import json
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from geoclip_release import LYON, MIDATLANTIC, PARIS, POINTS, make_release, write_gallery
from hub_fetch import ROOT, hub_environment
from hub_server import hub
from huggingface_hub import constants
from PIL import Image
from safetensors.torch import load_file, save_file

import streetclip_demo
from streetclip_demo.__main__ import main
from streetclip_demo.cache_folder import default_directory
from streetclip_demo.checkpoints import geoclip_files
from streetclip_demo.checkpoints.cards import MODELS, model_card
from streetclip_demo.checkpoints.geoclip_release import fetch_release, told_kind
from streetclip_demo.checkpoints.geoclip_weights import read_geoclip
from streetclip_demo.cli import model_checks
from streetclip_demo.cli.options import read_options
from streetclip_demo.cli.prefetch import prefetch
from streetclip_demo.engines.location_encoder import LocationEncoder
from streetclip_demo.errors import GalleryError, ModelError, QuestionError
from streetclip_demo.locate.geoclip import UNTRAINED, GeoClipLocator
from streetclip_demo.locate.loading import Wanted
from streetclip_demo.locate.loading_geoclip import gallery_of
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.sweep import ASKED
from streetclip_demo.maps.world_map import world_map
from streetclip_demo.model.gallery import kept_folder
from streetclip_demo.model.geoclip_encoder import GeoClipEncoder
from streetclip_demo.page.frame.address import Address, Known, read_address, write_address
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.page.locate.export_area import export_file
from streetclip_demo.page.locate.query_area import answer_sentence
from streetclip_demo.page.locate.share_area import with_others
from streetclip_demo.page.steps.tab import explain
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.places.point_table import PointTable, read_points
from streetclip_demo.places.whereabouts import find_whereabouts
from streetclip_demo.posterior.attribution import contest
from streetclip_demo.posterior.point_tree import PointTree
from streetclip_demo.posterior.tree import walk
from streetclip_demo.report.record import prediction_record
from streetclip_demo.report.sentences import details
from streetclip_demo.serve.compose import PageModel

pytestmark = pytest.mark.usefixtures("read_once")

ANY = Question("France")


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """A release whose gallery has one point twice."""
    return make_release(tmp_path_factory.mktemp("geoclip") / "tiny-geoclip", points=(*POINTS, PARIS))


@pytest.fixture(scope="module")
def opened(release, tiny_checkpoint, gazetteer):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Gazetteer, "load", lambda: gazetteer)
        yield streetclip_demo.open(release, device="cpu", precision="float32", image_half=tiny_checkpoint)


@pytest.fixture(scope="module")
def street():
    return Image.linear_gradient("L").convert("RGB")


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The folder in which the published package lies, unpacked; its code is imported by the oracle only."""
    folder = tmp_path_factory.mktemp("wheel")
    try:
        wheel = geoclip_files._wheel(folder, None)
    except ModelError as error:
        pytest.skip(f"pip cannot fetch the oracle: {error}")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


# ---- the numbers


def test_points_weights_and_distribution_are_those_of_the_published_package(
    package, tmp_path, monkeypatch, gazetteer, street
):
    """The oracle has a tiny image half of as many features as the real one; all else is the published GeoCLIP."""
    from checkpoints import make_checkpoint

    half = make_checkpoint(tmp_path / "half", size="tiny-geoclip")
    monkeypatch.syspath_prepend(str(package))
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path / "cache"))
    assert geoclip_files.package_files() == package / "geoclip"  # where it is installed nothing is fetched
    published = importlib.import_module("geoclip")

    table = read_points(package / "geoclip" / geoclip_files.GALLERY)
    assert (len(table.points), table.counts.sum()) == (94_123, 100_000)
    chosen = np.append(np.argsort(-table.counts)[:40], np.arange(160))
    rows = np.repeat(table.points[chosen], table.counts[chosen], axis=0)
    theirs = published.GeoCLIP(clip_path=str(half)).eval()
    theirs.gps_gallery = torch.tensor(rows, dtype=torch.float32)
    street.save(tmp_path / "street.png")
    points, probabilities = theirs.predict(str(tmp_path / "street.png"), len(rows))
    expected: dict[tuple, float] = {}
    for point, probability in zip(points.tolist(), probabilities.tolist(), strict=True):
        expected[tuple(point)] = expected.get(tuple(point), 0) + probability

    write_gallery(tmp_path / "rows.csv", rows.tolist())
    ours = streetclip_demo.open(
        "geoclip", device="cpu", precision="float32", gallery=tmp_path / "rows.csv", image_half=half
    )
    (embedded,) = ours.embed([street])
    at, shares = ours.locator.probabilities(embedded)
    got: dict[tuple, float] = {}
    for point, share in zip(at.astype(np.float32).tolist(), shares.tolist(), strict=True):
        got[tuple(point)] = got.get(tuple(point), 0) + share
    assert got.keys() == expected.keys()
    assert max(abs(got[point] - expected[point]) for point in expected) < 1e-5
    assert max(expected.values()) > 0.01  # or any distribution would do
    assert ours.locator._logit_scale == pytest.approx(39.687, abs=1e-3)

    with torch.no_grad():
        anywhere = np.random.default_rng(0).uniform((-90, -180), (90, 180), (200, 2))
        located = torch.nn.functional.normalize(
            theirs.location_encoder(torch.tensor(anywhere).float()), dim=1
        )
    for name in [name for name in sys.modules if name.partition(".")[0] == "geoclip"]:
        del sys.modules[name]  # what is imported counts as installed
    weights = read_geoclip(MODELS["geoclip"])
    np.testing.assert_allclose(LocationEncoder(weights.location).embeddings(anywhere), located, atol=1e-5)


def test_a_repeated_point_is_one_that_weighs_twice(opened, release, street):
    (embedded,) = opened.embed([street])
    points, shares = opened.locator.probabilities(embedded)
    assert len(points) == len(POINTS)
    again = GeoClipLocator.__new__(GeoClipLocator)
    again.__dict__ |= opened.locator.__dict__
    again._gallery = SimpleNamespace(
        points=points, counts=np.ones(len(points)), embeddings=opened.locator._gallery.embeddings
    )
    _, alone = again.probabilities(embedded)
    odds, before = shares[0] / shares[1], alone[0] / alone[1]
    assert points[0].tolist() == list(PARIS)
    assert odds == pytest.approx(2 * before)


# ---- the tree


def test_the_tree_sums_points_and_ends_in_the_places_where_they_lie(opened, street):
    prediction = opened.locate(street, beam_width=300)
    (embedded,) = opened.embed([street])
    points, shares = opened.locator.probabilities(embedded)
    of = {tuple(point): share for point, share in zip(points.tolist(), shares, strict=True)}
    roots = {node.candidate.name: node for node in prediction.roots}
    assert roots["France"].probability == pytest.approx(of[PARIS] + of[LYON])
    assert sum(root.probability for root in prediction.roots) == pytest.approx(1, abs=1e-9)
    for _, node in walk(prediction.roots):
        if node.children:
            assert sum(child.probability for child in node.children) == pytest.approx(node.probability)
    paths = {path for path, _ in walk(prediction.roots)}
    assert ("France", "Paris") in paths  # no regions there, as on StreetCLIP's lists
    assert ("United States", "California", "Los Angeles") in paths
    assert prediction.templates == Question("x").templates


def test_the_sea_has_a_row_of_its_own_and_no_country(opened, street):
    prediction = opened.locate(street, beam_width=300)
    (sea,) = [root for root in prediction.roots if root.candidate.name == "Open sea"]
    assert (sea.candidate.place, sea.candidate.point) == (None, None)
    (spot,) = sea.children
    assert (spot.candidate.name, spot.candidate.point) == ("30.00° N, 40.00° W", MIDATLANTIC)


def tree_of(points, gazetteer):
    points = np.array(points, dtype=float)
    whereabouts = find_whereabouts(points, gazetteer)
    return PointTree(points, np.ones(len(points)), whereabouts, gazetteer, "test")


def test_the_best_place_is_the_densest_and_not_the_largest_row(gazetteer):
    # Sydney alone has 0.3; each of three points in and round Lyon less, within 25 km of each other 0.6; Paris the rest
    points = [(-33.87, 151.2), (45.75, 4.85), (45.77, 4.80), (45.70, 4.90), PARIS]
    wanted = np.array([0.3, 0.2, 0.19, 0.21, 0.1])
    spread = tree_of(points, gazetteer).spread(np.log(wanted), 1.0, beam_width=5, top_k=3)
    first = spread.guesses[0]
    assert first.node.candidate.point in points[1:4]
    assert great_circle_km(points[2], points[3]) < 25
    assert spread.belief.mass == pytest.approx(0.6)
    assert first.node.probability == pytest.approx(
        0.6
    )  # the row has all of the place, whichever town is nearest
    assert first.path[0] == "France"
    assert [guess.node.probability for guess in spread.guesses[1:]] == pytest.approx([0.3, 0.1])
    assert spread.half_mass_radius_km < 25
    largest = points[int(np.argmax(spread.belief.probabilities))]
    assert largest == (-33.87, 151.2)


def test_the_densest_place_is_opened_though_its_country_is_not_among_the_likeliest(gazetteer):
    # The United States have 0.6 in six cities far apart, Lyon 0.25.
    cities = [(40.7, -74), (34, -118.2), (41.9, -87.6), (29.8, -95.4), (39.7, -105), (47.6, -122.3)]
    spread = tree_of([*cities, LYON, PARIS], gazetteer).spread(
        np.log([0.1] * 6 + [0.25, 0.15]), 1.0, beam_width=1, top_k=5
    )
    assert spread.roots[0].candidate.name == "United States"
    assert spread.guesses[0].path == ("France", "Lyon")
    assert spread.guesses[0].node in [leaf for _, leaf in walk(spread.roots)]


def test_points_are_in_the_country_of_their_polygon_and_the_region_of_the_nearest_town(gazetteer):
    # San Diego and Tijuana are neighbours; Basel's airport is in France; the Nullarbor is far from any town.
    points = np.array([(32.72, -117.16), (32.52, -117.03), (47.59, 7.53), (-31.3, 131.0), (0.0, -30.0)])
    found = find_whereabouts(points, gazetteer)
    spots = np.repeat(np.arange(len(found.starts)), np.diff(np.append(found.starts, len(points))))
    spot_of = dict(zip(found.order.tolist(), spots.tolist(), strict=True))
    assert [found.countries[spot_of[point]] for point in range(5)] == ["US", "MX", "FR", "AU", ""]
    assert found.regions[spot_of[0]] == "US.CA"
    assert found.regions[spot_of[3]].startswith("AU.")
    assert found.regions[spot_of[2]] == ""  # France's are on no list of ours
    assert (found.towns[spot_of[3]], found.towns[spot_of[4]]) == ("", "")
    assert found.places[spot_of[3]].tolist() == [-31.3, 131.0]


def test_many_points_have_the_countries_that_each_has(gazetteer):
    random = np.random.default_rng(5)
    points = np.vstack(
        [random.uniform((-60, -180), (75, 180), (150, 2)), [(65.6, -168.2), (-16.8, 180), (46.0, 6.1)]]
    )
    assert gazetteer.countries_at(points) == gazetteer.country_at(points)


# ---- what is said


def test_an_answer_says_what_it_is_made_of(opened, street, tiny_checkpoint):
    prediction = opened.locate(street)
    notes = " ".join(prediction.notes)
    assert f"image half is {tiny_checkpoint.name} (sha256:" in notes
    assert str(tiny_checkpoint) not in notes + prediction.revision  # a visitor learns no path of the server
    assert "8 points of the globe, not with captions" in notes
    assert prediction.mark == UNTRAINED
    assert prediction.estimator == "densest"
    record = json.loads(json.dumps(prediction_record(prediction, ANY), allow_nan=False))
    assert record["belief"]["points"] == 8
    assert record["belief"]["radius_km"] == 25
    assert 0 < record["belief"]["share"] <= 1
    assert "8 points of the globe" in " ".join(details(prediction))


def test_a_trained_image_half_has_no_mark(release, tiny_checkpoint, tmp_path, street):
    half = shutil.copytree(tiny_checkpoint, tmp_path / "half")
    weights = load_file(half / "model.safetensors")
    weights["vision_model.post_layernorm.weight"] = weights["vision_model.post_layernorm.weight"] + 0.01
    save_file(weights, half / "model.safetensors", metadata={"format": "pt"})
    trained = streetclip_demo.open(release, device="cpu", precision="float32", image_half=half)
    assert trained.locate(street).mark == ""


def test_the_map_has_heat_where_the_points_are(opened, street, gazetteer):
    prediction = opened.locate(street)
    drawn = world_map(prediction, gazetteer).document()
    assert "Heat of all points" in drawn
    assert UNTRAINED.split(",")[0] in drawn
    best = prediction.guesses[0].node.candidate.point
    assert f"[{best[0]:.6g}".rstrip("0") in drawn.replace("[[", "[")


def test_it_says_what_a_part_did(opened, street):
    assert opened.what_if(street, [(0, 0, 0.5, 1)]).share_before > 0
    assert opened.sweep(street).steps == 49 + ASKED + 4


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_what_raised_a_place_is_how_its_points_follow_the_photo(opened, street, depth):
    """The slope of the shown lead along each patch's part, and those parts by torch's own derivative of the head."""
    photo, locator = photo_from_image(street), opened.locator
    (embedded,) = locator.embed([photo])
    prediction = locator.answer(embedded, ANY)
    path = max((path for path, _ in walk(prediction.roots) if len(path) <= depth), key=len)
    explained, among = locator.explain(photo, prediction, path), contest(prediction.roots, path)
    assert explained.path == path
    assert explained.lead == pytest.approx(among.weights @ among.siblings.logits, abs=1e-4)
    features, parts = locator.encoder.patch_features(locator.view(photo))
    head = {name: torch.from_numpy(value).double() for name, value in locator._model._mlp.items()}

    def through_head(given):
        hidden = torch.relu(head["0.weight"] @ given + head["0.bias"])
        return head["2.weight"] @ hidden + head["2.bias"]

    whole = torch.from_numpy(features).double()
    for number in (0, len(parts) // 2):
        found, moved = torch.func.jvp(through_head, (whole,), (torch.from_numpy(parts[number]).double(),))
        step = (moved / found.norm()).numpy()
        size = 1e-3 / np.linalg.norm(step)
        moved = [replace(embedded, embedding=embedded.embedding + way * size * step) for way in (1, -1)]
        ahead, back = (contest(locator.answer(one, ANY).roots, path) for one in moved)
        measured = among.weights @ (ahead.siblings.logits - back.siblings.logits) / (2 * size)
        assert measured == pytest.approx(explained.patches.ravel()[number], rel=1e-2, abs=1e-4)


def test_a_sentence_takes_a_photos_place(opened):
    alps, sea = opened.query("a street in the Alps"), opened.query("the open sea")
    assert alps.belief.probabilities.sum() == pytest.approx(1)
    assert not np.array_equal(alps.belief.probabilities, sea.belief.probabilities)
    assert 'A sentence in a photo\'s place: "a street in the Alps".' in alps.notes
    with pytest.raises(QuestionError, match="query is empty"):
        opened.query(" \n ")
    with pytest.raises(QuestionError, match="half a character"):
        opened.query("\ud800")
    assert any("longer than" in note for note in opened.query("street " * 100).notes)
    with pytest.raises(QuestionError, match="locates photos, not sentences"):
        streetclip_demo.open("practice").query("Alps")


def test_photos_and_captions_are_compared_by_the_image_half_as_the_clip_that_it_is(
    opened, tiny_encoder, street
):
    captions = ["a street in Japan", "a street in France", "snow"]
    photo = photo_from_image(street)
    logits = tiny_encoder.caption_embeddings(captions) @ tiny_encoder.image_embeddings([street])[0]
    weights = np.exp(tiny_encoder.logit_scale * (logits - logits.max()).astype(float))
    np.testing.assert_allclose(opened.locator.shares(photo, captions), weights / weights.sum(), rtol=1e-4)


def test_the_page_answers_a_sentence_in_the_photos_place(release, tiny_checkpoint, gazetteer):
    wanted = Wanted(model_card(release), "cpu", "float32", image_half=str(tiny_checkpoint))
    model = PageModel(wanted, gazetteer)
    assert model.reads_sentences
    assert not PageModel(Wanted(MODELS["clip"]), gazetteer).reads_sentences
    services = SimpleNamespace(
        locate_query=model.locate_query,
        presets={"One": "France"},
        default_preset=lambda state: "One",
        model_state=model.state,
        gazetteer=gazetteer,
    )
    visitor = Visitor(Session())
    shown = answer_sentence(services, visitor, "a street in the Alps", "light")
    assert UNTRAINED.split(",")[0] in shown.answer
    assert "a street in the Alps" in html.unescape(shown.notes)
    assert (visitor.session.photo, visitor.session.prediction) == (None, shown.prediction)
    exported = export_file(gazetteer, visitor.session, "json", "light", with_photo=False)
    assert json.loads(exported["text"])["photo"] == {"pixels_sha256": None}
    link = write_address(with_others(Address(), visitor.session))
    assert read_address(link, Known()).query == "a street in the Alps"
    empty = answer_sentence(services, visitor, " ", "light")
    assert "The query is empty" in empty.answer
    assert empty.map is None  # the answer before it stays
    assert (
        explain(services, Session(SimpleNamespace(), prediction=shown.prediction), "light").count("captions")
        == 1
    )


# ---- what is kept, and what is refused


def test_a_gallery_is_encoded_once_and_anew_where_the_kept_one_is_not_whole(
    release, gazetteer, monkeypatch, tmp_path
):
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path))
    weights = read_geoclip(model_card(release))
    table = read_points(release / "gallery.csv")
    stages = []

    def counting(stage):
        stages.append(stage)
        return lambda done, total: None

    first = gallery_of(weights, table, gazetteer, counting)
    assert stages == ["gallery", "countries"]
    assert isinstance(first.embeddings, np.memmap)
    assert first.embeddings.dtype == np.float32
    again = gallery_of(weights, table, gazetteer, counting)
    assert stages == ["gallery", "countries"]
    np.testing.assert_array_equal(again.embeddings, first.embeddings)
    path = kept_folder(first.digest) / "embeddings.npy"
    path.write_bytes(path.read_bytes()[:-7])
    damaged = gallery_of(weights, table, gazetteer, counting)
    assert stages == ["gallery", "countries", "gallery"]
    np.testing.assert_array_equal(
        damaged.embeddings, LocationEncoder(weights.location).embeddings(table.points)
    )
    fewer = PointTable(table.points[:3], table.counts[:3])
    assert gallery_of(weights, fewer, gazetteer, counting).digest != first.digest


def test_a_gallery_that_cannot_be_kept_is_made_all_the_same_and_a_note_says_so(
    release, gazetteer, monkeypatch, tmp_path
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path / "file"))
    table = read_points(release / "gallery.csv")
    made = gallery_of(
        read_geoclip(model_card(release)), table, gazetteer, lambda stage: lambda done, total: None
    )
    assert len(made.embeddings) == len(POINTS)
    assert any("cannot be kept" in note for note in made.notes)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda config: config | {"format_version": 2}, "format_version 1"),
        (
            lambda config: config | {"model_type": "geoclip-location-encoder"},
            "got 'geoclip-location-encoder'",
        ),
        (
            lambda config: config | {"gallery_file": "../gallery.csv"},
            "gallery_file .* must name a CSV file beside it",
        ),
        (lambda config: config | {"gallery_file": "none.csv"}, "gallery_file"),
    ],
)
def test_a_folder_that_is_no_release_is_refused(release, tmp_path, change, said):
    folder = shutil.copytree(release, tmp_path / "release")
    (folder / "config.json").write_text(json.dumps(change(json.loads((folder / "config.json").read_text()))))
    with pytest.raises(ModelError, match=said):
        read_geoclip(model_card(folder))


def test_weights_that_are_not_geoclips_are_refused(release, tmp_path):
    folder = shutil.copytree(release, tmp_path / "release")
    weights = load_file(folder / "model.safetensors")
    save_file(
        {name: array for name, array in weights.items() if "mlp.2" not in name}, folder / "model.safetensors"
    )
    with pytest.raises(ModelError, match="image head must have two layers"):
        read_geoclip(model_card(folder))


def test_a_missing_image_half_is_told_with_its_own_option(release, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(
        ModelError, match=r"image half \(owner/clip\) is not on this machine .* --image-half FOLDER"
    ):
        streetclip_demo.open(release)


def test_an_image_half_with_other_features_is_refused(tiny_encoder):
    with pytest.raises(ModelError, match="reads 768 numbers, and tiny-clip gives 24"):
        GeoClipEncoder(tiny_encoder, {"0.weight": np.zeros((768, 768))})


def test_geoclips_options_are_for_geoclip(tmp_path, capsys):
    write_gallery(tmp_path / "points.csv")
    assert main(["locate", "x.png", "--model", "practice", "--gallery", str(tmp_path / "points.csv")]) == 2
    assert "--gallery is GeoCLIP's, and the model is Practice model" in capsys.readouterr().err
    assert (
        Wanted.by(SimpleNamespace(model="geoclip", device="cpu", precision="auto", engine="torch")).gallery
        is None
    )
    with pytest.raises(GalleryError, match="cannot be read"):
        streetclip_demo.open("geoclip", gallery=tmp_path / "none.csv")


# ---- the command line


def test_a_query_is_answered_on_the_command_line(release, tiny_checkpoint, tmp_path, capsys):
    asked = [
        "--model",
        str(release),
        "--image-half",
        str(tiny_checkpoint),
        "--device",
        "cpu",
        "--precision",
        "float32",
    ]
    map_file = tmp_path / "alps.html"
    assert main(["locate", "--query", "a street in the Alps", *asked, "--json", "--map", str(map_file)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["query"] == "a street in the Alps"
    assert sum(node["probability"] for node in record["tree"]) == pytest.approx(1)
    assert "Heat of all points" in map_file.read_text()


def test_an_evaluation_needs_no_labels_and_counts_countries_by_polygon(
    release, tiny_checkpoint, opened, street, tmp_path, capsys
):
    street.save(tmp_path / "paris.png")
    street.rotate(90).save(tmp_path / "kyoto.png")
    (tmp_path / "set.csv").write_text("id,lat,lon\nparis.png,48.857,2.352\nkyoto.png,35.0116,135.7681\n")
    asked = [str(tmp_path), "--model", str(release), "--image-half", str(tiny_checkpoint), "--device", "cpu"]
    asked += ["--precision", "float32"]
    out = ["--resamples", "10", "--json", "--csv", str(tmp_path / "o.csv")]
    assert main(["evaluate", *asked, *out]) == 0
    record = json.loads(capsys.readouterr().out)
    rows = list(csv.DictReader((tmp_path / "o.csv").read_text().splitlines()))
    for row, picture in zip(rows, (street, street.rotate(90)), strict=True):
        (embedded,) = opened.embed([picture])
        points, shares = opened.locator.probabilities(embedded)
        lies_in = np.array([code or "" for code in opened.locator._gazetteer.country_at(points)])
        belief = {code: shares[lies_in == code].sum() for code in lies_in if code}
        assert row["country"] == max(belief, key=belief.get)
        assert float(row["probability"]) == pytest.approx(max(belief.values()))
        true = sorted(belief.values(), reverse=True).index(belief[row["true_country"]])
        assert float(row["country_rank"]) == true + 1
    ceiling = [record["figures"][f"ceiling_{km}_km"]["value"] for km in (1, 200, 750)]
    assert ceiling == [50, 50, 100]  # the gallery has Paris, and of Japan Tokyo
    (tmp_path / "o.csv").unlink()
    assert main(["ablate", *asked, "--only", "beam"]) == 2
    assert "'beam' is none of crop for tiny-geoclip" in capsys.readouterr().err
    assert main(["calibrate", *asked]) == main(["evaluate", *asked, "--protocol", "paper"]) == 2
    assert capsys.readouterr().err.count("tiny-geoclip compares points") == 2


def test_prefetch_has_gallery_and_weights_on_this_machine(release, tiny_checkpoint, capsys):
    options = ["--prefetch", "--model", str(release), "--image-half", str(tiny_checkpoint), "--device", "cpu"]
    assert prefetch(read_options([*options, "--precision", "float32"])) == 0
    assert f"its gallery is encoded: {default_directory() / 'gallery'}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Nothing is asked"),
        (["--query", "Alps", "photo.png", "--model", "geoclip"], "leave the photos out"),
        (["--query", "Alps", "--model", "practice"], "locates photos, not sentences. Add --model geoclip"),
        (["--query", "Alps", "--model", "geoclip", "--out", "rows"], "leave --out out"),
        (["--query", "Alps", "--model", "geoclip", "--html", "x.html", "--with-photo"], "has no photo"),
    ],
)
def test_what_cannot_be_asked_is_said_before_a_model_loads(arguments, said, capsys):
    assert main(["locate", *arguments]) == 2
    assert said in capsys.readouterr().err


# ---- the package's files


def test_a_wheel_that_is_another_is_refused_and_nothing_is_kept(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "geoclip-1.3.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(
            "geoclip-1.3.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: geoclip\nVersion: 1.3.0\n"
        )
        wheel.writestr(
            "geoclip-1.3.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr("geoclip-1.3.0.dist-info/RECORD", "")
    monkeypatch.setattr(geoclip_files, "_installed", lambda: ())  # nor on this machine
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path / "cache"))
    told = []
    with pytest.raises(ModelError, match="its sha256 differs"):
        geoclip_files.package_files(lambda done, total: told.append((done, total)))
    assert told[0] == (0, geoclip_files.WHEEL_BYTES)
    assert not geoclip_files.kept_folder().exists()
    assert not [path for path in (default_directory() / "geoclip").glob(".*") if path.is_dir()]


def test_without_a_network_the_way_to_the_files_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(geoclip_files, "_installed", lambda: ())  # nor on this machine
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("STREETCLIP_CACHE", str(tmp_path / "cache"))
    with pytest.raises(
        ModelError, match=r"geoclip==1\.3\.0, which pip could not fetch .*pip install --no-deps"
    ):
        geoclip_files.package_files()
    found, _ = model_checks.package(MODELS["geoclip"])  # and its gallery
    assert (found.level, "pip install --no-deps geoclip==1.3.0" in found.do) == ("warning", True)
    assert list(model_checks.package(MODELS["clip"])) == []


def test_a_folder_is_known_as_a_release_by_its_config(release):
    assert model_card(release).kind == "geoclip"
    assert (
        model_card("openai/clip-vit-large-patch14").kind == "clip"
    )  # the CLIP itself, though GeoCLIP rests on it


# ---- a release on the hub

ON_THE_HUB = """
import json, sys
import streetclip_demo.surroundings
streetclip_demo.surroundings.prepare()
import streetclip_demo
opened = streetclip_demo.open("someone/their-geoclip", device="cpu", precision="float32")
(embedded,) = opened.embed([sys.argv[1]])
points, shares = opened.locator.probabilities(embedded)
sentence = opened.query("a street").mark
print("ANSWER", json.dumps([opened.locator.card.kind, points.tolist(), shares.tolist()]))
"""


def test_a_release_on_the_hub_is_fetched_and_answers_as_its_folder_does(
    release, tiny_checkpoint, opened, tmp_path, street
):
    street.save(tmp_path / "street.png")
    (embedded,) = opened.embed([tmp_path / "street.png"])
    expected = opened.locator.probabilities(embedded)
    repositories = {"someone/their-geoclip": release, "owner/clip": tiny_checkpoint}
    with hub(repositories) as server:
        environment = hub_environment(tmp_path / "home", server.url)
        ran = subprocess.run(
            [sys.executable, "-c", ON_THE_HUB, str(tmp_path / "street.png")],
            env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
    assert "ANSWER" in ran.stdout, ran.stderr
    kind, points, shares = json.loads(ran.stdout.split("ANSWER ")[1])
    assert kind == "geoclip"
    assert np.array(points) == pytest.approx(expected[0])
    assert np.array(shares) == pytest.approx(expected[1], abs=1e-6)


def test_a_hub_id_is_a_geoclip_where_its_config_says_so(release, tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    card = model_card("someone/their-geoclip")
    assert told_kind(card) == card
    snapshot = tmp_path / "models--someone--their-geoclip" / "snapshots" / ("0" * 40)
    shutil.copytree(release, snapshot)
    assert told_kind(card).kind == "geoclip"
    assert fetch_release(card) == snapshot
    assert told_kind(MODELS["clip"]) is MODELS["clip"]
