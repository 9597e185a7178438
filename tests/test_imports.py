"""The house: each room knows only the rooms below it, heavy libraries have one home, requirements name what is used."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "streetclip_demo"

# Rooms, the highest first. A module imports its own room and rooms on lower lines, none on its own line.
FLOORS = (
    ("app",),
    ("__main__",),
    ("serve", "cli"),
    ("page",),
    ("page/locate",),  # and every other tab
    ("page/clues", "page/explain"),
    ("page/frame",),
    ("evaluate",),
    ("teaching",),
    ("batch",),
    ("report",),
    ("maps",),
    ("locate",),
    ("practice",),
    ("posterior",),
    ("model",),
    ("engines",),
    ("checkpoints",),
    ("photos",),
    ("places",),
    ("markup",),
    ("words",),
    ("surroundings", "palette"),
    ("cache_folder", "own_files", "progress"),
    ("errors",),
    ("__init__",),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
TABS = FLOOR_OF["page/locate"]  # where a folder of page/ lies that is not named
# Against the order of floors: what a room may not know, though it lies above it.
KNOWS_NOTHING_OF = {
    "posterior": {"model", "engines", "checkpoints", "photos"},
    "page": {"model", "engines"},  # it is given functions, never a model
    "serve": {"model", "engines", "maps"},
    "places": {"words"},
}
# Heavy library -> the rooms that may import it.
HEAVY = {
    "torch": {"engines", "checkpoints"},
    "tokenizers": {"model"},
    "openvino": {"engines"},
    "geopandas": {"places", "batch"},
    "shapely": {"places"},
    "pandas": {"places"},
    "pyarrow": {"batch"},
    "ray": {"batch"},
    "pyproj": {"evaluate"},
    "folium": {"maps"},
    "branca": {"maps"},
    "xstatic": {"maps"},
    "gradio": {"page", "app"},
    "jinja2": {"markup"},
    "segno": {"page"},
    "huggingface_hub": {"checkpoints"},
}
# What must need nothing but the standard library.
STDLIB_ONLY = {"errors", "progress", "own_files", "cache_folder", "surroundings", "words", "report"}
# Import name -> name in requirements.txt, where they differ.
DISTRIBUTIONS = {"PIL": "pillow", "yaml": "pyyaml", "xstatic": "XStatic-Leaflet", "sklearn": "scikit-learn"}

FILES = sorted([*PACKAGE.rglob("*.py"), ROOT / "app.py"])


def room(path):
    """The folder in which a file lies, from the package; the file's own name for those that lie in none."""
    folder = path.parent.relative_to(ROOT if path.parent == ROOT else PACKAGE).as_posix()
    return path.stem if folder == "." else folder


def wing(name):
    """A room's uppermost folder."""
    return name.split("/")[0]


def imports(path):
    """Full names of all that a file imports, also inside functions; relative imports made absolute."""
    package = list(path.relative_to(ROOT).with_suffix("").parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            # `from streetclip_demo.places import geo` names a module; `... places.geo import x` does not.
            yield from (f"{module}.{alias.name}" for alias in node.names)


def outside(path):
    """Top-level names of the third-party packages that a file imports."""
    names = {name.split(".")[0] for name in imports(path)}
    return names - set(sys.stdlib_module_names) - {"streetclip_demo", "app"}


def inside(path):
    """The rooms from which a file imports."""
    return {_room_of(name.split(".")[1:]) for name in imports(path) if name.startswith("streetclip_demo.")}


def _room_of(parts):
    """The room in which a module lies, or the module that a name is in."""
    while parts:
        where = PACKAGE.joinpath(*parts)
        if where.is_dir():
            return "/".join(parts)
        if where.with_suffix(".py").is_file():
            return "/".join(parts[:-1]) or parts[0]
        parts = parts[:-1]
    return "__init__"


def distributions(paths):
    """The third-party packages that files import, as requirements.txt would call them."""
    names = {name for path in paths for name in outside(path)} - {path.stem for path in paths}
    return {DISTRIBUTIONS.get(name, name).lower().replace("_", "-") for name in names}


def required(file_name):
    """The packages that a requirements file names."""
    text = (ROOT / file_name).read_text(encoding="utf-8")
    return {
        name.lower().replace("_", "-") for name in re.findall(r"^[A-Za-z][\w.-]*", text, flags=re.MULTILINE)
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_its_own_room_and_rooms_below(path):
    own = room(path)
    assert own in FLOOR_OF or wing(own) == "page", f"{own} is new: give it a floor"
    if path == PACKAGE / "__init__.py":
        return  # the call to begin imports what it needs when it is called: test_opened.py
    for other in inside(path) - {own}:
        below = FLOOR_OF.get(other, TABS) > FLOOR_OF.get(own, TABS)
        assert below, f"{own} imports {other}, which is not below it"
        assert wing(other) not in KNOWS_NOTHING_OF.get(wing(own), ()), f"{own} must not know {other}"


def test_each_folder_says_in_a_sentence_what_lives_there():
    for folder in {path.parent for path in FILES} - {ROOT}:
        assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))), folder
        if folder != PACKAGE:
            assert not list(imports(folder / "__init__.py")), "a folder re-exports nothing"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_heavy_library_has_one_home(path):
    for library in outside(path) & set(HEAVY):
        assert wing(room(path)) in HEAVY[library], f"{library} belongs in {HEAVY[library]}"
    if wing(room(path)) in STDLIB_ONLY:
        assert not outside(path)


def test_requirements_name_exactly_what_the_app_imports():
    files = ("requirements-openvino.txt", "requirements-geoparquet.txt", "requirements-ray.txt")
    optional = set().union(*map(required, files))
    optional |= {"spaces"}  # comes with a ZeroGPU Space, and serves nobody else
    assert required("requirements.txt") == distributions(FILES) - optional


def test_requirements_for_development_name_exactly_what_tests_and_scripts_import():
    files = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "scripts").rglob("*.py")]
    # The others are run, not imported; playwright comes through importorskip.
    run_not_imported = {"ruff", "playwright", "pytest-xdist", "pytest-rerunfailures", "pip-audit"}
    run_not_imported |= {"mypy", "pandas-stubs", "types-pyyaml", "types-shapely"}
    expected = distributions(files) - required("requirements.txt") | run_not_imported
    assert required("requirements-dev.txt") == expected


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        # The page is usable while torch loads, and Folium comes with the first map.
        ("streetclip_demo.page.layout", ("torch", "transformers", "folium")),
        ("streetclip_demo.posterior.geolocate", ("torch", "transformers", "gradio", "folium")),
        ("streetclip_demo.photos.photo", ("torch", "gradio", "geopandas")),
        (
            "streetclip_demo.__main__",
            ("torch", "gradio", "folium", "geopandas", "tokenizers"),
        ),  # --help answers without them
    ],
)
def test_importing_a_module_leaves_heavy_libraries_alone(module, unwanted):
    program = f"import sys, {module}; print([name for name in {unwanted} if name in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
