"""Datasets of every public format, read unchanged; what is wrong with a file is said with its lines."""

import numpy as np
import pytest
from PIL import Image

from streetclip_demo.errors import DatasetError
from streetclip_demo.evaluate.csv_rows import read_table
from streetclip_demo.evaluate.dataset import matched, photographer_of, read_dataset, read_predictions
from streetclip_demo.evaluate.doubts import answers_misread
from streetclip_demo.evaluate.photo_files import dataset_of_photos, find_dataset_file, match_photos
from streetclip_demo.evaluate.truth import regions_at, truth_of

# name -> (text, id, point, photographer, sequence, country) of the first row, as docs/evaluation.md lists the formats
FORMATS = {
    "Im2GPS3k (TIB)": (
        "IMG_ID,AUTHOR,LAT,LON,S3_Label,S16_Label,S365_Label,Prob_indoor\n"
        "104123223_7410c654ba_19_19355699@N00.jpg,19355699@N00,32.325436,-64.764404,2,4,26,0.01\n",
        ("104123223_7410c654ba_19_19355699@N00.jpg", (32.325436, -64.764404), "19355699@N00", "", ""),
    ),
    "Im2GPS3k (Repoduce)": (
        "filename,latitude,longitude\n104123223_7410c654ba_19_19355699@N00.jpg,32.3,-64.7\n",
        ("104123223_7410c654ba_19_19355699@N00.jpg", (32.3, -64.7), "19355699@N00", "", ""),
    ),
    "YFCC4k": (
        "IMG_ID,OwnerNSID,LAT,LON\n00123,77@N00,-22.5,17.1\n",
        ("00123", (-22.5, 17.1), "77@N00", "", ""),
    ),
    "YFCC26k": (
        "IMG_ID,LAT,LON,S3_Label\n4f_a0_1.jpg,1e1,+2.5,1\n",
        ("4f_a0_1.jpg", (10.0, 2.5), "", "", ""),
    ),
    "generic": ("img_id,latitude,longitude\r\nNA,1,2\r\n", ("NA", (1.0, 2.0), "", "", "")),
    "OSV-5M": (
        "id,latitude,longitude,thumb_original_url,country,sequence,captured_at,lon_bin,lat_bin,cell,region,sub-region,"
        "city,unique_country,creator_username,creator_id\n"
        "0042,-22.56,17.08,https://x/y,NA,s1,0,1,2,3,Khomas,,Windhoek,NA,ann,7\n",
        ("0042", (-22.56, 17.08), "7", "s1", "NA"),
    ),
    "commons26": (
        "IMG_ID,LAT,LON,split,group,continent,tier\n7.jpg,40.7,-74,test,g1,NA,1\n",
        ("7.jpg", (40.7, -74.0), "", "", ""),
    ),
    "semicolons": ("IMG_ID;LAT;LON\n1;2.5;3\n", ("1", (2.5, 3.0), "", "", "")),
    "tabs and a mark": ("\ufeffIMG_ID\tLAT\tLON\n1\t2.5\t3\n", ("1", (2.5, 3.0), "", "", "")),
}


