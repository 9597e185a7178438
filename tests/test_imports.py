"""The layers: who imports whom, where each heavy library lives, what requirements.txt must name."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "streetclip_demo"

# Module -> the modules of this package that it may import. Anyone may import errors and the package itself.
EVERYTHING = None
ALLOWED = {
    "errors": set(),
    "own_files": set(),
    "palette": {"own_files"},
    "geo": set(),
    "readable": set(),
    "place_names": set(),
    "gazetteer": {"own_files", "geo", "place_names"},
    "prompts": set(),
    "outline_text": {"geo"},
    "label_readings": {"outline_text", "gazetteer", "geo"},
    "candidates": {
        "own_files",
        "label_readings",
        "outline_text",
        "place_names",
        "prompts",
        "gazetteer",
        "geo",
    },
    "label_memory": {"candidates", "prompts"},
    "manifest": set(),
    "geolocate": {"manifest", "candidates", "label_memory", "prompts", "geo"},
    "unread": set(),
    "png_chunks": set(),
    "upright_rgb": set(),
    "picture_colours": {"upright_rgb"},
    "decoding": {"picture_colours", "png_chunks", "unread", "upright_rgb"},
    "photo": {"decoding", "unread"},
    "kept_photo": {"photo"},
    "decode_worker": {"decoding"},
    "decode_workers": {"decode_worker", "photo"},
    "models": {"checkpoint_files"},
    "cache_folder": set(),
    "surroundings": {"cache_folder"},
    "checkpoint_files": set(),
    "hub_folder": {"models"},
    "hub_download": {"checkpoint_files", "hub_folder", "models", "surroundings"},
    "checkpoint": {"checkpoint_files", "hub_download", "hub_folder", "models"},
    "pickled_weights": {"cache_folder", "checkpoint", "checkpoint_files", "loading", "models"},
    "caption_packing": set(),
    "loading": {"models"},
    "bfloat16_copy": {
        "cache_folder",
        "checkpoint",
        "checkpoint_files",
        "loading",
        "models",
        "pickled_weights",
    },
    "towers": set(),
    "trial": set(),
    "cuda_graphs": {"towers", "trial"},
    "turns": set(),
    "torch_engine": {"bfloat16_copy", "caption_packing", "checkpoint", "loading", "models", "towers"}
    | {"cuda_graphs", "photo_batches", "turns"},
    "openvino_engine": {"cache_folder", "caption_packing", "checkpoint", "loading", "models", "torch_engine"}
    | {"towers", "turns"},
    "fidelity": {"cache_folder"},
    "photo_batches": set(),
    "encoder": {"models", "checkpoint", "loading", "bfloat16_copy", "caption_packing", "photo_batches"}
    | {"torch_engine", "openvino_engine", "fidelity", "cache_folder", "pickled_weights"},
    "caption_cache": {"cache_folder"},
    "predictor": {
        "own_files",
        "geolocate",
        "label_memory",
        "candidates",
        "prompts",
        "gazetteer",
        "photo",
        "models",
        "kept_photo",
        "question",
        "manifest",
    },
    "question": {"candidates", "geolocate", "prompts"},
    "world_map": {"own_files", "palette", "geolocate", "candidates", "gazetteer", "geo", "readable"},
    "lesson_fields": set(),
    "lessons": {"lesson_fields", "candidates", "gazetteer", "photo"},
    "lesson_map": {"own_files", "world_map", "geo"},
    "lesson_recording": {"lessons", "gazetteer", "geolocate", "photo"},
    "export": {"geolocate", "candidates", "world_map"},
    "export_table": set(),  # these two read export's record
    "export_places": {"export_table"},
    "practice": {"own_files", "practice", "prompts"},
    "clue_bench": {"practice", "geolocate", "photo"},
    # everything but encoder, checkpoint and caption_cache: the page gets functions, never a model
    "page": {"own_files", "palette", "page", "export", "export_table", "export_places"}
    | {"world_map", "predictor", "geolocate", "candidates", "prompts", "gazetteer"}
    | {"lessons", "lesson_map", "lesson_recording", "outline_text"}
    | {"geo", "photo", "kept_photo", "models", "practice", "clue_bench", "readable"},
    # what stands between the network and the page, which knows none of it
    "serve": {"serve", "page", "own_files"},
    "options": set(),
    "whole_file": set(),
    "located_files": {
        "whole_file",
        "page",
        "export_table",
        "export_places",
        "world_map",
        "geolocate",
        "gazetteer",
        "photo",
    },
    "services": EVERYTHING,
    "__main__": EVERYTHING,
    "app": EVERYTHING,
}
# Heavy library -> the modules that may import it.
HEAVY = {
    "torch": {"torch_engine", "openvino_engine", "towers", "bfloat16_copy", "cuda_graphs", "pickled_weights"},
    "transformers": {"encoder", "torch_engine", "openvino_engine", "towers"},
    "openvino": {"openvino_engine"},
    "geopandas": {"gazetteer"},
    "shapely": {"gazetteer"},
    "pandas": {"gazetteer"},
    "folium": {"world_map", "lesson_map"},
    "branca": {"world_map"},
    "xstatic": {"world_map"},
    "gradio": {"page", "app"},
    "huggingface_hub": {"hub_download", "hub_folder"},
}
# Modules that must need nothing but the standard library.
STDLIB_ONLY = {"errors", "prompts", "models", "export_table", "export_places", "cache_folder", "loading"}
STDLIB_ONLY |= {"whole_file", "own_files"}
STDLIB_ONLY |= {"surroundings", "checkpoint_files"}
# Import name -> name in requirements.txt, where they differ.
DISTRIBUTIONS = {"PIL": "pillow", "yaml": "pyyaml", "xstatic": "XStatic-Leaflet"}

FILES = sorted([*PACKAGE.rglob("*.py"), ROOT / "app.py"])


def layer(path):
    """The name by which the tables call a file: its module, or its folder in the package."""
    return path.stem if path.parent in (ROOT, PACKAGE) else path.relative_to(PACKAGE).parts[0]


def imports(path):
    """Full names of all that a file imports, also inside functions; relative imports made absolute."""
    package = list(path.relative_to(ROOT).with_suffix("").parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            # `from streetclip_demo import geo` names a module, `from streetclip_demo.geo import x` does not.
            yield from (f"{module}.{alias.name}" for alias in node.names)


def outside(path):
    """Top-level names of the third-party packages that a file imports."""
    names = {name.split(".")[0] for name in imports(path)}
    return names - set(sys.stdlib_module_names) - {"streetclip_demo", "app"}


def inside(path):
    """Names, as in the tables, of this package's modules that a file imports."""
    names = {name.split(".")[1] for name in imports(path) if name.startswith("streetclip_demo.")}
    return {name for name in names if (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()}


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
def test_imports_point_one_way(path):
    name = layer(path)
    if name == "__init__":
        assert not inside(path), "the package re-exports nothing"
        return
    assert name in ALLOWED, f"{name} is new: add it to ALLOWED with what it may import"
    if ALLOWED[name] is not EVERYTHING:
        assert inside(path) <= ALLOWED[name] | {"errors"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_heavy_library_has_one_home(path):
    for library in outside(path) & set(HEAVY):
        assert layer(path) in HEAVY[library], f"{library} belongs in {HEAVY[library]}"
    if layer(path) in STDLIB_ONLY:
        assert not outside(path)


def test_requirements_name_exactly_what_the_app_imports():
    optional = required("requirements-openvino.txt")
    assert required("requirements.txt") == distributions(FILES) - optional


def test_requirements_for_development_name_exactly_what_tests_and_scripts_import():
    files = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "scripts").rglob("*.py")]
    # The others are run, not imported; playwright comes through importorskip.
    run_not_imported = {"ruff", "playwright", "pytest-xdist", "pytest-rerunfailures", "pip-audit"}
    expected = distributions(files) - required("requirements.txt") | run_not_imported
    assert required("requirements-dev.txt") == expected


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        # The page is usable while torch loads, and Folium comes with the first map.
        ("streetclip_demo.page.layout", ("torch", "transformers", "folium")),
        ("streetclip_demo.geolocate", ("torch", "transformers", "gradio", "folium")),
        ("streetclip_demo.photo", ("torch", "gradio", "geopandas")),
        ("streetclip_demo.__main__", ("torch", "gradio")),  # --help answers without them
    ],
)
def test_importing_a_module_leaves_heavy_libraries_alone(module, unwanted):
    program = f"import sys, {module}; print([name for name in {unwanted} if name in sys.modules])"
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
