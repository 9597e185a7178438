"""A run over a list of photos in a folder of its own: begun, or gone on with from where it stopped. Knows no model.

The folder holds run.json (what is asked, and what computes), list.jsonl (the photos as they were listed), answers.jsonl
with the other formats that were wanted, unread.csv and journal.txt. A row is answered or reported, never both. As no
row depends on when it was made, all but run.json has the same bytes however often the run was stopped.
"""

import contextlib
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from streetclip_demo.batch.geoparquet import GeoParquet, check_geoparquet
from streetclip_demo.batch.journal import Journal
from streetclip_demo.batch.listing import Listed
from streetclip_demo.batch.outcome import Outcome
from streetclip_demo.batch.writers import UNREAD, JsonLines, Points, Table, Writer
from streetclip_demo.errors import UserError

FORMATS = ("jsonl", "csv", "geojson", "geoparquet")  # the first is always written
BEFORE_ITS_BEGINNING = {"journal.txt", "list.jsonl", "list.jsonl.part", "run.json.part"}
OTHER_FOLDER = "Finish it as it was begun, or name another folder with --out."


class BatchRun:
    """A run that is open. Close it; whatever stops the process, the same call goes on after the last row.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    photos : iterable of Listed
        Gone through once; then the list stands in the folder.
    formats : collection of str
        Of `FORMATS`.

    Attributes
    ----------
    folder : Path
    total : int
        Photos on the list.
    done, unread : int
        Rows that are answered or reported; those among them that are reported.

    Raises
    ------
    UserError
        If the folder cannot be written, is in use, or holds a run over another list.
    """

    def __init__(self, folder: Path, photos: Iterable[Listed], formats: Sequence[str]):
        self.folder = folder
        self._formats = [name for name in FORMATS if name in formats]
        self._about: dict = {}
        self._writers: tuple[Writer, ...] = ()
        self.done, self.unread = 0, 0
        if "geoparquet" in self._formats:
            check_geoparquet()
        with _told(folder):
            folder.mkdir(exist_ok=True)
        self._journal = Journal(folder / "journal.txt")
        try:
            if (folder / "run.json").exists():
                self._about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
                self.total = self._check_list(photos)
            else:
                self.total = self._write_list(photos)
        except BaseException:
            self._journal.close()
            raise

    def begin(self, asked: dict) -> None:
        """Say what is asked, in types that `json.dumps` takes.

        Raise UserError where the folder's run asks something else. One that has answered nothing is begun anew
        instead.
        """
        asked = json.loads(json.dumps(asked)) | {"formats": self._formats}
        if self._about and "made_with" not in self._about and self._about["asked"] != asked:
            self._about = {}
            self._journal.clear()
        if not self._about:
            self._about = {"begun": datetime.now(UTC).isoformat(timespec="seconds"), "asked": asked}
            self._write_about()
        self._check("asks something else", self._about["asked"], asked)
        answers = self.folder / "answers"
        lines = JsonLines(answers.with_suffix(".jsonl"))
        others: dict[str, Callable[[], Writer]] = {
            "csv": lambda: Table(answers.with_suffix(".csv")),
            "geojson": lambda: Points(answers.with_suffix(".geojson")),
            "geoparquet": lambda: GeoParquet(self.folder, answers.with_suffix(".jsonl")),
        }
        report = Table(self.folder / "unread.csv", UNREAD)
        self._writers = (report, lines, *(others[name]() for name in self._formats if name in others))
        self._go_on()

    def rows(self) -> Iterator[Listed]:
        """The photos that are still to be done, in order."""
        return (photo for photo, _ in itertools.islice(self._listed(), self.done, None))

    def changed(self) -> tuple[int, str]:
        """How many of the photos that are done are other files now than when they were listed, and which is the first.

        By size and time of change: an answer is not computed again to find out.
        """
        found = (
            (row, photo.name)
            for row, (photo, mark) in enumerate(itertools.islice(self._listed(), self.done), start=1)
            if _mark(photo) != mark
        )
        first = next(found, None)
        return (0, "") if first is None else (1 + sum(1 for _ in found), f"row {first[0]}, {first[1]}")

    def add(self, photo: Listed, outcome: Outcome) -> None:
        """What became of the next photo. It is on its way to the disk when this returns."""
        row = {"row": self.done + 1, "file": os.fsencode(photo.name).decode("utf-8", "backslashreplace")}
        report, *answers = self._writers
        if outcome.reason:
            report.add(row | {"reason": outcome.reason})
            self.unread += 1
        else:
            self._check_maker(outcome.made_with)
            for writer in answers:
                writer.add(row | outcome.row)
        self.done += 1
        self._journal.add((self.done, self.unread, *(mark for one in self._writers for mark in one.marks)))

    def close(self) -> None:
        """Write what waits for more rows; a later run goes on all the same."""
        try:
            for writer in self._writers:
                writer.close()
        finally:
            self._journal.close()

    def _go_on(self) -> None:
        counts = [writer.marks_count for writer in self._writers]
        marks = self._journal.last(
            2 + sum(counts),
            lambda found: all(
                one.fits(part) for one, part in zip(self._writers, _parts(found, counts), strict=True)
            ),
        )
        self.done, self.unread = marks[:2] if marks else (0, 0)
        for writer, part in zip(self._writers, _parts(marks or [0] * (2 + sum(counts)), counts), strict=True):
            writer.go_on(part)

    # What is asked, and of which photos

    def _check(self, what: str, before: dict, now: dict) -> None:
        changed = [name for name in (before | now) if before.get(name) != now.get(name)]
        if changed:
            told = "; ".join(_change(name, before.get(name), now.get(name)) for name in changed)
            raise UserError(f"The run in {self.folder} {what}: {told}. {OTHER_FOLDER}")

    def _check_maker(self, made_with: dict) -> None:
        if "made_with" not in self._about:
            self._about["made_with"] = made_with
            self._write_about()
        elif self._about["made_with"] != made_with:
            self._check("was computed otherwise", self._about["made_with"], made_with)

    def _write_about(self) -> None:
        text = json.dumps(self._about, ensure_ascii=False, indent=1) + "\n"
        with _told(self.folder):
            _write_whole(self.folder / "run.json", [text])

    def _write_list(self, photos: Iterable[Listed]) -> int:
        with _told(self.folder):
            others = sorted(set(os.listdir(self.folder)) - BEFORE_ITS_BEGINNING)
            if others:
                raise UserError(
                    f"{self.folder} holds other files ({others[0]}), and no run. Name an empty folder, or a new one."
                )
            return _write_whole(self.folder / "list.jsonl", map(_line, photos))

    def _check_list(self, photos: Iterable[Listed]) -> int:
        total = 0
        for before, now in itertools.zip_longest((photo for photo, _ in self._listed()), photos):
            total += 1
            if before != now:
                names = [repr(one.name) if one else "no photo" for one in (before, now)]
                raise UserError(
                    f"The run in {self.folder} has another list: row {total} was {names[0]} and is {names[1]} now."
                    f" {OTHER_FOLDER}"
                )
        return total

    def _listed(self) -> Iterator[tuple[Listed, list[int]]]:
        """The photos, each with the size and the time of change that it had; [] for one that was not there."""
        with open(self.folder / "list.jsonl", encoding="utf-8") as file:
            for line in file:
                name, path, *mark = (
                    [*told, None] if len(told := json.loads(line)) == 1 else told
                )  # [name]: of 1.0
                yield Listed(name, name if path is None else path), mark


