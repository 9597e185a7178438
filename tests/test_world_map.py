"""The map as a document, and in a real browser with every other host blocked."""

import gzip
import hashlib
import json
import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from itertools import islice

import folium
import numpy as np
import pytest
from PIL import Image

from streetclip_demo.maps.world_map import (
    View,
    _in_frame,
    _outlines,
    _small_circle,
    _view,
    empty_map,
    map_frame,
    map_stage,
    percent,
    pins_of,
    world_map,
)
from streetclip_demo.maps.written_once import WrittenOnce
from streetclip_demo.places.candidates import Candidate, Outline, gazetteer_cities, parse_outline, presets
from streetclip_demo.places.geo import great_circle_km
from streetclip_demo.posterior.deciding import discs
from streetclip_demo.posterior.geolocate import geolocate
from streetclip_demo.posterior.manifest import Manifest
from streetclip_demo.posterior.tree import leaves
from streetclip_demo.words.place_names import isolated

pytest_plugins = ["browser"]

EVIL = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</script><b>bold</b><!--",
    "`${alert(1)}` \\u0041",
    "{{ 7 * 7 }} {% raw %} {# gone #} {{{",  # Folium renders scripts twice with Jinja
    "\"double\" 'single' &amp; &lt;",
    "line\u2028separator",
    "שלום עולם",
]
NUMBERED = ".guess:not(.inside) .guess-disc"
LEAFLET_MAP = "window[document.querySelector('.folium-map').id]"
LAND = {"light": (0xF7, 0xF5, 0xEF), "dark": (0x1F, 0x2A, 0x31)}


def answer(outline, gazetteer, likely=None, *, cities=False, spread=0.01, **asked):
    """A prediction whose logits are made up: captions that name a likely place are nearer to the photo."""

    def embed(captions):
        noise = [int(hashlib.sha256(caption.encode()).hexdigest()[:8], 16) / 2**32 for caption in captions]
        raised = [
            max((by for name, by in (likely or {}).items() if name in caption), default=0)
            for caption in captions
        ]
        cosine = 0.2 + spread * np.array(noise) + raised
        return np.column_stack([cosine, np.sqrt(1 - cosine**2)])  # (n, 2)

    return geolocate(
        np.array([1.0, 0.0]),
        parse_outline(outline, gazetteer) if isinstance(outline, str) else outline,
        embed,
        logit_scale=100,
        children_of=(lambda candidate: gazetteer_cities(candidate, gazetteer)) if cities else None,
        **asked,
    )


@pytest.fixture(scope="session")
def japan(gazetteer):
    """193 countries and the cities of five of them."""
    likely = {"Japan": 0.065, "South Korea": 0.05, "Taiwan": 0.04, "China": 0.03, "Fukuoka": 0.03}
    return answer(presets(gazetteer)["World (193 countries)"], gazetteer, likely, cities=True, spread=0.02)


@pytest.fixture(scope="session")
def fiji(gazetteer):
    """Guesses on both sides of 180 degrees: Suva, Fiji at 178.4 and Apia, Samoa at -171.8."""
    return answer("Suva\nApia\n", gazetteer, {"Suva": 0.005}, spread=0)


def told(document, call):
    """What a call in the document's script was told, as a value."""
    start = re.search(rf"{re.escape(call)}\(\s*(?:\w+, )?", document).end()
    return json.JSONDecoder().raw_decode(document, start)[0]


# ---- the document


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (0, "0 %"),
        (1e-9, "< 0.1 %"),
        (0.001, "0.1 %"),
        (0.0432, "4.3 %"),
        (0.61, "61 %"),
        (0.9999, "> 99.9 %"),
        (1, "100 %"),
    ],
)
def test_percent_never_rounds_to_nothing_or_everything(probability, text):
    assert percent(probability) == text


def test_the_document_is_small_and_quickly_built(japan, gazetteer):
    document = world_map(japan, gazetteer).document()
    assert len(document.encode()) < 450_000
    assert len(gzip.compress(document.encode())) < 130_000
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        world_map(japan, gazetteer).document()
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.2  # 0.04 on the machine it was written on


