"""Count the hops from an upload to the map: `python benchmarks/hops.py`, with `--list` each of them by name.

A photo of ours is sent to the page's own listeners, the practice model behind them and no caption kept; then one of
three labels is taken off. Counted are pairs of rooms and of modules that call each other, and hops: functions of
another module that are handed the photo, or what it has become, and give back what becomes of it (its own methods are
none). Left out: sentences, templates and files of ours, checkpoints, and what is shown besides the map.
"""

import argparse
import inspect
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FrameType, SimpleNamespace

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = f"{ROOT / 'streetclip_demo'}{os.sep}"
BESIDE = re.compile(
    "report|words|markup|palette|own_files|checkpoints|engines/tower_weights|posterior/manifest|maps/written_once"
    "|page/frame/(photo_input:preview|given_back)|page/locate/(tree|runners|labels|counted_area)|photos/photo:small_jpeg|posterior/prediction"
)
# What a photo becomes on its way, by the names of types
ON_ITS_WAY = {
    *("bytes", "Photo", "Session", "KeptPhoto", "Image", "ndarray", "Tensor", "Embedded"),
    *("Siblings", "Leaves", "Prediction", "MapPage", "Shown"),
}
MAP = "answer_drawing"  # which gives the map as text
UPLOAD = ".png"  # in the name of a file that was sent
GRADIO = "(Gradio)"

Call = tuple[str, str]  # who calls, and what


class Watch:
    """Calls between our modules while it is on."""

    def __init__(self) -> None:
        self.calls: dict[Call, bool] = {}  # whether it is a hop
        self._handed: set[FrameType] = set()

    def asked(self, function: Callable, *values: object):
        """What a function gives, watched."""
        sys.setprofile(self._see)
        try:
            found = function(*values)
            return list(found) if isinstance(found, Iterator) else found
        finally:
            sys.setprofile(None)

    def _see(self, frame: FrameType, event: str, given: object) -> None:
        if event not in ("call", "return") or not _is_ours(frame.f_code):
            return
        back = frame.f_back
        while back is not None and not _is_ours(back.f_code):
            back = back.f_back
        call = (name(back.f_code) if back else GRADIO, name(frame.f_code))
        if module(call[0]) == module(call[1]) or any(map(BESIDE.match, call)) or "<genexpr>" in call[1]:
            return
        if event == "call":
            self.calls.setdefault(call, False)
            if any(map(_is_on_its_way, _arguments(frame))):
                self._handed.add(frame)
        elif frame in self._handed:
            self._handed.remove(frame)
            self.calls[call] |= _is_on_its_way(given) or call[1].endswith(MAP)


def _is_ours(code: CodeType) -> bool:
    is_function = bool(code.co_flags & inspect.CO_NEWLOCALS) and bool(code.co_flags & inspect.CO_OPTIMIZED)
    return is_function and code.co_filename.startswith(PACKAGE)


def _arguments(frame: FrameType) -> list[object]:
    code = frame.f_code
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return [frame.f_locals[one] for one in names if one != "self" and one in frame.f_locals]


def _is_on_its_way(value: object) -> bool:
    if isinstance(value, (str, dict)) and UPLOAD in str(value):
        return True
    several = value if isinstance(value, (list, tuple)) else [value]
    return any(kind.__name__ in ON_ITS_WAY for one in several for kind in type(one).__mro__)


def name(code: CodeType) -> str:
    """A function, as room/module:function."""
    path = code.co_filename.removeprefix(PACKAGE).removesuffix(".py")
    return f"{path}:{code.co_qualname.replace('<locals>.', '')}"


def module(name: str) -> str:
    """Where it lies."""
    return name.partition(":")[0]


def room(name: str) -> str:
    """The folder in which it lies."""
    return module(name).rpartition("/")[0] or module(name)


def watched() -> tuple[Watch, Watch]:
    """An upload with its answer, and the answer after a label was taken off."""
    import gradio as gr

    from streetclip_demo.cli.options import read_options
    from streetclip_demo.page.frame.kept import Kept
    from streetclip_demo.page.locate.asking import make_locate
    from streetclip_demo.page.locate.receiving import make_receive
    from streetclip_demo.page.locate.shared_answers import SharedAnswers
    from streetclip_demo.page.locate.tab import build_locate_tab
    from streetclip_demo.serve.compose import make_services
    from streetclip_demo.words.language import building

    services, model = make_services(read_options(["--model", "practice", "--device", "cpu"]))
    model.start()
    model.get()
    with building(), gr.Blocks():
        tab = build_locate_tab(services)
    kept, request = Kept(), SimpleNamespace(session_hash="a", client=None, headers={})
    receive, locate = (
        make_receive(services, tab, kept),
        make_locate(services, tab, kept, SharedAnswers()),
    )
    with services.uploads.receive() as upload:
        upload.write((ROOT / "assets/examples/japan.png").read_bytes())
        sent = upload.keep(".png")
    values = {part: part.value for part in tab.asked}
    values |= {tab.labels.outline: "Japan\nPeru\nFrance", tab.labels.add_cities: False}
    uploading, editing = Watch(), Watch()
    for (_, has, *_), *_ in [uploading.asked(receive, {"path": sent}, "", "light", request)]:
        values[tab.has] = has
    assert "Japan" in str(uploading.asked(locate, values, request))
    assert "Japan" in str(editing.asked(locate, values | {tab.labels.outline: "Japan\nPeru"}, request))
    return uploading, editing


def figures(watch: Watch) -> str:
    """Its counts."""
    rooms = {(room(one), room(other)) for one, other in watch.calls if room(one) != room(other)}
    modules = {(module(one), module(other)) for one, other in watch.calls}
    hops = [call for call, is_hop in watch.calls.items() if is_hop]
    between = sum(room(one) != room(other) for one, other in hops)
    return f"pairs of rooms {len(rooms)}, of modules {len(modules)}; hops {len(hops)}, {between} from room to room"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="name the calls; > marks hops")
    options = parser.parse_args()
    os.environ["STREETCLIP_CACHE"] = tempfile.mkdtemp()
    sys.path.insert(0, str(ROOT))
    for title, watch in zip(("upload to map", "label edit to map"), watched(), strict=True):
        print(f"{title}: {figures(watch)}")
        if options.list:
            print(*sorted({f"  {room(one)} -> {room(other)}" for one, other in watch.calls}), sep="\n")
        for (caller, called), is_hop in watch.calls.items() if options.list else ():
            print(f"  {'>' if is_hop else ' '} {caller} -> {called}")


if __name__ == "__main__":
    main()
    os._exit(0)  # its processes wait for photos
