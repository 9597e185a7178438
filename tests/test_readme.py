"""What README.md says is held true here: its header, commands, options, Python and file tree."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import streetclip_demo
from streetclip_demo.checkpoints.cards import MODELS
from streetclip_demo.places.candidates import presets
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.posterior.estimators import ESTIMATORS

ROOT = Path(__file__).resolve().parent.parent
JAPAN = ROOT / "assets" / "examples" / "japan.png"
README = (ROOT / "README.md").read_text(encoding="utf-8")
REQUIREMENTS = (ROOT / "requirements.txt").read_text(encoding="utf-8")


def section(title):
    """The text between a heading of the second level and the next."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def blocks(language, text=README):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)


def run(*command, cwd=ROOT, **variables):
    """Run a command as on a machine with no network."""
    environment = os.environ | {"HF_HUB_OFFLINE": "1", **variables}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


def options_of(*command):
    """The options that a command's --help names."""
    answer = run(sys.executable, *command, "--help")
    assert answer.returncode == 0, answer.stderr
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", answer.stdout)) - {"--help"}


def documented(title):
    """The options in the first column of a section's table."""
    cells = re.findall(r"^\| (`--.*?) \|", section(title), flags=re.MULTILINE)
    return set(re.findall(r"`(--[a-z-]+)", " ".join(cells)))


# The header that a Hugging Face Space reads


def test_the_space_gets_the_gradio_that_requirements_install():
    header = yaml.safe_load(README.split("---\n")[1])
    assert header["sdk"] == "gradio"
    assert f"\ngradio=={header['sdk_version']}\n" in REQUIREMENTS
    assert (ROOT / header["app_file"]).is_file()
    assert header["models"] == [MODELS["streetclip"].source]
    assert header["license"] == "mit"
    assert len(header["short_description"]) <= 60
    assert (
        header["python_version"] == "3.12"
    )  # a ZeroGPU Space has no other that torch 2.11 and later runs on


def test_the_tests_python_gets_the_torch_that_answers_were_measured_with_and_a_space_what_it_has():
    lines = [line for line in REQUIREMENTS.splitlines() if line.startswith("torch")]
    assert lines == ["torch==2.13.0; python_version < '3.12'", "torch>=2.11,<2.14; python_version >= '3.12'"]


# Commands and options


def test_the_two_commands_come_first_and_as_promised():
    assert blocks("sh")[:2] == [
        "pip install -r requirements.txt && python app.py\n",
        "pip install -r requirements-dev.txt && pytest\n",
    ]


def test_every_option_of_the_app_is_documented_and_exists():
    assert documented("Options of app.py") == options_of("app.py")


def test_every_option_of_the_command_line_is_documented_and_exists():
    assert documented("Command line") == options_of("-m", "streetclip_demo", "locate")


@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in blocks("sh") if c.startswith("python -m")])
def test_commands_run_as_shown(command, tmp_path):
    program, *arguments = shlex.split(command)
    assert program == "python"
    answer = run(sys.executable, *arguments, STREETCLIP_CACHE=str(tmp_path))
    assert answer.returncode == 0, answer.stderr
    assert "Japan" in answer.stdout.splitlines()[2]


def test_the_python_runs_as_shown(tmp_path):
    program, _ = blocks("python")
    answer = run(sys.executable, "-c", program, STREETCLIP_CACHE=str(tmp_path))
    assert answer.returncode == 0, answer.stderr
    assert len(list(filter(None, program.splitlines()))) == 3
    assert re.fullmatch(r"[A-Z]\S+ \d+\.\d%\n", answer.stdout)


def test_the_python_for_several_models_runs_as_shown(tiny_checkpoint, gazetteer, monkeypatch, capsys):
    _, program = blocks("python")
    assert len(list(filter(None, program.splitlines()))) == 3
    monkeypatch.setattr(Gazetteer, "load", lambda: gazetteer)
    for shown, here in {"streetclip": "practice", "geoclip": tiny_checkpoint, "street.jpg": JAPAN}.items():
        assert f'"{shown}"' in program
        program = program.replace(f'"{shown}"', repr(str(here)))
    exec(program, {})
    assert re.fullmatch(r"\d+\.\d+ \('[A-Z].+\n", capsys.readouterr().out)


def test_names_in_the_text_are_those_of_the_program():
    assert set(re.findall(r"^\| `(\w+)` \|", section("Models"), flags=re.MULTILINE)) == set(MODELS)
    for card in MODELS.values():
        assert card.licence in section("Models")
    named = set(re.findall(r"^- `(\w+)`:", section("What the probabilities mean"), flags=re.MULTILINE))
    assert named == set(ESTIMATORS)
    (preset,) = re.findall(r"`--preset NAME`.*?`\"(.+?)\"`", README)
    assert preset in presets(Gazetteer.load())


def test_the_changelog_begins_with_this_version():
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## \[(.+?)\]", changelog, re.MULTILINE)[1] in (
        streetclip_demo.__version__,
        "Unreleased",
    )


def test_links_into_the_repository_lead_somewhere():
    links = re.findall(r"\]\((?!https?://)([^)#]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_security_names_options_and_variables_that_there_are():
    security = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    options = set(re.findall(r"`(--[a-z-]+)", security))
    assert len(options) >= 5
    assert options <= documented("Options of app.py")
    read = "".join(
        (ROOT / "streetclip_demo" / name).read_text() for name in ("cli/options.py", "cache_folder.py")
    )
    assert [name for name in re.findall(r"STREETCLIP_\w+", security) if f'"{name}"' not in read] == []


# The file tree


def listed_paths():
    """Paths of the README's file tree: two spaces a level; a line may hold several, two spaces apart."""
    parents = []
    for line in blocks("", section("Files"))[0].splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        entry, _, purpose = line.strip().partition("  ")
        names = [*entry.split(), *(purpose.split() if "  " in purpose.strip() else ())]
        for name in names:
            parents[depth:] = [name]
            yield "".join(parents)


def tracked_paths():
    answer = run("git", "ls-files", "-z")
    if answer.returncode:
        pytest.skip("this is no git checkout, so the files that belong to the project are not known")
    return [path for path in answer.stdout.split("\0") if path]


def test_every_path_in_the_file_tree_exists():
    tracked = tracked_paths()
    for path in listed_paths():
        assert any(file == path or (path.endswith("/") and file.startswith(path)) for file in tracked), path


def test_every_folder_of_the_package_and_every_entry_at_the_top_is_in_the_file_tree():
    listed = set(listed_paths())
    folders = {path.rpartition("/")[0] + "/" for path in tracked_paths() if path.endswith("/__init__.py")}
    assert {folder for folder in folders if folder.count("/") < 3} <= listed  # tabs speak for themselves
    tops = {path.split("/")[0] for path in tracked_paths()}
    assert tops == {path.split("/")[0] for path in listed}
