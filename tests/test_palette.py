"""The palette stands in tokens.css and nowhere else, all of it is used, and no rule is for what is not there."""

import re
from pathlib import Path

import pytest

from streetclip_demo import own_files, palette
from streetclip_demo.errors import DataError
from streetclip_demo.page.frame.theme import page_theme

ROOT = Path(__file__).resolve().parent.parent
ASSETS = ROOT / "assets"
STYLES = sorted(ASSETS.glob("*.css"))
CODE = [
    *sorted((ROOT / "streetclip_demo").rglob("*.py")),
    *sorted((ROOT / "streetclip_demo").rglob("*.html")),
    *sorted(ASSETS.glob("*.js")),
]
COLOUR = re.compile(r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})(?![\w-])|\b(?:rgb|hsl)a?\(")
# Names in selectors that others give: Gradio, Leaflet and Folium
OTHERS = {
    *("divider", "fillable", "gradio-container", "icon-button-wrapper", "image-container", "image-frame"),
    "label-wrap",  # of a fold
    "input-container",  # of a field of text
    "translucent",  # of its sign that something is coming
    *("tab-container", "tab-wrapper", "tabitem", "upload-container", "wrap", "wrap-inner", "folium-map"),
}


def read(path):
    return re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def drawn_streets(path):
    return "practice" in path.parts  # what a street looks like is no matter of the page's palette


def test_no_colour_stands_outside_of_the_palette():
    entities = re.compile(r"&#\d+;")
    found = [
        (path.name, line.strip())
        for path in (*STYLES, *CODE)
        if path != palette.TOKENS and not drawn_streets(path)
        for line in read(path).splitlines()
        if COLOUR.search(entities.sub("", line.replace("#_)", "")))
    ]
    assert found == []


def test_every_colour_of_the_palette_is_used():
    used = "".join(read(path) for path in (*STYLES, *CODE))
    scale = re.compile(r"(teal|grey)-\d+")
    unused = [
        name
        for name in re.findall(r"^\s*--([\w-]+):", palette.tokens_style(), re.MULTILINE)
        if not scale.fullmatch(name) and f"var(--{name})" not in used and f'"{name}"' not in used
        if f"'--{name}'" not in used
    ]
    assert unused == []


def test_every_name_that_a_style_refers_to_is_given():
    styles = "".join(read(path) for path in STYLES)
    scripts = "".join(read(path) for path in CODE)
    given = set(re.findall(r"(--[\w-]+):\s", styles)) | set(
        re.findall(r"(?:'|style=\")(--[\w-]+)[':]", scripts)
    )
    gradio = set(re.findall(r"(--[\w-]+):", page_theme()._get_theme_css()))
    assert set(re.findall(r"var\((--[\w-]+)", styles)) - given - gradio == set()


def test_every_class_and_id_in_the_styles_is_one_that_something_has():
    code = "".join(path.read_text(encoding="utf-8") for path in CODE)
    words = set(re.findall(r"[\w-]+", code))
    dead = []
    for path in STYLES:
        text = re.sub(r'"[^"]*"', "", read(path))
        for selector in re.findall(r"([^{};]+)\{", text):
            names = [] if selector.strip().startswith("@") else re.findall(r"[.#]([A-Za-z][\w-]*)", selector)
            dead += [
                (path.name, name)
                for name in names
                if name not in OTHERS | words and not name.startswith("leaflet-")
            ]
    assert dead == []


def test_the_night_has_a_colour_for_each_that_changes_and_paper_is_light():
    colours = palette.palette()
    assert colours.light["accent"] == "#0f6e6e"
    assert colours.dark["accent"] == "#5cc8c0"
    assert colours.dark["heat-hot"] == colours.light["heat-hot"]
    assert "@media not print" in palette.tokens_style().split(palette.NIGHT)[1]


def test_gradio_gets_the_same_colours():
    style = page_theme()._get_theme_css()
    assert f"--body-text-color: {palette.palette().light['ink']};" in style
    assert f"--body-text-color: {palette.palette().dark['ink']};" in style
    assert f"--primary-500: {palette.palette().light['teal-500']};" in style


def test_a_document_without_scripts_has_the_night_where_its_readers_system_is():
    style = palette.tokens_style_by_system()
    _, _, by_system = style.partition("@media (prefers-color-scheme: dark) { :root {")
    night = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", by_system))
    colours = palette.palette()
    assert colours.light | night == colours.dark
    assert night
    assert style.count("{") == style.count("}")


def test_a_palette_without_its_night_is_damage(tmp_path, monkeypatch):
    path = tmp_path / "tokens.css"
    path.write_text(":root {\n  --ink: #000000;\n}\n")
    monkeypatch.setattr(palette, "TOKENS", path)
    with pytest.raises(DataError, match=r"tokens\.css in .* cannot be used"):
        palette.palette.__wrapped__()


def test_the_page_gets_the_palette_first_and_what_adapts_it_last():
    assert own_files.STYLES[0] == "tokens.css"
    assert own_files.STYLES[-1] == "adapted.css"