def _line(photo: Listed) -> str:
    path = None if photo.name == photo.path else photo.path
    return json.dumps([photo.name, path, *_mark(photo)]) + "\n"


def _mark(photo: Listed) -> list[int]:
    try:
        found = os.stat(photo.path)
    except (OSError, ValueError):  # it is not there, or no path
        return []
    return [found.st_size, found.st_mtime_ns]


def _parts(marks: Sequence[int], counts: Sequence[int]) -> Iterator[Sequence[int]]:
    """The marks of each writer."""
    rest = iter(marks[2:])
    for count in counts:
        yield tuple(itertools.islice(rest, count))


def _change(name: str, before: object, now: object) -> str:
    told = [repr(value) for value in (before, now)]
    if max(map(len, told)) > 60:
        return f"another {name}"
    return f"{name} was {told[0]} and is {told[1]} now"


def _write_whole(path: Path, lines: Iterable[str]) -> int:
    """How many lines there were."""
    unfinished, count = path.with_name(path.name + ".part"), 0
    with open(unfinished, "w", encoding="utf-8") as file:
        for line in lines:
            file.write(line)
            count += 1
    os.replace(unfinished, path)
    return count


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise UserError(
            f"{folder} cannot be written: {problem.strerror}. Name another folder with --out."
        ) from None