def written(folder, text, name="set.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("name", FORMATS)
def test_a_public_format_is_read_unchanged(name, tmp_path):
    text, expected = FORMATS[name]
    (sample,) = read_dataset(written(tmp_path, text)).samples
    assert (sample.id, sample.point, sample.photographer, sample.sequence, sample.country) == expected


def test_na_is_namibia_as_a_country_and_north_america_as_a_continent(tmp_path, gazetteer):
    text = "id,latitude,longitude,country,continent\n1,-22.56,17.08,NA,\n2,40.7,-74.0,,NA\n3,40.7,-74.0,,\n"
    truth = truth_of(read_dataset(written(tmp_path, text)), gazetteer)
    assert truth.countries == ("NA", "US", "US")
    assert truth.continents == ("Africa", "North America", "North America")
    assert truth.regions[1] == "US.NY"


def test_a_region_that_is_written_goes_before_the_nearest_city(gazetteer):
    points = np.array([(40.73, -74.03)] * 2)  # on the Hudson, between New Jersey and New York
    assert regions_at(points[:1], ["US"], gazetteer, ["New York"]) == ("US.NY",)
    assert regions_at(points[:1], ["US"], gazetteer, ["no such"]) == regions_at(points[:1], ["US"], gazetteer)


def test_photos_of_one_photographer_belong_together_else_of_a_sequence_else_of_a_point(tmp_path, gazetteer):
    text = (
        "id,latitude,longitude,creator_id,sequence,group\n"
        "a,1,10,7,s1,x\nb,2,11,7,s2,x\nc,3,12,,s2,y\nd,4,13,,s2,y\ne,5,14,,,z\nf,5,14.0,,,z\ng,6,14,,,z\n"
    )
    path = written(tmp_path, text)
    truth = truth_of(read_dataset(path), gazetteer)
    assert truth.clusters.tolist() == [0, 0, 1, 1, 2, 2, 3]
    assert truth.clusters_are == {"photographer": 1, "sequence": 1, "coordinate": 2}
    assert truth.photographers == 1
    named = truth_of(read_dataset(path, cluster="group"), gazetteer, "group")
    assert named.clusters_are == {"group": 3}


def test_only_rows_with_a_value_are_read_if_one_is_named(tmp_path):
    path = written(tmp_path, "id,lat,lon,split\n1,2,3,train\n2,2,3,test\n")
    dataset = read_dataset(path, {"split": "test"})
    assert [sample.id for sample in dataset.samples] == ["2"]
    assert dataset.notes == ("Only rows where split is 'test': 1 of 2.",)
    with pytest.raises(DatasetError, match="no column 'Split'"):
        read_dataset(path, {"Split": "test"})


@pytest.mark.parametrize(
    ("name", "photographer"),
    [("1_2_3_19355699@N00.jpg", "19355699@N00"), ("a@N00.jpg", ""), ("1_2@N123.jpg", ""), ("12@N00.jpg", "")],
)
def test_flickrs_file_names_say_whose_a_photo_is(name, photographer):
    assert photographer_of(name) == photographer


# What is wrong with a file

HEADER = "img_id,latitude,longitude\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (HEADER, "has no rows"),
        ("img_id,latitude\n1,2\n", r"line 1: no column for longitude \(longitude: lon or"),
        ("x,y\n1,2\n", r"line 1: no column for id and latitude and longitude"),
        ("1.jpg,48.85,2.35\n2.jpg,1,2\n", "line 1: this is a row of values"),
        ("img_id,lat,lat,lon\n1,2,3,4\n", "line 1: the column 'lat' stands there twice"),
        (HEADER + "1,2,3\n2,139.7,35.7\n", r"line 3: Latitude must be .* 139.7.*Were they swapped\?"),
        (HEADER + "1,2,200\n", "line 2: Longitude must be between -180 and 180 degrees, got 200"),
        (HEADER + "1,NaN,3\n", "line 2: latitude: 'NaN' is no number"),
        (HEADER + "1,2,inf\n", "line 2: longitude: 'inf' is no number"),
        (HEADER + "1,1_0,3\n", "line 2: latitude: '1_0' is no number"),
        (HEADER + "1,,3\n", "line 2: latitude: it is empty"),
        (HEADER + ",1,3\n", "line 2: the cell of img_id is empty"),
        (HEADER + "1,2,3\n2,3,4\n1,2,3\n", "line 4: '1' stands on line 2 too"),
        (
            HEADER + "1,48,85,2,35\n",
            "line 2: 5 cells where the header names 3 columns. If numbers have decimal commas",
        ),
        (HEADER + '1,"48,85",2\n', "line 2: latitude: '48,85' has a decimal comma; write 48.85"),
        ("img_id;latitude;longitude\n1;48,85;2,35\n", "line 2: latitude: '48,85' has a decimal comma"),
        (HEADER + "1,2\n", "line 2: 2 cells where the header names 3 columns"),
        (
            HEADER + '1,2,3\n"2,2,3\n3,2,3\n',
            "line 3: 1 cell where .* ends on line 4: is a quotation mark not closed",
        ),
        (
            HEADER + "x" * 140_000 + ",1,2\n",
            "line 2: .*more than 131,072 letters; is a quotation mark not closed",
        ),
        (
            "# mine\nid,lat,lon\n",
            "line 2: 3 cells where the header names 1 column. The first line must name them",
        ),
        ("id|lat|lon\n1|2|3\n", "Divide them by commas, semicolons or tabs"),
        (
            "id,LAT,latitude,lon\n1,2,3,4\n",
            "line 1: the columns 'LAT' and 'latitude' may both be the latitude",
        ),
        (HEADER + "1,48°51'N,2\n", "line 2: latitude: .* is no number such as 48.8566"),
        (HEADER.encode() + b"1,2\0,3\n", "line 2: a byte is 0, so this is UTF-16 or no text"),
        (b"\x1f\x8b\x08\0", r"is packed \(gzip\), not CSV"),
        (b"PK\x03\x04\0", "is a ZIP archive or a spreadsheet"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS"),
        (HEADER.encode() + b"1,2,3\n2,3,\xe94\n", "line 3: byte 0xE9 is not UTF-8"),
        (HEADER.encode("utf-16"), "line 1: this is UTF-16"),
        (
            HEADER + '"a\nb",2,3\n1,x,3\n',
            "line 4: latitude: 'x' is no number",
        ),  # a row of two lines before it
    ],
)
def test_a_wrong_file_is_explained_with_its_line(text, said, tmp_path):
    path = written(tmp_path, text)
    with pytest.raises(DatasetError, match=said) as problem:
        read_dataset(path)
    assert str(path) in str(problem.value)