def test_a_drawing_holds_what_is_an_answers_own(japan, gazetteer):
    written = world_map(japan, gazetteer, theme="dark").drawing("The map")
    assert len(written.encode()) < 60_000  # and no library, no outlines
    drawing = json.loads(written)
    assert set(drawing) == {"title", "theme", "body", "script", "name"}
    assert (drawing["theme"], drawing["name"]) == ("dark", "The map")
    document = world_map(japan, gazetteer).document()
    assert drawing["script"] in document
    assert drawing["body"] in document


def test_the_same_answer_is_the_same_document(japan, gazetteer):
    assert world_map(japan, gazetteer).document() == world_map(japan, gazetteer).document()


def test_rendered_once_a_map_is_what_folium_makes_of_it(japan, fiji, gazetteer, monkeypatch):
    once = [world_map(one, gazetteer).document() for one in (japan, fiji)]
    monkeypatch.setattr(WrittenOnce, "render", folium.MacroElement.render)
    assert [world_map(one, gazetteer).document() for one in (japan, fiji)] == once


def test_the_document_loads_nothing(japan, gazetteer):
    document = world_map(japan, gazetteer).document()
    assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", document)
    assert not re.findall(r"url\((?!\"data:|#|none)[^)]*\)", document.split("</style>")[0])
    assert not re.findall(r"jquery|bootstrap|font-?awesome|cdn\.", document, flags=re.IGNORECASE)


def test_the_heat_is_the_whole_leaf_posterior(japan, gazetteer):
    heat = np.array(told(world_map(japan, gazetteer).document(), "L.heatLayer"))  # (n, 3)
    probabilities = [node.probability for _, node in leaves(japan.roots)]
    middle = _view(pins_of(japan), japan, gazetteer).middle
    heat = heat[np.abs(heat[:, 1] - middle) <= 180]  # without copies beyond the map's edge
    assert len(heat) == len(probabilities) == 5 * 30 + 188
    assert heat[:, 2] / heat[:, 2].sum() == pytest.approx(np.array(probabilities), abs=1e-5)  # they sum to 1


def test_countries_are_as_likely_as_their_leaves(japan, gazetteer):
    shares = {
        country["code"]: country["share"]
        for country in told(world_map(japan, gazetteer).document(), "streetclip.shares")
    }
    for root in japan.roots[:6]:
        assert shares[root.candidate.place.country] == pytest.approx(root.probability, abs=1e-4)
    assert next(iter(shares)) == "JP"


def test_a_city_or_a_bare_position_counts_for_its_country(gazetteer):
    prediction = answer("Nagasaki\nmy street @ 48.85, 2.35\nnowhere\n", gazetteer, spread=0)
    shares = {
        country["code"]: country
        for country in told(world_map(prediction, gazetteer).document(), "streetclip.shares")
    }
    assert set(shares) == {"JP", "FR"}
    assert shares["FR"]["name"] == "France"


def test_the_number_beside_a_country_is_its_labels_and_the_tint_is_what_lies_in_it(gazetteer):
    prediction = answer("France\nParis\nJapan\n", gazetteer, spread=0)
    shares = {
        country["code"]: country
        for country in told(world_map(prediction, gazetteer).document(), "streetclip.shares")
    }
    assert (shares["FR"]["text"], shares["FR"]["share"]) == ("33.3 %", pytest.approx(2 / 3, abs=1e-4))


def test_labels_without_a_position_are_counted_under_the_map(gazetteer):
    prediction = answer("Oslo\nMars\na dry climate\n", gazetteer, spread=0)
    assert "Not on the map: 2 labels without a position" in world_map(prediction, gazetteer).document()
    assert "Not on the map" not in world_map(answer("Oslo\n", gazetteer), gazetteer).document()
    outline = "".join(f"Label {number}\n" for number in range(10))
    nowhere = answer(outline, gazetteer, spread=0)  # ten tenths, whose sum is below 1
    assert "10 labels without a position, 100 % of the belief" in world_map(nowhere, gazetteer).document()


def test_the_circle_lies_at_its_distance_on_the_globe():
    (line,) = _small_circle((-18.1, 178.4), 900)
    distances_km = great_circle_km((-18.1, 178.4), [(y, (x + 180) % 360 - 180) for y, x in line])
    assert distances_km == pytest.approx(np.full(len(line), 900), abs=0.5)
    assert np.abs(np.diff(np.array(line)[:, 1])).max() < 5  # no jump at 180 degrees


