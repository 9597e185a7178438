"""The exported files without a browser: CSV for spreadsheets and pandas, GeoJSON, the HTML file, file names."""

import csv
import io
import json
import re
from dataclasses import replace
from types import SimpleNamespace

import geopandas
import pandas
import pytest
from PIL import Image

from streetclip_demo.errors import UserError
from streetclip_demo.locate.question import Question
from streetclip_demo.page.frame.kept import Kept
from streetclip_demo.page.frame.session import Session
from streetclip_demo.page.locate.export_area import export_file, file_stem, make_export
from streetclip_demo.photos.kept_photo import keep
from streetclip_demo.photos.photo import photo_from_image
from streetclip_demo.places.candidates import Candidate
from streetclip_demo.places.templates import DEFAULT_TEMPLATES
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.prediction import Guess, Prediction
from streetclip_demo.posterior.tree import Node
from streetclip_demo.report.geojson import places
from streetclip_demo.report.html_file import ResultFile, result_html
from streetclip_demo.report.record import prediction_record
from streetclip_demo.report.table import COLUMNS, table
from streetclip_demo.report.text_files import TEXT_FILES
from streetclip_demo.words import text

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "＝1+1",
    'a"; =HYPERLINK("x")',
    "</script><img src=x onerror=alert(1)>",
]
MARK = "Practice model on a photograph: this means nothing."
LABELS = "日本\n  Fidji\nfog"


def leaf(name, probability, point=None, level="city"):
    return Node(
        Candidate(name, level, None, point), (f"A photo of {name}.",), 0.2, -20.0, probability, probability
    )


@pytest.fixture
def prediction():
    inside = (leaf("Nagasaki", 0.5, (32.75, 129.88)), leaf("Fidji", 0.2, (-17.7, -178.8)))
    japan = replace(leaf("日本", 0.7, (36.0, 138.0), "country"), children=inside)
    roots = (japan, leaf("fog", 0.3, None, "label"))
    guesses = (Guess(1, inside[0], ("日本", "Nagasaki")), Guess(2, roots[1], ("fog",)))
    return Prediction(
        roots, guesses, "beam", 210.0, 100.0, 5, DEFAULT_TEMPLATES, Manifest("A model", "1f2e", mark=MARK)
    )


@pytest.fixture
def record(prediction):
    return prediction_record(prediction, Question(LABELS), "ab" * 32)


def hostile_prediction():
    roots = tuple(leaf(name, 1 / len(HOSTILE), (10.0, 20.0 + i)) for i, name in enumerate(HOSTILE))
    guesses = (Guess(1, roots[0], (HOSTILE[0],)),)
    made = Manifest("=M", "@r", mark="+mark", notes=("-note",))
    return Prediction(roots, guesses, "beam", None, 100.0, 5, DEFAULT_TEMPLATES, made)


def hostile_record():
    return prediction_record(hostile_prediction(), Question("\n".join(HOSTILE)))


# CSV


def test_the_table_opens_in_pandas_with_numbers_as_numbers(record):
    read = pandas.read_csv(io.BytesIO(table(record)))
    assert list(read.columns) == list(COLUMNS)
    assert list(read["path"]) == ["日本", "日本 > Nagasaki", "日本 > Fidji", "fog"]
    assert read["probability"][read["is_leaf"] == 1].sum() == pytest.approx(1)
    assert read["latitude"][2] == -17.7
    assert read["logit"][0] == -20.0
    assert read["rank"][1] == 1
    assert read[["latitude", "longitude"]].iloc[3].isna().all()
    assert set(read["mark"]) == {MARK}
    for key in ("model", "revision", "logit_scale", "estimator", "beam_width", "labels_sha256", "date"):
        assert set(read[key]) == {record["manifest"][key]}
    assert "country: A Street View photo in {country}." in read["templates"][0].split(" | ")


def test_excel_is_told_that_the_table_is_utf_8(record):
    content = table(record)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 5


def test_no_text_in_the_table_is_run_as_a_formula():
    content = table(hostile_record()).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content)))
    assert len(rows) == 1 + len(HOSTILE)
    words = [cell for row in rows for cell in row if not re.fullmatch(r"-?[\d.e-]*", cell)]
    assert [cell for cell in words if re.match(r"\s*[=+\-@＝＋－＠]", cell)] == []
    assert rows[1][1] == "'" + HOSTILE[0]
    for line in csv.reader(io.StringIO(content), delimiter=";"):  # where the comma is a decimal sign
        assert [cell for cell in line if re.match(r"['\"\s]*[=+@]", cell) and cell[0] != "'"] == []


def test_text_that_is_no_formula_is_left_as_it_is():
    name = "Guinea-Bissau; a+b"
    prediction = replace(hostile_prediction(), roots=(leaf(name, 1.0, (12.0, -15.0)),))
    (row,) = csv.DictReader(
        io.StringIO(table(prediction_record(prediction, Question(name))).decode("utf-8-sig"))
    )
    assert row["name"] == name


# GeoJSON


def test_the_places_are_valid_geojson_in_the_order_longitude_latitude(record):
    collection = json.loads(json.dumps(places(record), allow_nan=False))
    assert collection["type"] == "FeatureCollection"
    assert "crs" not in collection  # RFC 7946 knows one only
    for feature in collection["features"]:
        assert set(feature) == {"type", "geometry", "properties"}
        assert (feature["type"], feature["geometry"]["type"]) == ("Feature", "Point")
        longitude, latitude = feature["geometry"]["coordinates"]
        assert -180 <= longitude <= 180
        assert -90 <= latitude <= 90
    first = collection["features"][0]
    assert first["geometry"]["coordinates"] == [129.88, 32.75]
    assert first["properties"]["path"] == ["日本", "Nagasaki"]
    assert (first["properties"]["level"], first["properties"]["probability"]) == ("city", 0.5)
    assert [feature["properties"]["rank"] for feature in collection["features"]] == [1, None]
    assert first["properties"]["mark"] == MARK


