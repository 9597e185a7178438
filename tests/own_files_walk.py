"""Run in a copy of the app: damages each file of its own in turn, and prints as JSON how it starts and goes on then.

`python own_files_walk.py COPY`. Everything is imported once; each try is a process of its own that is forked then.
"""

import contextlib
import gc
import io
import json
import os
import shutil
import sys
import traceback
from functools import cache
from pathlib import Path

COPY = Path(sys.argv[1]).resolve()
sys.path.insert(0, str(COPY))

from jinja2 import BytecodeCache  # noqa: E402

from streetclip_demo import markup  # noqa: E402
from streetclip_demo.cli.options import read_options  # noqa: E402
from streetclip_demo.errors import UserError  # noqa: E402
from streetclip_demo.maps import lesson_map, world_map  # noqa: E402
from streetclip_demo.photos import photo  # noqa: E402
from streetclip_demo.photos.decode_workers import DecodeWorkers  # noqa: E402
from streetclip_demo.places import gazetteer  # noqa: E402
from streetclip_demo.practice import scene  # noqa: E402
from streetclip_demo.report import html_file as result_file  # noqa: E402
from streetclip_demo.serve import compose  # noqa: E402
from streetclip_demo.words.language import LANGUAGES, catalogue  # noqa: E402

DAMAGES = {
    "missing": lambda path, content: None,
    "truncated": lambda path, content: path.write_bytes(_cut(path, content)),
    "not UTF-8": lambda path, content: path.write_bytes(b"\xff\xfe" + content),
    "another type": lambda path, content: path.write_bytes(b'{"a": [1, null]}\n'),
    "a folder": lambda path, content: path.mkdir(),
}
KINDS = {".json": ("missing", "truncated", "another type"), ".png": ("missing", "truncated")}
OTHERS = ("missing", "truncated", "not UTF-8", "a folder")


def _cut(path, content):
    """Half of a file. A style sheet ends inside a rule, for one that ends between two looks whole."""
    half = len(content) // 2
    return content[: content.index(b"{", half) + 1 if path.suffix == ".css" else half]


def start_and_go_on():
    """What reads the app's own files: the start, and what visitors do later."""
    services, _ = compose.make_services(read_options([]))
    later = [
        services.lessons,
        lambda: [catalogue(language) for language in LANGUAGES],
        lambda: scene._lettering("latin"),
        lambda: world_map.map_stage(services.gazetteer),
        lambda: lesson_map.guess_map(services.gazetteer, "Map", "Pin").document(),
        result_file._style,
        lambda: services.gazetteer.country_at([(35.0, 135.0)]),
        lambda: services.gazetteer.note("XK"),
        lambda: services.gazetteer.words,
        lambda: services.gazetteer.coded_regions("CA"),
    ]
    for step in later:
        with contextlib.suppress(UserError):  # on the page it is a message, at its place
            try:
                step()
            except UserError as error:
                print(" ".join(str(error).split()), file=sys.stderr)
    print(len(services.examples), len(services.lessons()), file=sys.stdout)


def read_whole():
    """A gazetteer that has read all of its files."""
    whole = gazetteer.Gazetteer.load()
    _ = (
        whole.country_at([(35.0, 135.0)]),
        whole.outlines(),
        whole.note("XK"),
        whole.words,
        whole.readings("Lima"),
    )
    return whole


class Compiled(BytecodeCache):
    """Templates that have been compiled, by their text: one that is damaged is compiled anew."""

    def __init__(self):
        self.codes = {}

    def load_bytecode(self, bucket):
        if bucket.checksum in self.codes:
            bucket.bytecode_from_string(self.codes[bucket.checksum])

    def dump_bytecode(self, bucket):
        self.codes[bucket.checksum] = bucket.bytecode_to_string()


def cache_by_identity(function):
    """A function that is asked once for each thing."""
    made = {}

    def ask_once(thing):
        if id(thing) not in made:
            made[id(thing)] = thing, function(thing)
        return made[id(thing)][1]

    return ask_once


def do_what_reads_no_file_once():
    """Before the forks, with what each of them would do again: all of it by content, so a damaged file is seen."""
    DecodeWorkers.warm_up = lambda workers: None  # a program that reads none of these files
    photo.decode = cache(photo.decode)
    photo._photo = cache_by_identity(photo._photo)
    look, whole = compose._is_whole, set()
    for path in (COPY / "assets/examples").glob("*.png"):
        content = path.read_bytes()
        photo.open_photo(content)
        whole.add(content)
    compose._is_whole = lambda path: (path.is_file() and path.read_bytes() in whole) or look(path)
    environment = markup._environment()
    environment.bytecode_cache = Compiled()
    markup.check_templates()
    environment.cache.clear()
    markup._macros.cache_clear()


def tried(whole=None):
    """Exit status, standard output and error of one try, from a process of its own.

    With a gazetteer, for a try that damages none of its files: it is not read again then.
    """
    reading, writing = os.pipe()
    if os.fork() == 0:
        if whole is not None:
            gazetteer.Gazetteer.load = lambda: whole
        said, out = io.StringIO(), io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(out):
            try:
                start_and_go_on()
                status = 0
            except SystemExit as stop:
                status = stop.code
            except BaseException:  # noqa: BLE001 - a traceback is what is looked for
                traceback.print_exc()
                status = 1
        with os.fdopen(writing, "w") as answer:
            json.dump([status, out.getvalue(), said.getvalue()], answer)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        told = json.load(answer)
    os.wait()
    return told


def damaged(path, whole):
    """Each damage done to a file, and what came of it; the file is whole again afterwards."""
    content = path.read_bytes()
    whole = None if path.parent.name == "gazetteer" else whole
    for damage in KINDS.get(path.suffix, OTHERS):
        path.unlink()
        DAMAGES[damage](path, content)
        try:
            yield damage, tried(whole)
        finally:
            if path.is_dir():
                shutil.rmtree(path)
            path.write_bytes(content)


names = json.loads(sys.stdin.read())
do_what_reads_no_file_once()
intact = read_whole()  # before the forks, as is what it imports late
gc.freeze()  # what is shared with the forks stays shared
walked = {name: dict(damaged(COPY / name, intact)) for name in names}
print(json.dumps({"": {"whole": tried()}} | walked))