def test_a_circle_round_the_pole_runs_right_across():
    lines = _small_circle((62, 15), 4000)
    assert [round(line[0][1] - line[-1][1]) for line in lines] in ([360] * 3, [-360] * 3)


@pytest.mark.parametrize("pole", [90, -90])
def test_a_circle_round_the_pole_itself_is_a_parallel(pole):
    """1000 km from a pole is 90 - 1000 / 111.19 = 81.0 degrees north or south."""
    lines = _small_circle((pole, 15), 1000)
    assert len(lines) == 3
    assert np.allclose(np.abs(np.array(lines)[..., 0]), 81.007, atol=0.01)
    assert np.ptp(np.array(lines)[..., 1]) == pytest.approx(3 * 360, abs=1)


def test_a_circle_that_crosses_the_edge_of_the_map_goes_on_at_the_other_edge():
    """The whole world is cut at 169 degrees west: 900 km round 175 W reach to 178 E."""
    view = View()
    lines = _in_frame(_small_circle((0, 185), 900), view)
    longitudes = np.concatenate([np.array(line)[:, 1] for line in lines])
    assert len(lines) == 2
    assert longitudes.max() > view.east
    assert view.west < longitudes[longitudes < 0].max() < -166


def test_heat_at_the_edge_of_the_map_shows_at_both(gazetteer):
    prediction = answer("Apia\nLondon\nNairobi\nLima\n", gazetteer, spread=0)
    heat = np.array(told(world_map(prediction, gazetteer).document(), "L.heatLayer"))
    apia = heat[np.isclose(heat[:, 0], -13.83, atol=0.1)]
    assert len(heat) == 5
    assert np.ptp(apia[:, 1]) == pytest.approx(360)


def test_the_antimeridian_is_not_a_seam(fiji, gazetteer):
    view = _view(pins_of(fiji), replace(fiji, half_mass_radius_km=None), gazetteer)
    assert view.east - view.west < 60
    suva, apia = (view.point(guess.node.candidate.point) for guess in fiji.guesses)
    assert 0 < apia[1] - suva[1] < 15


def test_all_of_the_first_place_is_in_view_alaska_too(gazetteer):
    states = answer("United States\nFrance\n", gazetteer, {"United States": 0.06}, spread=0)
    view = _view(pins_of(states), replace(states, half_mass_radius_km=None), gazetteer)
    assert view.west < -171.8 < -67.2 < view.east
    assert view.south < 18.95 < 71.3 < view.north


@pytest.mark.parametrize("radius_km", [None, 0, 300, 4000, 9000])
@pytest.mark.parametrize(
    "point", [(82.5, -62.35), (-90, 0), (90, 0), (-77.85, 166.67), (78.2, 15.6), (-85.1, 179)]
)
def test_every_likely_pin_is_in_view_and_south_is_south_of_north(gazetteer, point, radius_km):
    prediction = answer(f"Camp @ {point[0]}, {point[1]}\nSuva\n", gazetteer, {"Camp": 0.02}, spread=0)
    view = _view(pins_of(prediction), replace(prediction, half_mass_radius_km=radius_km), gazetteer)
    assert -85.06 < view.south < view.north < 85.06
    assert view.polar
    for guess in prediction.guesses:
        latitude, longitude = view.point(guess.node.candidate.point)
        assert view.south <= latitude <= view.north
        assert view.west - 1e-3 <= longitude <= view.east + 1e-3


def test_no_view_shows_the_empty_poles_without_a_pin_there(gazetteer):
    oslo = answer("Oslo\n", gazetteer)
    view = _view(pins_of(oslo), replace(oslo, half_mass_radius_km=3000), gazetteer)
    assert (view.north, view.polar) == (80, False)


def test_outlines_come_back_from_their_steps(gazetteer):
    original = gazetteer.outlines(place.id for place in gazetteer.countries)["features"]
    packed = json.loads(_outlines(gazetteer, "en"))
    assert [shape[0] for shape in packed] == [feature["properties"]["code"] for feature in original]
    for (code, _, _, shape), feature in zip(packed, original, strict=True):
        if feature["geometry"]["type"] == "Polygon":
            ring = np.cumsum(np.reshape(shape[0][0], (-1, 2)), axis=0) / 100
            expected = np.array(feature["geometry"]["coordinates"][0])
            assert np.allclose(ring[[0, -1]], expected[[0, -1]], atol=0.0051), code
            assert np.allclose(ring.max(axis=0), expected.max(axis=0), atol=0.0051), code


