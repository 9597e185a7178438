"""The photos that arguments name: files, folders, patterns, lists, standard input. Named one by one, never all at once.

Opens no photo; of files in folders without a picture's ending it reads the first bytes.
"""

import csv
import glob
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from streetclip_demo.errors import UserError
from streetclip_demo.photos.unread import BRANDS, RAW, STARTS

STDIN = "-"
TABLES = (".csv", ".tsv")
LISTS = (*TABLES, ".txt")
# Names of a column of paths, the likeliest first
COLUMNS: tuple[str, ...] = (
    "path",
    "file",
    "filename",
    "file_name",
    "filepath",
    "file_path",
    "photo",
    "photo_path",
    "image",
)
COLUMNS += ("image_path", "img_path", "image_name", "img", "img_id", "image_id", "name")
SEPARATORS = ",;\t|"
HEAD_BYTES = 64
ENDINGS = frozenset(
    (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff")
    + (".heic", ".heif", ".hif", ".avif", ".ppm", ".pgm", ".pbm", ".pnm")
)
# First bytes of pictures, also of those that are not read: they are to be reported, not left out in silence
HEADS: tuple[bytes, ...] = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*")
HEADS += tuple(
    start for start, what in STARTS.items() if what == RAW or "a JPEG XL" in what or "JPEG 2000" in what
)
WITHIN_BOXES = (*BRANDS, b"avif", b"avis")


class Listed(NamedTuple):
    """A photo of the list: its name as it was written, and where it lies."""

    name: str
    path: str


class PhotoList:
    """The photos that arguments name, in a fixed order: arguments and lists as they are, folders by name.

    Parameters
    ----------
    arguments : sequence of str
        A folder stands for the pictures in it, at any depth, but for hidden ones; ``-`` for the lines of `lines`; a
        CSV file or a text file for the paths in it; a pattern, if there is no such file, for what it matches; all
        else is a photo.
    column : str, optional
        The column of a CSV file that has the paths.
    lines : text file, optional
        What ``-`` stands for. It is read from its beginning each time, where that is possible.

    Attributes
    ----------
    left_out : int
        Files of folders that are no pictures, as counted while the list was gone through the last time.
    """

    def __init__(self, arguments: Sequence[str], column: str | None = None, lines: IO[str] | None = None):
        self._arguments = tuple(arguments)
        self._column = column
        self._lines = lines
        self.left_out = 0
        if column is not None and not any(Path(one).suffix.lower() in TABLES for one in arguments):
            raise UserError(f"--column {column} is for a CSV list, and none is named.")

    @property
    def may_be_many(self) -> bool:
        """Whether the arguments are other than single photos."""
        return any(_kind(argument) != "photo" for argument in self._arguments)

    def __iter__(self) -> Iterator[Listed]:
        self.left_out = 0
        for argument in self._arguments:
            yield from self._listed(argument)

    def _listed(self, argument: str) -> Iterator[Listed]:
        kind = _kind(argument)
        if kind == "stdin":
            yield from self._of_stdin()
        elif kind == "folder":
            yield from map(_itself, self._in_folder(argument))
        elif kind == "list":
            yield from _of_list(argument, self._column)
        elif kind == "pattern":
            yield from map(_itself, self._matching(argument))
        else:
            yield _itself(argument)

    def _of_stdin(self) -> Iterator[Listed]:
        assert self._lines is not None  # whoever passes "-" passes what it stands for
        if self._lines.seekable():
            self._lines.seek(0)
        yield from map(_itself, _filled(self._lines))

    def _matching(self, pattern: str) -> Iterator[str]:
        found = sorted(glob.iglob(pattern, recursive=True))
        for path in found or [pattern]:  # one that matches nothing is reported like a photo that is not there
            if not os.path.isdir(path):
                yield path
            elif "**" not in pattern:  # which matches what lies in folders by itself
                yield from self._in_folder(path)

    def _in_folder(self, folder: str, above: frozenset = frozenset()) -> Iterator[str]:
        """Pictures below a folder; links are followed, but not in a circle."""
        try:
            about = os.stat(folder)
            names = sorted(os.listdir(folder))
        except OSError as problem:
            raise UserError(f"The folder {folder} cannot be read: {problem.strerror}.") from None
        here = (about.st_dev, about.st_ino)
        if here in above:
            return
        for name in names:
            path = os.path.join(folder, name)
            if name.startswith("."):
                continue
            if os.path.isdir(path):
                yield from self._in_folder(path, above | {here})
            elif _is_picture(path):
                yield path
            else:
                self.left_out += 1


def _kind(argument: str) -> str:
    if argument == STDIN:
        return "stdin"
    if os.path.isdir(argument):
        return "folder"
    ending = Path(argument).suffix.lower()
    if ending in LISTS and os.path.isfile(argument):
        return "photo" if ending == ".txt" and _is_picture(argument) else "list"
    return "pattern" if glob.has_magic(argument) and not os.path.lexists(argument) else "photo"


def _itself(path: str) -> Listed:
    return Listed(path, path)


def _filled(lines: IO[str]) -> Iterator[str]:
    """Lines that are not empty, without their ends; a file of a byte order mark alone has none."""
    for line in lines:
        if path := line.rstrip("\r\n").removeprefix("\ufeff"):
            yield path


def _is_picture(path: str) -> bool:
    if os.path.splitext(path)[1].lower() in ENDINGS:
        return True
    try:
        if not os.path.isfile(path):  # a pipe would wait for its writer
            return False
        with open(path, "rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return False
    is_boxes = head[4:8] == b"ftyp" and head[8:12] in WITHIN_BOXES
    is_webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    is_bitmap = head[:2] == b"BM" and head[6:10] == bytes(4)
    return head.startswith(HEADS) or is_boxes or is_webp or is_bitmap


# Lists


def _of_list(path: str, column: str | None) -> Iterator[Listed]:
    """The paths in a list; relative ones are looked for beside it, then from where the program was started."""
    folder = os.path.dirname(path)
    with _opened(path) as file:
        is_table = not path.lower().endswith(".txt")
        for name in _of_table(file, path, column) if is_table else _filled(file):
            beside = os.path.join(folder, name)
            is_there = os.path.exists(beside) or not os.path.exists(name)
            yield Listed(name, beside if name and is_there else name)


@contextmanager
def _opened(path: str) -> Iterator[IO[str]]:
    """Text whose bytes may be any: names of files are bytes too."""
    try:
        with open(path, "rb") as file:
            if file.read(2) in (b"\xff\xfe", b"\xfe\xff"):
                raise UserError(f"The list {path} is in UTF-16. Save it as UTF-8.")
        with open(path, encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
            yield text
    except OSError as problem:
        raise UserError(f"The list {path} cannot be read: {problem.strerror}.") from None


def _of_table(file: IO[str], path: str, column: str | None) -> Iterator[str]:
    start = file.readline()
    file.seek(0)
    table = csv.reader(file, delimiter=max(SEPARATORS, key=start.count))
    try:
        first = next(table, [])
        if not first:
            return
        place, has_header = _paths_in(first, path, column)
        if not has_header:
            yield first[place]
        for cells in table:
            if cells:
                yield cells[place] if place < len(cells) else ""
    except csv.Error as problem:
        raise UserError(f"The list {path} is no CSV file in line {table.line_num}: {problem}.") from None


def _paths_in(first: Sequence[str], path: str, column: str | None) -> tuple[int, bool]:
    """Which column has the paths, and whether the first line is a header."""
    names = [name.strip().casefold() for name in first]
    wanted = COLUMNS if column is None else (column.strip().casefold(),)
    for name in wanted:
        if name in names:
            return names.index(name), True
    if column is None:
        if len(first) <= 1:
            return 0, False
        paths = [place for place, cell in enumerate(first) if Path(cell).suffix.lower() in ENDINGS]
        if len(paths) == 1:
            return paths[0], False
    expected = f"a column {column!r}" if column is not None else "a column of paths, as 'path' or 'file'"
    raise UserError(
        f"The list {path}, line 1: expected {expected}, got {', '.join(map(repr, first)) or 'nothing'}."
        " Name the column with --column."
    )