def test_all_wrong_lines_are_told_at_once_but_no_flood(tmp_path):
    path = written(tmp_path, HEADER + "".join(f"{n},x,1\n" for n in range(30)))
    with pytest.raises(DatasetError) as problem:
        read_dataset(path)
    lines = str(problem.value).splitlines()
    assert len(lines) == 11
    assert lines[-1] == "20 more lines cannot be used either."


def test_columns_that_are_named_the_wrong_way_round_are_noted_though_each_number_is_possible(
    tmp_path, gazetteer
):
    cities = [place for code in ("FR", "ES", "GB") for place in gazetteer.cities(code, limit=5)]
    rows = "".join(f"{place.id},{place.longitude},{place.latitude}\n" for place in cities)
    truth = truth_of(read_dataset(written(tmp_path, HEADER + rows)), gazetteer)
    assert "wrong way round" in truth.notes[0]
    rows = "".join(f"{place.id},{place.latitude},{place.longitude}\n" for place in cities)
    assert truth_of(read_dataset(written(tmp_path, HEADER + rows)), gazetteer).notes == ()


def test_a_country_that_is_not_at_its_position_is_noted(tmp_path, gazetteer):
    path = written(tmp_path, "id,latitude,longitude,country\n1,48.85,2.35,DE\n2,48.85,2.35,Xyzzy\n")
    disagreeing, unknown = truth_of(read_dataset(path), gazetteer).notes
    assert "1 row names another country" in disagreeing
    assert "line 2: DE, but the position is in FR" in disagreeing
    assert "1 row names a country that is not known" in unknown


def test_positions_in_no_country_and_rows_that_are_swapped_are_noted_with_their_line(tmp_path, gazetteer):
    rows = "a,48.85,2.35,\nb,0,0,\nc,30,-40,\nd,0.0,-0.0,\ne,2.35,48.85,FR\nf,48.85,2.35,FR\n"
    text = "id,latitude,longitude,country\n" + rows
    assert truth_of(read_dataset(written(tmp_path, text)), gazetteer).notes == (
        "1 row would lie in the country that they name if latitude and longitude were swapped (line 6: e).",
        "2 positions are 0, 0, as is written where none is known (line 3: b).",
        "1 position lies at sea, in no country, and in no figure of countries (line 4: c).",
    )


def test_a_continent_is_known_by_code_or_name_in_any_case_and_another_is_noted(tmp_path, gazetteer):
    text = "id,lat,lon,continent\n1,48,2,eu\n2,48,2,EUROPE\n3,48,2,Europa\n"
    truth = truth_of(read_dataset(written(tmp_path, text)), gazetteer)
    assert truth.continents == ("Europe",) * 3
    assert truth.notes == (
        "1 row names a continent that is not known; that of their country counts (line 4: 3).",
    )


# Predictions made elsewhere