def test_the_frame_carries_the_document_unharmed(japan, gazetteer):
    page, found = world_map(japan, gazetteer), {}

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            found.setdefault(tag, dict(attributes))

    Reader().feed(map_frame(page, 'A "map" <of> guesses'))
    assert list(found) == ["iframe"]
    assert found["iframe"]["srcdoc"] == page.document()
    assert found["iframe"]["title"] == 'A "map" <of> guesses'
    assert found["iframe"]["sandbox"] == "allow-scripts"


def test_a_label_is_never_run_as_a_template(gazetteer):
    label = "{{ 7 * 7 }}{% if %}{#"  # Folium renders with Jinja what it has rendered already
    document = world_map(
        answer(Outline((Candidate(label, "label", None, (0.0, 0.0)),)), gazetteer), gazetteer
    ).document()
    assert f"<title>Map: most likely {label}</title>" in document
    assert told(document, "streetclip.guess")["place"] == label


def test_an_unknown_theme_is_refused(gazetteer):
    with pytest.raises(ValueError, match=r"light.*dark.*'sepia'"):
        empty_map(gazetteer, theme="sepia")


# ---- in the browser


@pytest.fixture
def show(visit, tmp_path):
    """`show(map_page)` gives the visit, with the map's frame as `.map`, in a page that has no network."""

    def open_map(map_page, width=640, height=400, until="path.land", **options):
        style = (
            f"body {{margin: 0}} iframe {{border: 0; width: {width}px; height: {height}px; display: block}}"
        )
        file = tmp_path / "map.html"
        html = f"<!DOCTYPE html><meta charset=utf-8><style>{style}</style>{map_frame(map_page, 'Map')}"
        file.write_text(html, encoding="utf-8")
        visited = visit(file.as_uri(), width, height, **options)
        visited.map = visited.page.frames[1]
        visited.map.wait_for_selector(until, state="attached")
        visited.page.wait_for_timeout(200)
        return visited

    return open_map


def painted(visited, colour):
    """Share of the picture's pixels that have nearly this colour."""
    picture = np.asarray(Image.open(BytesIO(visited.page.screenshot())).convert("RGB")).astype(
        int
    )  # (h, w, 3)
    return (np.abs(picture - colour).max(axis=-1) <= 6).mean()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("width", "height", "theme"), [(640, 400, "light"), (1000, 600, "dark"), (390, 300, "light")]
)
def test_the_map_is_never_blank(show, japan, gazetteer, theme, width, height):
    visited = show(world_map(japan, gazetteer, theme=theme), width, height)
    assert visited.complaints == []
    assert visited.map.locator("path.share").count() > 20
    assert visited.map.locator(NUMBERED).all_inner_texts() == [str(rank) for rank in range(1, 11)]
    assert visited.map.locator("path.half").get_attribute("stroke-dasharray") == "6 6"
    assert visited.map.locator("canvas.leaflet-heatmap-layer").count() == 1
    visited.map.locator(".guess-name", has_text="Japan").wait_for()
    assert "GeoNames" in visited.map.locator(".leaflet-control-attribution").inner_text()
    visited.map.evaluate(f"void {LEAFLET_MAP}.setZoom(0, {{animate: false}})")
    assert painted(visited, LAND[theme]) > 0.015  # the rest of the world is there


@pytest.mark.browser
def test_a_country_that_is_the_first_guess_is_named_once(show, gazetteer):
    first = "United Arab Emirates"
    likely = answer(f"{first}\nChina\nPeru\n", gazetteer, {first: 0.06, "China": 0.05})
    visited = show(world_map(likely, gazetteer), 900, 600)
    visited.map.locator(".guess-name", has_text="China").wait_for()
    share = percent(likely.guesses[0].node.probability)
    name = visited.map.locator(".guess.first .guess-name")
    assert name.inner_text() == f"{first} {share}"
    assert name.evaluate("name => name.scrollWidth <= name.clientWidth")  # not cut off
    assert visited.map.locator(".name", has_text=first).count() == 0
    visited.map.get_by_role("button", name="Key").click()
    visited.map.get_by_label("Likeliest places").uncheck()
    visited.map.locator(".name.likely", has_text=f"{first} {share}").wait_for()


