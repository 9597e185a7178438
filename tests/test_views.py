"""Which squares of a photo count: where they lie, what their mean is, and views out of a panorama, worked by hand."""

import io
import math

import numpy as np
import pytest
from PIL import Image
from test_clip import FakeEncoder

from streetclip_demo.errors import PhotoError, QuestionError
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.other_views import OtherViews
from streetclip_demo.locate.question import Question
from streetclip_demo.locate.ways import LocatorInWay, in_way, keep_all_ways, kept_in_way
from streetclip_demo.model.preprocessing import Preprocessing
from streetclip_demo.photos import views
from streetclip_demo.photos.decoding import PANORAMA
from streetclip_demo.photos.panorama import directions, perspective, says_panorama
from streetclip_demo.photos.photo import open_photo, photo_from_image
from streetclip_demo.posterior.manifest import Manifest, SeenPhoto
from streetclip_demo.report.geojson import places
from streetclip_demo.report.parts import part_names
from streetclip_demo.report.record import prediction_record
from streetclip_demo.report.table import COLUMNS, rows

LABELS = Question("France\nJapan\nKenya", add_cities=False)


def striped(width=300, height=100):
    """Red to the left, green in the middle, blue to the right."""
    image = Image.new("RGB", (width, height), (0, 200, 0))
    third = width // 3
    image.paste((200, 0, 0), (0, 0, third, height))
    image.paste((0, 0, 200), (width - third, 0, width, height))
    return image


@pytest.fixture
def locator(gazetteer):
    encoder = FakeEncoder()
    encoder.crop = lambda image: encoder.crops(image, (0.5,))[0]
    encoder.crops = Preprocessing(60, 60, Image.Resampling.BICUBIC, 1 / 255, (0, 0, 0), (1, 1, 1)).crops
    return ClipLocator(encoder, encoder.caption_embeddings, gazetteer)


# The three squares


def test_squares_lie_at_the_beginning_the_middle_and_the_end_of_the_longer_side(locator):
    wide = in_way(photo_from_image(striped()), views.THREE, locator)
    assert [view.image.getpixel((30, 30)) for view in wide.views] == [(200, 0, 0), (0, 200, 0), (0, 0, 200)]
    lefts = [dict(view.where)["left"] for view in wide.views]
    assert lefts == pytest.approx([0, 1 / 3, 2 / 3])
    assert dict(wide.views[2].where)["right"] == pytest.approx(1)
    tall = in_way(photo_from_image(striped().rotate(-90, expand=True)), views.THREE, locator)
    assert [view.image.getpixel((30, 30)) for view in tall.views] == [(200, 0, 0), (0, 200, 0), (0, 0, 200)]
    assert [dict(view.where)["top"] for view in tall.views] == pytest.approx([0, 1 / 3, 2 / 3])
    assert tall.notes == (views.TALL_NOTE,)


@pytest.mark.parametrize("size", [(900, 61), (61, 900), (7000, 50), (640, 480)])
def test_the_middle_one_of_three_squares_is_the_usual_square_to_the_last_bit(locator, size):
    photo = photo_from_image(Image.effect_noise(size, 90).convert("RGB"))
    middle = in_way(photo, views.THREE, locator).views[1].image
    assert middle.tobytes() == locator.view(photo).tobytes()


def test_three_squares_are_the_mean_of_their_unit_embeddings_at_unit_length(locator):
    photo = photo_from_image(striped())
    (seen,) = locator.embed([in_way(photo, views.THREE, locator)])
    colours = np.array([[201, 1, 1], [1, 201, 1], [1, 1, 201]], float)  # as the fake encoder sees them
    mean = (colours / np.linalg.norm(colours, axis=1, keepdims=True)).mean(axis=0)
    assert seen.embedding == pytest.approx(
        mean / np.linalg.norm(mean), abs=0.01
    )  # stripes blur into each other
    exact = np.mean([part.embedding for part in seen.parts], axis=0)
    assert seen.embedding == pytest.approx(exact / np.linalg.norm(exact), abs=1e-6)
    assert [part.embedding.argmax() for part in seen.parts] == [0, 1, 2]


def test_all_squares_of_all_photos_go_through_the_model_in_one_call(locator):
    photos = [in_way(photo_from_image(striped(300 + 3 * i)), views.THREE, locator) for i in range(4)]
    locator.embed(photos)
    assert locator.encoder.most == 12


def test_an_answer_does_not_depend_on_what_was_asked_of_the_photo_before(locator):
    kept = keep_all_ways(photo := photo_from_image(striped()), locator)
    alone = locator.locate(kept_in_way(kept, views.CENTRE), LABELS)
    three = locator.locate(kept_in_way(kept, views.THREE), LABELS)
    assert [node.probability for node in three.roots] != [node.probability for node in alone.roots]
    for way, before in ((views.CENTRE, alone), (views.THREE, three)):
        assert locator.locate(kept_in_way(kept, way), LABELS).roots == before.roots
        assert locator.locate(in_way(photo, way, locator), LABELS).roots == before.roots