def test_folders_strokes_and_accents_of_names_do_not_matter_where_no_other_photo_is_called_so(tmp_path):
    samples = read_dataset(
        written(tmp_path, HEADER + "1.jpg,2,3\na/2.jpg,2,3\nb/2.jpg,2,3\ncaf\u00e9,2,3\n")
    ).samples
    text = "IMG_ID,LAT,LON\nC:\\photos\\1.jpg,5,6\n2.jpg,1,1\na\\2.jpg,7,8\ncafe\u0301.png,9,9\n"
    found, unasked = matched(samples, read_predictions(written(tmp_path, text, "p.csv")))
    assert {id: one.point for id, one in found.items()} == {
        "1.jpg": (5.0, 6.0),
        "a/2.jpg": (7.0, 8.0),
        "caf\u00e9": (9.0, 9.0),
    }
    assert unasked == ["2.jpg"]  # which may be either


def test_a_country_may_be_answered_without_a_position_and_a_share_belongs_to_it(tmp_path):
    text = "id,lat,lon,country,probability\n1,,,FR,0.5\n2,,,,0.5\n3,1,2,,nan\n"
    found = read_predictions(written(tmp_path, text))
    assert [(one.point, one.country, one.probability) for one in found.values()] == [
        (None, "FR", 0.5),
        (None, "", None),
        ((1.0, 2.0), "", None),
    ]


def test_a_country_beside_the_true_position_is_the_true_one(tmp_path):
    """A file with the truth and the answers must not answer with the truth."""
    path = written(tmp_path, "id,latitude,longitude,country,pred_lat,pred_lon\n1,48.85,2.35,FR,35.7,139.7\n")
    assert (read_predictions(path)["1"].point, read_predictions(path)["1"].country) == ((35.7, 139.7), "")
    alone = written(tmp_path, "id,country,pred_lat,pred_lon\n1,JP,35.7,139.7\n", "p.csv")
    assert read_predictions(alone)["1"].country == "JP"
    both = written(
        tmp_path, "id,latitude,longitude,true_latitude,true_longitude\n1,35.7,139.7,48.85,2.35\n", "o.csv"
    )
    assert read_dataset(both).samples[0].point == (48.85, 2.35)


def test_the_probability_in_what_locate_writes_is_that_of_a_point_not_of_a_country(tmp_path):
    path = written(
        tmp_path,
        "row,file,latitude,longitude,probability,answer,answer_probability\n1,a/1.jpg,1,2,0.1,x,0.9\n",
    )
    (one,) = read_predictions(path).values()
    assert (one.point, one.probability) == ((1.0, 2.0), None)


def test_answers_that_would_be_far_nearer_read_another_way_are_noted():
    truth = np.array([(48.9, 2.4), (52.5, 13.4), (40.4, -3.7)])
    (swapped,) = answers_misread(truth, truth[:, ::-1])
    assert swapped.startswith("The answers would be far nearer if latitude and longitude were swapped: 0 km")
    (radians,) = answers_misread(truth, np.radians(truth))
    assert "if they were radians" in radians
    assert answers_misread(truth, truth[::-1]) == []
    assert answers_misread(truth, np.full((3, 2), np.nan)) == []


def test_predictions_are_found_by_name_with_or_without_an_ending(tmp_path):
    samples = read_dataset(written(tmp_path, HEADER + "1.jpg,2,3\n2.jpg,2,3\n3.jpg,2,3\n")).samples
    predictions = read_predictions(
        written(tmp_path, "IMG_ID,LAT,LON\n1.jpg,5,6\n2,NaN,NaN\nq,1,1\n", "p.csv")
    )
    found, unasked = matched(samples, predictions)
    assert {id: one.point for id, one in found.items()} == {"1.jpg": (5.0, 6.0), "2.jpg": None}
    assert unasked == ["q"]


def test_photos_that_differ_in_their_endings_only_are_not_taken_for_each_other(tmp_path):
    samples = read_dataset(written(tmp_path, HEADER + "1.jpg,2,3\n1.png,2,3\n2,2,3\n3.jpg,2,3\n")).samples
    text = "IMG_ID,LAT,LON\n1.png,5,6\n2.jpg,1,1\n2.png,9,9\n3,7,8\n"
    found, unasked = matched(samples, read_predictions(written(tmp_path, text, "p.csv")))
    assert {id: one.point for id, one in found.items()} == {"1.png": (5.0, 6.0), "3.jpg": (7.0, 8.0)}
    assert unasked == ["2.jpg", "2.png"]