@pytest.mark.browser
def test_a_share_stands_after_a_name_from_right_to_left(show, gazetteer):
    visited = show(world_map(answer("مصر\nPeru\n", gazetteer, {"مصر": 0.06}), gazetteer), 900, 600)
    name = visited.map.locator(".guess.first .guess-name")
    name.filter(has_text="مصر").wait_for()
    ends = """name => ['م', '%'].map((letter) => {
      const range = document.createRange();
      const at = name.textContent.indexOf(letter);
      range.setStart(name.firstChild, at);
      range.setEnd(name.firstChild, at + 1);
      return range.getBoundingClientRect().right;
    })"""
    letter, percent_sign = name.evaluate(ends)
    assert letter < percent_sign


@pytest.mark.browser
def test_the_first_guess_is_named_within_a_narrow_map(show, gazetteer):
    name = "The corner of a street with a very long name"
    outline = Outline((Candidate(name, "label", None, (10, 20)), Candidate("b", "label", None, (12, 24))))
    visited = show(world_map(answer(outline, gazetteer, {name: 0.06}), gazetteer), 320, 300)
    box = visited.map.locator(".guess.first .guess-name").bounding_box()
    assert box["width"] > 100
    assert 0 <= box["x"] < box["x"] + box["width"] <= 320


@pytest.mark.browser
def test_in_a_narrow_map_the_first_guess_keeps_its_whole_name_and_share(show, gazetteer):
    first = "United Kingdom"
    spread = answer(f"{first}\nFiji\nCanada\nChile\nMongolia\n", gazetteer, {first: 0.06})  # over the world
    visited = show(world_map(spread, gazetteer), 330, 300)
    name = visited.map.locator(".guess.first .guess-name")
    box = name.bounding_box()
    assert 0 <= box["x"] < box["x"] + box["width"] <= 330
    assert name.evaluate(
        "name => name.scrollHeight <= name.clientHeight && name.scrollWidth <= name.clientWidth"
    )


@pytest.mark.browser
@pytest.mark.parametrize("point", ["82.5, -62.35", "-90, 0", "90, 0"])
@pytest.mark.parametrize(("width", "height"), [(640, 400), (390, 500)])
def test_a_pin_near_a_pole_is_whole_on_the_map_with_its_name(show, gazetteer, point, width, height):
    first = answer(f"Camp @ {point}\nOslo\n", gazetteer, {"Camp": 0.06})
    visited = show(world_map(first, gazetteer), width, height)
    credits = visited.map.locator(".leaflet-control-attribution").bounding_box()
    for mark in (".guess.first .guess-disc", ".guess.first .guess-name"):
        box = visited.map.locator(mark).bounding_box()
        assert box["x"] >= 0
        assert box["y"] >= -1
        assert box["x"] + box["width"] <= width
        assert box["y"] + box["height"] <= credits["y"] + 1


@pytest.mark.browser
def test_the_empty_map_shows_the_world_and_a_message(show, gazetteer):
    visited = show(empty_map(gazetteer, message="Drop a <b>photo</b>."))
    assert visited.complaints == []
    assert visited.map.get_by_role("status").inner_text() == "Drop a <b>photo</b>."
    assert painted(visited, LAND["light"]) > 0.15


@pytest.mark.browser
def test_a_map_with_no_place_says_so(show, gazetteer):
    visited = show(world_map(answer("dry\nwet\n", gazetteer), gazetteer))
    assert "None of these labels has a position" in visited.map.get_by_role("status").inner_text()
    assert painted(visited, LAND["light"]) > 0.1


