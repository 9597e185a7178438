"""The app's own files, each missing or damaged: one sentence in place of a traceback, and one file hides no other."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from streetclip_demo import markup, own_files
from streetclip_demo.errors import DataError
from streetclip_demo.markup import PACKAGE
from streetclip_demo.own_files import ASSETS, own_json, own_text

ROOT = Path(__file__).resolve().parent.parent
NOT_READ = {"practice/world_countries.txt"}  # but by scripts
MANY = {"practice/glyphs": "latin.png", "examples": "japan.png"}  # pictures of which one stands for all


def files_that_are_read():
    """All of assets but documents, like pictures and the model of test_checkpoint.py; languages; a template."""
    found = [path for path in ASSETS.rglob("*") if path.is_file() and path.suffix != ".md"]
    names = {path.relative_to(ASSETS).as_posix() for path in found if "model" not in path.parts}
    alike = {
        name
        for name in names
        for many, one in MANY.items()
        if name.endswith(".png") and name.startswith(many)
    }
    names -= NOT_READ | alike - {f"{many}/{one}" for many, one in MANY.items()}
    names -= {*own_files.STYLES[2:], *own_files.SCRIPTS[2:]}  # read alike, so the first two stand for all
    names = {f"assets/{name}" for name in names}
    package = ROOT / "streetclip_demo"
    beside = {
        *package.glob("words/languages/*.json"),
        package / "page/locate/templates/tree.html",
    }  # one for all
    return sorted(names | {path.relative_to(ROOT).as_posix() for path in beside})


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The app without what a clone need not have."""
    folder = tmp_path_factory.mktemp("copy")
    left_out = shutil.ignore_patterns("__pycache__", "*.safetensors")
    for name in ("assets", "streetclip_demo"):
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    return folder


@pytest.fixture(scope="module")
def walked(copy):
    """{file: {damage: [exit status, standard output, standard error]}}."""
    answer = subprocess.run(
        [sys.executable, str(ROOT / "tests/own_files_walk.py"), str(copy)],
        input=json.dumps(files_that_are_read()),
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.mark.slow
def test_nothing_is_said_while_all_is_whole(walked):
    assert walked[""]["whole"] == [0, "12 3\n", ""]


def test_a_damaged_file_is_one_sentence_that_names_it(walked):
    """A picture that is damaged may be said for each lesson that has it; a table may be fine with its end missing."""
    wrong = []
    for name, tries in walked.items():
        for damage, (status, _, said) in tries.items():
            lines = said.splitlines()
            if "Traceback" in said or status not in (0, 2) or len(lines) > 3:
                wrong.append((name, damage, status, said[-300:]))
            elif lines and not any(Path(name).name in line for line in lines):
                wrong.append((name, damage, "unnamed", said))
            elif not lines and "lessons" not in name and damage in ("missing", "truncated") and name:
                wrong.append((name, damage, "nothing said", ""))
    assert wrong == []


def test_a_lesson_or_a_picture_that_is_damaged_hides_no_other(walked):
    for name, tries in walked.items():
        for damage, (status, counts, _) in tries.items():
            if name.startswith("assets/lessons/"):
                assert (status, counts) == (0, "12 2\n"), (name, damage)
            if name.startswith("assets/examples/") and name.endswith(".png"):
                assert (status, counts[:3]) == (0, "11 "), (name, damage)


def test_all_styles_and_scripts_are_looked_at_before_the_page_is_up():
    found = [path for path in ASSETS.rglob("*") if path.suffix in (".css", ".js")]
    there = {path.relative_to(ASSETS).as_posix() for path in found}
    assert {*own_files.LOOKS, *own_files.SCRIPTS} == there


def test_all_templates_are_looked_at_before_the_page_is_up():
    there = {path.relative_to(PACKAGE) for path in PACKAGE.rglob("templates/*.html")}
    assert {markup.path_of(name).relative_to(PACKAGE) for name in markup.TEMPLATES} == there


def test_a_value_of_another_type_is_damage(tmp_path):
    path = tmp_path / "list.json"
    path.write_text("[1]")
    with pytest.raises(
        DataError, match=r"list.json in .* cannot be used \(TypeError: .*\). Check the app out"
    ):
        own_json(path, lambda value: value["key"])


def test_a_text_whose_end_is_missing_is_damage(tmp_path):
    path = tmp_path / "page.js"
    path.write_text("const whole =")
    with pytest.raises(DataError, match="its end is missing"):
        own_text(path)