def test_columns_that_say_predicted_go_before_the_truth_beside_them(tmp_path):
    path = written(tmp_path, "id,lat,lon,pred_lat,pred_lon\n1,0,0,5,6\n")
    assert read_predictions(path)["1"].point == (5.0, 6.0)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1,2,3,1.5", "between 0 and 1"),
        ("1,2,,0.5", "longitude: it is empty"),
        ("1,99,3,", "Latitude must be"),
        ("1,2,3,45%", "probability: '45%' is no number such as 0.85"),
        (",2,3,", "the cell of id is empty"),
    ],
)
def test_a_wrong_prediction_is_explained_with_its_line(row, said, tmp_path):
    with pytest.raises(DatasetError, match=f"line 2: .*{said}"):
        read_predictions(written(tmp_path, f"id,lat,lon,probability\n{row}\n"))


# Photos


def photo(path, gps=None, artist=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", (8, 8), "red")
    exif = image.getexif()
    if gps:
        exif.get_ifd(0x8825).update(gps)
    if artist:
        exif[0x013B] = artist
    image.save(path, exif=exif)
    return path


def test_a_row_finds_its_photo_by_path_by_name_and_without_an_ending(tmp_path):
    paths = [photo(tmp_path / name) for name in ("a/1.jpg", "b/0012.png", "b/c.jpg", "d/c.jpg")]
    text = HEADER + "a/1.jpg,1,1\n0012,1,1\nc.jpg,1,1\nd/c.jpg,1,1\ngone.jpg,1,1\n"
    path = written(tmp_path, text)
    files, left_out = match_photos(read_dataset(path).samples, tmp_path)
    assert files == {"a/1.jpg": paths[0], "0012": paths[1], "d/c.jpg": paths[3]}
    assert left_out == {"c.jpg": "may be b/c.jpg or d/c.jpg", "gone.jpg": "no such photo"}
    assert find_dataset_file(tmp_path) == path


def test_a_folder_in_which_no_photo_fits_is_told(tmp_path):
    samples = read_dataset(written(tmp_path, HEADER + "gone.jpg,1,1\n")).samples
    with pytest.raises(DatasetError, match=r"None of the rows' photos .* 'gone.jpg'.*--photos"):
        match_photos(samples, tmp_path)
    written(tmp_path, HEADER, "other.csv")
    with pytest.raises(DatasetError, match=r"several CSV files: other\.csv, set\.csv"):
        find_dataset_file(tmp_path)


def test_photos_may_carry_their_positions(tmp_path):
    photo(tmp_path / "suva.jpg", {1: "S", 2: (18.0, 8.0, 30.0), 3: "E", 4: (178.0, 26.0, 24.0)}, "Ann")
    photo(tmp_path / "none.jpg")
    photo(tmp_path / "zero.jpg", {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)})
    photo(tmp_path / "no.jpg", {1: "N", 2: (95.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)})
    (tmp_path / "text.jpg").write_text("no picture")
    dataset, files, left_out = dataset_of_photos(tmp_path)
    (sample,) = dataset.samples
    assert sample.point == pytest.approx((-18.141667, 178.44))  # by hand: 18 + 8/60 + 30/3600
    assert sample.photographer == "Ann"
    assert set(files) == {"suva.jpg"}
    assert left_out["none.jpg"] == left_out["zero.jpg"] == left_out["no.jpg"] == "it carries no position"
    assert "is not a picture" in left_out["text.jpg"]


def test_a_folder_without_positions_is_told_what_to_do(tmp_path):
    photo(tmp_path / "none.jpg")
    with pytest.raises(DatasetError, match="no CSV file, and of its 1 photo none carries a position"):
        dataset_of_photos(tmp_path)


def test_a_table_knows_the_lines_of_its_rows(tmp_path):
    table = read_table(written(tmp_path, '\n\na,b\n1,"x\ny"\n\n2,3\n'))
    assert [(row.line, row.cells["a"]) for row in table.rows] == [(4, "1"), (7, "2")]