@pytest.mark.browser
def test_text_of_people_stays_text(show, gazetteer):
    placed = [Candidate(label, "label", None, (10 + 3 * row, 20 + 2 * row)) for row, label in enumerate(EVIL)]
    outline = Outline((*placed, Candidate("</script><img src=x onerror=alert(2)>", "label", None, None)))
    prediction = replace(answer(outline, gazetteer), manifest=Manifest(mark="<i>mark</i> {{ 6 * 7 }} \"'"))
    visited = show(world_map(prediction, gazetteer), 900, 700)
    visited.page.on(
        "dialog", lambda dialog: visited.complaints.append(f"dialog: {dialog.message}") or dialog.dismiss()
    )
    names = [guess.path[-1] for guess in prediction.guesses if guess.node.candidate.point]
    assert set(names) == set(EVIL)
    popup = visited.map.locator(".leaflet-popup-content")
    for row, name in enumerate(names):
        rank = next(guess.rank for guess in prediction.guesses if guess.path[-1] == name)
        visited.map.locator(".guess").nth(row).focus()
        visited.page.keyboard.press("Enter")
        visited.map.wait_for_function(
            "text => document.querySelector('.leaflet-popup-content h2')?.textContent === text",
            arg=f"{rank}. {isolated(name)}",
        )
        assert name in popup.locator("dd").last.text_content()
    share = percent(prediction.guesses[0].node.probability)
    assert visited.map.locator(".guess.first .guess-name").text_content() == f"{isolated(names[0])} {share}"
    assert visited.map.locator(".strip.mark").inner_text() == "<i>mark</i> {{ 6 * 7 }} \"'"
    assert "onerror=alert(2)" in visited.map.locator(".strip").last.inner_text()
    for foreign in ("img:not(.leaflet-tile)", "b", "i", "body script ~ *"):
        assert visited.map.locator(foreign).count() == 0, foreign
    assert visited.complaints == []


@pytest.mark.browser
def test_a_marker_is_reached_by_keyboard_and_tells_all(show, japan, gazetteer):
    visited = show(world_map(japan, gazetteer))
    first = visited.map.get_by_role("button", name="Guess 1: Japan, country")
    first.focus()
    visited.page.keyboard.press("Enter")
    popup = visited.map.locator(".leaflet-popup-content")
    popup.wait_for()
    told_in = popup.inner_text()
    for part in ("1. Japan", "country", percent(japan.roots[0].probability), "° N"):
        assert part in told_in
    assert "A Street View photo in Japan." in told_in


@pytest.mark.browser
def test_the_best_place_inside_a_disc_shows_when_it_is_chosen_or_zoomed_into(show, japan, gazetteer):
    visited = show(world_map(japan, gazetteer))
    small = visited.map.locator(".guess.inside:not(.unseen)")
    assert [one.get_attribute("aria-label").split(",")[0] for one in small.all()] == [
        "Best place in guess 1: Fukuoka"
    ]
    second = japan.roots[1]
    visited.map.locator(NUMBERED).nth(1).dispatch_event("click")
    name = f"Best place in guess 2: {second.children[0].candidate.name}"
    inside = visited.map.locator(f".guess[aria-label^='{name}'] .guess-disc")
    inside.wait_for()
    visited.map.locator(NUMBERED).nth(2).dispatch_event("click")
    inside.wait_for(state="hidden")
    visited.map.evaluate(f"void {LEAFLET_MAP}.setZoom(6, {{animate: false}})")
    inside.wait_for()


@pytest.mark.browser
def test_discs_do_not_cover_each_other(show, japan, gazetteer):
    visited = show(world_map(japan, gazetteer), 390, 300)
    boxes = [disc.bounding_box() for disc in visited.map.locator(".guess:not(.unseen) .guess-disc").all()]
    middles = np.array([(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes])
    apart = np.linalg.norm(middles[:, None] - middles, axis=-1)[~np.eye(len(middles), dtype=bool)]
    assert apart.min() >= 17  # a small one beside a numbered one


COVERED_OR_CUT = """() => {
  const rectangles = (selector) => [...document.querySelectorAll(selector)].map((one) => one.getBoundingClientRect());
  return rectangles(".guess-disc").filter((disc) => disc.left < 0 || disc.right > innerWidth
    || rectangles(".leaflet-control").some((control) => control.left < disc.right && disc.left < control.right
      && control.top < disc.bottom && disc.top < control.bottom)).length;
}"""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("labels", "height"),
    [
        ("Iceland\nJapan\nSwitzerland\n", 200),
        ("Chile\nNorway\nJapan\n", 200),
        ("Norway\nCanada\nMexico\nGermany\nSpain\n", 340),
    ],
)
def test_no_disc_stands_under_a_button_or_the_credits_of_a_narrow_map(show, gazetteer, labels, height):
    visited = show(world_map(answer(labels, gazetteer), gazetteer), 358, height)
    assert visited.map.locator(".guess-disc").count() == len(labels.splitlines())
    assert visited.map.evaluate(COVERED_OR_CUT) == 0


