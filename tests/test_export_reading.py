"""Exported tables and places as pandas, geopandas and DuckDB read them with their defaults: text stays that text."""

import io
import json

import duckdb
import geopandas
import pandas
import pytest

from streetclip_demo.locate.question import Question
from streetclip_demo.places.candidates import Candidate
from streetclip_demo.places.gazetteer import Place
from streetclip_demo.places.templates import DEFAULT_TEMPLATES
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.prediction import Guess, Prediction
from streetclip_demo.posterior.tree import Node
from streetclip_demo.report.geojson import places
from streetclip_demo.report.record import prediction_record
from streetclip_demo.report.table import table

# Each was taken for something else by one of them, when a whole column was made of it.
NOTHING = ["NA", "None", "null", "NULL", "nan", "Nan", "n/a", "#N/A", "<NA>", "#N/A N/A", "-1.#IND"]
TRUTH = ["TRUE", "true", "T", "f", "yes", "No"]
NUMBERS = [
    "0012",
    "1e5",
    "1e400",
    "0x1F",
    "0b11",
    "1,234",
    "5.",
    ".5",
    "inf",
    "-Infinity",
    "1L",
    "1d5",
    "20200101",
]
DAYS = ["2020-01-01", "2020/01/02", "01-02-2020", "12:30", "10:30 PM", "24:00", "1:2:3", "10:10+02", "epoch"]
DAYS += ["2020-01-01T10:00:00Z", "2020-01-01 10:00:00+02", "infinity", "123e4567-e89b-12d3-a456-426614174000"]
PLAIN = [
    "日本",
    "Côte d’Ivoire",
    "'s-Hertogenbosch",
    'a "quoted" one',
    "x, y; z",
    "Nantes",
    "Norway",
    "9 de Julio",
    "E",
]
PLAIN += ["Truth or Consequences", "No Man’s Land", "1a2b", "fog", "🏖", "a > b", "A" * 500]


def record_of(names, place=None, **made):
    roots = tuple(
        Node(
            Candidate(name, "label", place, (10.0, 20.0)), (name,), 0.2, -20.0, 1 / len(names), 1 / len(names)
        )
        for name in names
    )
    guesses = (Guess(1, roots[0], (names[0],)),)
    said = {"estimator": "beam", "half_mass_radius_km": None, "logit_scale": 100.0, "beam_width": 5}
    said |= {
        "templates": DEFAULT_TEMPLATES,
        "manifest": Manifest(**{"model": "A model", "revision": "1f2e"} | made),
    }
    return prediction_record(Prediction(roots, guesses, **said), Question("\n".join(names)), "ab" * 32)


def in_pandas(content, tmp_path):
    return pandas.read_csv(io.BytesIO(content))


def in_duckdb(content, tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    rows = duckdb.sql(f"SELECT * FROM read_csv('{path}')")
    return pandas.DataFrame(rows.fetchall(), columns=rows.columns)


def features_in_geopandas(record, tmp_path):
    path = tmp_path / "places.geojson"
    path.write_text(json.dumps(places(record), ensure_ascii=False), encoding="utf-8")
    return geopandas.read_file(path)


def features_in_duckdb(record, tmp_path):
    path = tmp_path / "places.geojson"
    path.write_text(json.dumps(places(record), ensure_ascii=False), encoding="utf-8")
    rows = duckdb.sql(f"SELECT * FROM read_json('{path}')")
    return pandas.DataFrame(rows.fetchall(), columns=rows.columns)


@pytest.mark.parametrize("read", [in_pandas, in_duckdb])
@pytest.mark.parametrize("name", [*NOTHING, *TRUTH, *NUMBERS, *DAYS])
def test_a_column_of_one_odd_label_is_read_as_that_text(read, name, tmp_path):
    """A program chooses a column's type by all its values: here nothing else could make it text."""
    rows = read(table(record_of([name, name])), tmp_path)
    for column in ("path", "name", "captions"):
        assert [text.removeprefix("'") for text in rows[column]] == [name.removeprefix("'")] * 2


@pytest.mark.parametrize("read", [in_pandas, in_duckdb])
def test_all_labels_stay_apart_among_others_and_plain_ones_are_unchanged(read, tmp_path):
    names = [*PLAIN, *NOTHING, *TRUTH, *NUMBERS, *DAYS]
    rows = read(table(record_of(names)), tmp_path)
    kept = len(PLAIN)
    assert list(rows["name"][:kept]) == PLAIN
    assert [text.removeprefix("'") for text in rows["name"][kept:]] == names[kept:]
    assert rows["probability"].sum() == pytest.approx(1)


@pytest.mark.parametrize("read", [in_pandas, in_duckdb])
@pytest.mark.parametrize(("place_id", "level"), [("NA", "country"), ("1856177", "city"), ("US.CA", "region")])
def test_a_place_is_known_by_its_level_and_id(read, place_id, level, tmp_path):
    place = Place(place_id, "Somewhere", level, 10.0, 20.0, "NA", None, 1)
    record = record_of(["Somewhere", "Elsewhere"], place)
    for root, own in zip(record["tree"], (place_id, None), strict=True):
        root.update(level=level, place_id=own)  # a label beside it has none
    rows = read(table(record), tmp_path)
    assert rows["place_id"][0] == f"{level}:{place_id}"
    assert pandas.isna(rows["place_id"][1])


@pytest.mark.parametrize("read", [in_pandas, in_duckdb])
def test_what_a_result_rests_on_is_read_as_text_too(read, tmp_path):
    rows = read(table(record_of(["fog", "mist"], model="0012", revision="1234567")), tmp_path)
    assert set(rows["model"]) == {"'0012"}
    assert set(rows["revision"]) == {"'1234567"}
    assert rows["mark"].isna().all()


@pytest.mark.parametrize("read", [features_in_geopandas, features_in_duckdb])
@pytest.mark.parametrize("name", [*NOTHING, *TRUTH, *NUMBERS, *DAYS])
def test_places_keep_their_labels_as_text(read, name, tmp_path):
    rows = read(record_of([name, name]), tmp_path)
    assert [text.removeprefix("'") for text in rows["name"]] == [name, name]
    assert [list(path) for path in rows["path"]] == [[text] for text in rows["name"]]


@pytest.mark.parametrize("read", [features_in_geopandas, features_in_duckdb])
def test_in_places_only_days_and_their_like_are_marked(read, tmp_path):
    names = [*PLAIN, *NOTHING, *TRUTH, "0012", "1e5", "1,234", "1.5"]
    assert list(read(record_of(names), tmp_path)["name"]) == names


@pytest.mark.parametrize("read", [features_in_geopandas, features_in_duckdb])
def test_namibia_is_found_among_the_places_by_its_code(read, tmp_path):
    record = record_of(["Namibia", "fog"], Place("NA", "Namibia", "country", -22.0, 17.0, "NA", None, 1))
    record["tree"][1]["place_id"] = None
    rows = read(record, tmp_path)
    assert rows["place_id"][0] == "NA"
    assert pandas.isna(rows["place_id"][1])
