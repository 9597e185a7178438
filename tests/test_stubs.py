"""Gradio writes no type stubs where it is told so before it is imported; its components are as ever."""

import subprocess
import sys
from pathlib import Path

from streetclip_demo.page.frame.stubs import write_no_stubs

ROOT = Path(__file__).resolve().parent.parent
COMPONENT = "import gradio as gr\n\n\nclass Labels(gr.Textbox):\n    pass\n"
PROGRAM = """
import sys
from streetclip_demo.page.frame.stubs import write_no_stubs
write_no_stubs()
sys.path.insert(0, sys.argv[1])
from labels import Labels
print(Labels(value="Japan").get_config()["value"], "stubs" in repr(sys.meta_path))
"""


def test_a_component_has_no_stub_and_works(tmp_path):
    (tmp_path / "labels.py").write_text(COMPONENT)
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["Japan", "False"]  # and the way to it is taken out again
    assert not (tmp_path / "labels.pyi").exists()


def test_once_gradio_is_there_nothing_is_done():
    import gradio  # noqa: F401

    before = list(sys.meta_path)
    write_no_stubs()
    assert sys.meta_path == before