def test_of_a_square_photo_one_view_counts_and_a_note_says_why(locator):
    square = in_way(photo_from_image(Image.new("RGB", (50, 50))), views.THREE, locator)
    assert square.views == ()
    assert square.notes == (views.SQUARE_NOTE,)


def test_another_model_sees_the_same_squares_in_its_own_size(locator, gazetteer):
    kept = keep_all_ways(photo_from_image(striped()), locator)
    other = ClipLocator(FakeEncoder("clip"), locator.encoder.caption_embeddings, gazetteer)
    other.encoder.crops = Preprocessing(40, 40, Image.Resampling.BICUBIC, 1 / 255, (0,) * 3, (1,) * 3).crops
    other.encoder.crop = lambda image: other.encoder.crops(image, (0.5,))[0]
    seen = OtherViews().of(kept_in_way(kept, views.THREE), other)
    assert [view.image.size for view in seen.views] == [(40, 40)] * 3
    assert [np.argmax(view.image.getpixel((20, 20))) for view in seen.views] == [0, 1, 2]
    assert len(seen.notes) == 2  # that three count, and that a smaller picture was seen


@pytest.mark.parametrize("wrong", ["two", 2, "", None, True, "3 "])
def test_a_way_that_there_is_not_is_told(wrong):
    with pytest.raises(QuestionError, match="views must be auto, 1"):
        views.checked_way(wrong)
    assert views.checked_way(3) == views.THREE


# What is told


def test_a_record_says_which_rectangles_counted(locator):
    photo = photo_from_image(striped())
    prediction = LocatorInWay(locator, views.THREE).locate(photo, LABELS)
    record = prediction_record(prediction, LABELS, photo.digest)
    assert record["photo"]["pixels_sha256"] == photo.digest
    assert [view["left"] for view in record["photo"]["views"]] == pytest.approx([0, 1 / 3, 2 / 3])
    (line, *_) = rows(record)
    assert dict(zip(COLUMNS, line, strict=True))["views"] == 3
    assert places(record)["photo"] == record["photo"]
    assert views.WIDE_NOTE in record["notes"]
    usual = prediction_record(locator.locate(photo, LABELS), LABELS, photo.digest)
    assert usual["photo"] == {"pixels_sha256": photo.digest}
    assert next(rows(usual))[-2:] == [1, 1]


def test_views_are_named_by_where_they_lie(locator):
    def names(image, way):
        seen = in_way(photo_from_image(image), way, locator).views
        return part_names([SeenPhoto("", tuple(view.where for view in seen))])

    assert names(striped(), views.THREE) == ["Left", "Centre", "Right"]
    assert names(striped().rotate(90, expand=True), views.THREE) == ["Top", "Middle", "Bottom"]
    assert names(striped(200, 100), views.AROUND) == ["Ahead", "To the right", "Behind", "To the left"]
    assert part_names([SeenPhoto("a"), SeenPhoto("b")]) == ["Photo 1", "Photo 2"]
    assert Manifest().seen == ()


# Panoramas