def test_leaves_without_a_point_are_told_beside_the_places(record):
    collection = places(record)
    (fog,) = collection["not_on_map"]
    assert fog["path"] == ["fog"]
    told = [feature["properties"] for feature in collection["features"]] + [fog]
    assert sum(about["probability"] for about in told) == pytest.approx(1)
    assert collection["manifest"] == record["manifest"]


def test_a_gis_program_reads_the_places(record, tmp_path):
    path = tmp_path / "places.geojson"
    path.write_text(TEXT_FILES["geojson"].text(record), encoding="utf-8")
    read = geopandas.read_file(path)
    assert list(read["name"]) == ["Nagasaki", "Fidji"]
    assert (read.geometry.x[1], read.geometry.y[1]) == (-178.8, -17.7)


# HTML


def test_the_html_file_has_every_label_the_mark_and_what_it_rests_on(prediction, record):
    html = result_html(ResultFile(prediction, record, "<iframe></iframe>"))
    for said in ("日本", "Nagasaki", "Fidji", "fog", MARK, "1f2e", record["manifest"]["labels_sha256"]):
        assert said in html
    for notice in (text.NOTICE_SHARES, text.NOTICE_PLACES, text.NOTICE_MODEL):
        assert notice in html
    assert "<img" not in html
    (kept,) = re.findall(r'<script type="application/json" id="record">(.*?)</script>', html)
    assert json.loads(kept) == record


def test_labels_are_text_in_the_html_file():
    html = result_html(ResultFile(hostile_prediction(), hostile_record(), "<iframe></iframe>"))
    assert "<img" not in html
    assert html.count("</script>") == 1


# Files


@pytest.mark.parametrize(
    ("place", "stem"),
    [
        ("Côte d’Ivoire", "streetclip-cote-divoire-2026-11-21"),
        ("日本", "streetclip-2026-11-21"),
        ("../../etc/passwd\x00", "streetclip-etc-passwd-2026-11-21"),
        ("CON.", "streetclip-con-2026-11-21"),
        ("x" * 300, f"streetclip-{'x' * 40}-2026-11-21"),
    ],
)
def test_file_names_are_made_of_safe_letters(place, stem):
    assert file_stem(place, "2026-11-21T10:00:00+00:00") == stem


@pytest.mark.parametrize("kind", text.EXPORT_KINDS)
def test_the_photo_is_in_a_file_only_if_it_was_asked_for(kind, prediction, gazetteer):
    session = Session(keep(photo_from_image(Image.new("RGB", (60, 40), "red")), None)).answered(
        Question(LABELS), prediction
    )
    assert "data:image/jpeg" not in json.dumps(export_file(gazetteer, session, kind, "light", False))
    with_photo = "data:image/jpeg" in json.dumps(export_file(gazetteer, session, kind, "light", True))
    assert with_photo == (kind in ("html", "result"))


@pytest.mark.parametrize(("has", "said"), [("", text.NOTHING_TO_EXPORT), ("a photo", text.ANSWER_LOST)])
def test_without_an_answer_there_is_nothing_to_export(gazetteer, has, said):
    export = make_export(SimpleNamespace(gazetteer=gazetteer), Kept(), "json")
    with pytest.raises(UserError) as told:
        export(has, "light", False, SimpleNamespace(session_hash="a", client=None))
    assert str(told.value) == said


def test_every_record_says_what_it_was_computed_with(prediction, gazetteer):
    made = Manifest(
        engine="openvino",
        device="cpu",
        precision="bfloat16",
        gazetteer="2026-11-21 sha256:0f",
        versions=(("torch", "2.0"),),
        date="2026-11-28T00:00:00+00:00",
    )
    prediction = replace(prediction, manifest=made)
    record = prediction_record(prediction, Question(LABELS))
    told = record["manifest"]
    assert [told[key] for key in ("engine", "device", "precision", "gazetteer", "date")] == [
        "openvino",
        "cpu",
        "bfloat16",
        "2026-11-21 sha256:0f",
        "2026-11-28T00:00:00+00:00",
    ]
    assert told["versions"] == {"torch": "2.0"}
    (line, *_) = csv.DictReader(io.StringIO(table(record).decode("utf-8-sig")))
    assert (line["engine"], line["precision"], line["gazetteer"]) == (
        "openvino",
        "bfloat16",
        "2026-11-21 sha256:0f",
    )
    session = Session(photo_from_image(Image.new("RGB", (60, 40)))).answered(Question(LABELS), prediction)
    page = json.dumps(export_file(gazetteer, session, "html", "light", False))
    assert "openvino, bfloat16, cpu" in page
    assert "2026-11-21 sha256:0f" in page


@pytest.mark.parametrize("kind", text.EXPORT_KINDS)
def test_the_mark_is_in_every_file(kind, prediction, gazetteer):
    session = Session(keep(photo_from_image(Image.new("RGB", (60, 40))), None)).answered(
        Question(LABELS), prediction
    )
    file = export_file(gazetteer, session, kind, "light", False)
    assert MARK in (file["text"] if file["kind"] == "text" else file["mark"])