@pytest.mark.browser
def test_places_on_both_sides_of_180_degrees_stand_together(show, fiji, gazetteer):
    visited = show(world_map(fiji, gazetteer))
    suva, apia = (disc.bounding_box()["x"] for disc in visited.map.locator(".guess-disc").all())
    assert 40 < apia - suva < 400


@pytest.mark.browser
def test_layers_switch_and_tiles_are_asked_for_only_when_switched_on(chromium, japan, gazetteer):
    page = chromium.new_page(viewport={"width": 1000, "height": 600})
    asked = []

    def tile(route):
        asked.append(route.request.url)
        route.abort()

    page.route(re.compile("^https?:"), tile)
    page.set_content(
        f"<style>iframe {{width: 950px; height: 550px}}</style>{map_frame(world_map(japan, gazetteer), 'M')}"
    )
    inside = page.frames[1]
    inside.wait_for_selector(".guess-disc")
    inside.get_by_role("button", name="Key").click()
    switches = inside.locator(".leaflet-control-layers label")
    layers = {
        "Share by country": "path.share",
        "Heat of all labels": "canvas.leaflet-heatmap-layer",
        "Half of the belief": "path.half",
        "Likeliest places": ".guess",
    }
    for name, drawn in layers.items():
        assert inside.locator(drawn).count() > 0
        switches.filter(has_text=name).click()
        assert inside.locator(drawn).count() == 0, name
        switches.filter(has_text=name).click()
        assert inside.locator(drawn).count() > 0, name
    assert asked == []
    with page.expect_event("requestfailed"):
        switches.filter(has_text="Streets (online)").click()
    assert {url.split("/")[2] for url in asked} == {"tile.openstreetmap.org"}
    assert "OpenStreetMap" in inside.locator(".leaflet-control-attribution").inner_text()
    assert inside.locator("path.land").first.is_visible()  # the tiles do not come, the land stays
    page.close()


@pytest.mark.browser
def test_the_page_and_the_map_hear_each_other(show, japan, gazetteer):
    visited = show(world_map(japan, gazetteer))
    visited.page.evaluate("addEventListener('message', ({data}) => (window.heard ??= []).push(data))")
    path = list(next(islice(discs(japan), 2, None)).path)
    visited.page.evaluate(
        "path => document.querySelector('iframe').contentWindow.postMessage({streetclip: 'focus', path}, '*')",
        path,
    )
    title = visited.map.locator(".leaflet-popup-content h2")
    title.wait_for()
    assert title.inner_text() == f"3. {', '.join(reversed(path))}"
    visited.map.locator("path.share[data-code=JP]").first.dispatch_event("click")
    visited.page.wait_for_function("window.heard?.length")
    assert visited.page.evaluate("heard") == [{"streetclip": "chosen", "path": ["Japan"]}]
    assert json.loads(visited.map.locator(".guess").first.get_attribute("data-path")) == ["Japan"]
    visited.page.evaluate(
        "document.querySelector('iframe').contentWindow.postMessage({streetclip: 'theme', theme: 'dark'}, '*')"
    )
    visited.map.wait_for_selector("html[data-theme=dark]")


@pytest.mark.browser
def test_a_map_that_opens_unseen_fits_its_answer_when_it_is_shown(show, japan, gazetteer):
    visited = show(world_map(japan, gazetteer))
    frame = "document.querySelector('iframe').style"
    visited.page.evaluate(f"{frame}.width = '0'")
    visited.page.wait_for_timeout(200)
    visited.page.evaluate(f"{frame}.width = '500px'")
    visited.page.wait_for_timeout(400)
    first = visited.map.locator(".guess.first .guess-disc").bounding_box()
    assert 50 < first["x"] < 450
    assert 50 < first["y"] < 350