def painted(paint, width=720):
    """A panorama whose pixel is paint(longitude, latitude), in degrees."""
    longitude = ((np.arange(width) + 0.5) / width - 0.5) * 360
    latitude = (0.5 - (np.arange(width // 2) + 0.5) / (width // 2)) * 180
    return Image.fromarray(paint(longitude[None, :], latitude[:, None]).astype(np.uint8))


def directions_of(longitude, latitude):
    """Longitude in the red channel, latitude in the green, in steps of two degrees and one."""
    red, green = np.broadcast_arrays((longitude + 180) / 2, latitude + 90)
    return np.stack([red, green, np.zeros_like(red)], axis=-1)


# By hand: straight ahead; the right edge; the upper edge, 45 degrees up; the corner, whose direction (1, 1, 1) is
# 45 degrees to the right and atan(1 / sqrt 2) = 35.26 degrees up; half way to the right, atan(0.5) = 26.57 degrees.
CORNER = math.degrees(math.atan(1 / math.sqrt(2)))
BY_HAND = [
    ((0, 0), (0, 0)),
    ((1, 0), (45, 0)),
    ((0, 1), (0, 45)),
    ((1, 1), (45, CORNER)),
    ((0.5, 0), (26.565, 0)),
]


@pytest.mark.parametrize(("place", "direction"), BY_HAND)
def test_a_place_in_a_view_looks_in_the_direction_worked_by_hand(place, direction):
    side = 400
    column, row = (min(round((1 + part) / 2 * side), side - 1) for part in (place[0], -place[1]))
    longitudes, latitudes = directions(side)
    assert math.degrees(longitudes[column]) == pytest.approx(direction[0], abs=0.3)
    assert math.degrees(latitudes[row, column]) == pytest.approx(direction[1], abs=0.3)


@pytest.mark.parametrize(("heading", "ahead"), [(0, 0), (90, 90), (180, 180), (270, -90)])
def test_each_view_shows_what_lies_ahead_of_it(heading, ahead):
    (view,) = perspective(painted(directions_of), [heading], side_px=101)
    red, green, _ = view.getpixel((50 + (heading == 180), 50))  # behind, the panorama's edges meet
    assert min(abs(red * 2 - 180 - ahead), abs(red * 2 - 180 - ahead + 360)) <= 3
    assert abs(green - 90) <= 1


@pytest.mark.parametrize("slope", [0.0, 0.3, -0.7])
@pytest.mark.parametrize("heading", [0, 90])
def test_a_straight_line_stays_straight(slope, heading):
    # The plane through the camera in which up = 0.2 * ahead + slope * right: a straight line in the view.
    def paint(longitude, latitude):
        turned = np.radians(longitude - heading)
        ahead, right, up = np.cos(turned), np.sin(turned), np.tan(np.radians(latitude))
        return np.repeat((255 * (up > 0.2 * ahead + slope * right))[..., None], 3, axis=-1)

    (view,) = perspective(painted(paint, 2880), [heading], side_px=400)
    white = np.asarray(view)[..., 0] > 127
    columns = np.arange(5, 395)
    edge = 1 - white[:, columns].sum(axis=0) / 200  # up from the middle
    expected = 0.2 + slope * ((columns + 0.5) / 200 - 1)
    assert np.abs(edge - expected).max() < 0.012  # two pixels of 400


def test_a_fine_pattern_of_a_large_panorama_turns_grey_and_not_coarse():
    fine = np.indices((1024, 2048)).sum(axis=0) % 2 * 255
    (view,) = perspective(
        Image.fromarray(np.repeat(fine[..., None], 3, axis=-1).astype(np.uint8)), [0], side_px=64
    )
    assert np.asarray(view).std() < 20


XMP = '<rdf:Description GPano:ProjectionType="{kind}" GPano:FullPanoWidthPixels="{full}"{more}/>'


@pytest.mark.parametrize(
    ("xmp", "says"),
    [
        (XMP.format(kind="equirectangular", full=400, more=' GPano:CroppedAreaImageWidthPixels="400"'), True),
        (
            XMP.format(kind="equirectangular", full=400, more=' GPano:CroppedAreaImageWidthPixels="300"'),
            False,
        ),
        (XMP.format(kind="cylindrical", full=400, more=' GPano:CroppedAreaImageWidthPixels="400"'), False),
        ("<GPano:ProjectionType>equirectangular</GPano:ProjectionType>", True),
        ("GPano:ProjectionType='equirectangular'", True),
        ("", False),
        ('GPano:ProjectionType="', False),
    ],
)
def test_a_file_is_a_panorama_where_it_says_that_it_is_a_whole_one(xmp, says):
    assert says_panorama(xmp.encode()) is says


def test_a_panorama_by_its_file_is_looked_at_all_around_and_a_wide_photo_only_when_that_is_asked(locator):
    xmp = b'<rdf:Description GPano:ProjectionType="equirectangular"/>'
    files = {}
    for name, options in (("told", {"xmp": xmp}), ("plain", {})):
        striped(400, 200).save(file := io.BytesIO(), "JPEG", **options)
        files[name] = open_photo(file.getvalue())
    told = in_way(files["told"], views.AUTO, locator)
    assert [dict(view.where)["heading"] for view in told.views] == [0, 90, 180, 270]
    assert told.notes == (views.AROUND_NOTE,)
    assert in_way(files["told"], views.CENTRE, locator).notes == (PANORAMA,)
    assert in_way(files["plain"], views.AUTO, locator) is files["plain"]
    assert len(in_way(files["plain"], views.AROUND, locator).views) == 4
    with pytest.raises(PhotoError, match="twice as wide as high, and it has 300 x 100 pixels"):
        in_way(photo_from_image(striped()), views.AROUND, locator)


def test_what_is_kept_of_a_panorama_answers_as_the_whole_does(locator):
    photo = photo_from_image(striped(400, 200))
    kept = keep_all_ways(photo, locator)
    ours, whole = (
        locator.locate(one, LABELS)
        for one in (kept_in_way(kept, views.AROUND), in_way(photo, views.AROUND, locator))
    )
    assert ours.roots == whole.roots
    assert [dict(view)["heading"] for view in ours.manifest.seen[0].views] == [0, 90, 180, 270]