@pytest.mark.browser
@pytest.mark.parametrize(("motion", "moves"), [("reduce", False), ("no-preference", True)])
def test_nothing_moves_for_those_who_asked_for_that(visit, japan, gazetteer, tmp_path, motion, moves):
    file = tmp_path / "map.html"
    file.write_text(
        world_map(japan, gazetteer).document(), encoding="utf-8"
    )  # as a file of its own: it must work as one, too
    visited = visit(file.as_uri(), motion=motion)
    visited.page.wait_for_selector(".guess-disc")
    for option in ("zoomAnimation", "fadeAnimation", "markerZoomAnimation", "inertia"):
        assert visited.page.evaluate(f"{LEAFLET_MAP}.options.{option}") is moves, option
    assert visited.complaints == []


BLANK_FRAMES = """() => {
  window.blank = 0;
  const look = () => {
    window.blank += !document.querySelector('path.land');
    requestAnimationFrame(look);
  };
  look();
}"""
DRAW = """drawing => new Promise((drawn) => {
  addEventListener('message', ({data}) => data.number === 7 && drawn(), {once: true});
  const frame = document.querySelector('iframe').contentWindow;
  frame.postMessage({streetclip: 'draw', number: 7, ...drawing}, '*');
})"""


@pytest.mark.browser
def test_one_frame_shows_map_after_map_and_is_never_blank(show, japan, fiji, gazetteer):
    stage = empty_map(gazetteer)
    stage.document = lambda: map_stage(gazetteer)
    visited = show(stage, until=".folium-map")
    frame = visited.map
    assert frame.locator("path").count() == 0  # an answer may be there already
    visited.page.evaluate("frames[0].postMessage({streetclip: 'empty'}, '*')")
    frame.locator("path.land").first.wait_for(state="attached")
    frame.evaluate(BLANK_FRAMES)
    seen = {}
    for name, page in {
        "japan": world_map(japan, gazetteer),
        "fiji": world_map(fiji, gazetteer, theme="dark"),
        "again": world_map(japan, gazetteer),
        "empty": empty_map(gazetteer, message="No photo"),
    }.items():
        visited.page.evaluate(DRAW, json.loads(page.drawing(name)))
        frame.wait_for_timeout(100)
        assert frame.locator(".leaflet-container").count() == 1
        assert frame.evaluate("document.title") == page.title
        assert frame.evaluate("document.documentElement.dataset.theme") == page.theme
        guesses = [icon.get_attribute("aria-label") for icon in frame.locator(".guess").all()]
        names = frame.locator(".name").all_inner_texts()
        seen[name] = (len(guesses), frame.locator("path.share").count(), names)
    assert seen["japan"] == seen["again"]  # nothing is left of the map between
    assert seen["japan"][0] == 15  # the best place inside each of five that were opened too
    assert seen["fiji"][0] == 2
    assert seen["empty"][:2] == (0, 0)
    assert frame.locator(".strip.message").inner_text() == "No photo"
    assert frame.evaluate("blank") == 0
    assert visited.complaints == []


@pytest.mark.browser
def test_only_the_frame_of_the_page_draws_what_it_is_told(show, japan, gazetteer):
    visited = show(empty_map(gazetteer))  # a document as people save it
    drawing = json.loads(world_map(japan, gazetteer).drawing("Map"))
    visited.page.evaluate(
        "told => frames[0].postMessage({streetclip: 'draw', number: 1, ...told}, '*')", drawing
    )
    visited.page.wait_for_timeout(300)
    assert visited.map.locator(".guess").count() == 0


@pytest.mark.browser
def test_a_click_on_a_map_half_out_of_view_does_not_scroll_the_page_away(show, japan, gazetteer):
    visited = show(world_map(japan, gazetteer), 640, 400)
    page = visited.page
    page.evaluate("document.body.style.height = '3000px'; scrollTo(0, 60)")
    discs = [disc.bounding_box() for disc in visited.map.locator(".guess-disc").all()]
    seen = next(box for box in discs if box["y"] > 10)
    page.mouse.move(seen["x"] + seen["width"] / 2, seen["y"] + seen["height"] / 2)
    page.mouse.down()
    page.wait_for_timeout(150)  # a scroll would come now, and take the map away from under the mouse
    page.mouse.up()
    visited.map.locator(".leaflet-popup-content").wait_for()
    assert page.evaluate("scrollY") == 60
