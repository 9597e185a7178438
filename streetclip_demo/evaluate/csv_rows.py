"""A CSV file as rows of text with the lines that they stand on. Nothing is guessed: "NA" and "007" stay as they are."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from streetclip_demo.errors import DatasetError
from streetclip_demo.words.counts import counted

MAX_PROBLEMS = 10  # that one message lists
SEPARATORS = ",;\t"
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
SIXTEEN_BITS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
NO_TEXT = {  # what files begin with that are sent in place of a CSV file -> what they are
    b"\x1f\x8b": "packed (gzip)",
    b"PK\x03\x04": "a ZIP archive or a spreadsheet (xlsx, ods)",
    b"PAR1": "a Parquet file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"%PDF": "a PDF",
    b"version https://git-lfs": "a pointer of Git LFS",
    b"<!DOCTYPE": "a web page",
    b"<html": "a web page",
}


@dataclass(frozen=True)
class Row:
    """One row: the line of the file that it begins on, and its cells by the header's names."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A whole file."""

    path: Path
    header: tuple[str, ...]
    rows: tuple[Row, ...]


class Problems:
    """What is wrong with a file, line by line; told all at once."""

    def __init__(self, path: Path):
        self.path = path
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, problem: str) -> None:
        """Note what is wrong on a line."""
        self._found.append((line, problem))

    def tell(self) -> None:
        """Raise DatasetError if anything is wrong."""
        if not self._found:
            return
        found = sorted(self._found)
        told = [f"line {line}: {problem}" for line, problem in found[:MAX_PROBLEMS]]
        more = len(found) - len(told)
        rest = [f"{counted(more, 'more line', 'more lines')} cannot be used either."] if more else []
        raise DatasetError("\n".join([f"{self.path}, {told[0]}", *told[1:], *rest]))


def read_table(path: Path) -> Table:
    """Read a CSV file in UTF-8, separated by commas, semicolons or tabs.

    Raise DatasetError naming file and line.
    """
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise DatasetError(f"{path} cannot be read: {problem.strerror}.") from None
    return table_of(path, data)


def table_of(path: Path, data: bytes) -> Table:
    """The same of a file's bytes; the path is what messages call it."""
    text = _text(path, data)
    first = text.lstrip("\r\n").splitlines()[:1]
    if not first or not first[0].strip():
        raise DatasetError(f"{path} is empty. Expected a CSV file whose first line names its columns.")
    separator = max(SEPARATORS, key=first[0].count)
    return _table(path, csv.reader(io.StringIO(text, newline=""), delimiter=separator), separator)


def number(text: str, example: str) -> float:
    """A number as a cell has it; ValueError says what the text is instead of one as the example.

    >>> number("-12.5", "48.85")
    -12.5
    """
    text = text.strip()
    if NUMBER.fullmatch(text):
        return float(text)
    if DECIMAL_COMMA.fullmatch(text):
        raise ValueError(f"{text!r} has a decimal comma; write {text.replace(',', '.')}")
    if not text:
        raise ValueError("it is empty")
    raise ValueError(f"{text[:40]!r} is no number such as {example}")


def _text(path: Path, data: bytes) -> str:
    for start, what in NO_TEXT.items():
        if data[: len(start)].lower() == start.lower():
            raise DatasetError(f"{path} is {what}, not CSV. Unpack, fetch or save it as CSV in UTF-8.")
    if data.startswith(SIXTEEN_BITS):
        raise DatasetError(f"{path}, line 1: this is UTF-16, not UTF-8. Save it as CSV in UTF-8.")
    if (nul := data.find(0)) >= 0:
        line = data.count(b"\n", 0, nul) + 1
        raise DatasetError(
            f"{path}, line {line}: a byte is 0, so this is UTF-16 or no text. Save it as CSV in UTF-8."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DatasetError(
            f"{path}, line {line}: byte 0x{data[error.start]:02X} is not UTF-8. Save it as CSV in UTF-8."
        ) from None


def _table(path: Path, reader, separator: str) -> Table:
    numbered = _numbered(path, reader)
    _, _, header = next(numbered)
    header = [name.strip() for name in header]
    _check_header(path, header)
    problems, rows = Problems(path), []
    for line, end, cells in numbered:
        if len(cells) == len(header):
            rows.append(Row(line, dict(zip(header, cells, strict=True))))
        else:
            problems.add(line, _wrong_count(len(cells), len(header), separator, end if end > line else 0))
    problems.tell()
    return Table(path, tuple(header), tuple(rows))


def _numbered(path: Path, reader) -> Iterator[tuple[int, int, list[str]]]:
    """Rows that are not blank, each with the lines that it begins and ends on."""
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, reader.line_num, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        problem = str(error)
        if "field limit" in problem:
            problem = (
                f"a cell has more than {csv.field_size_limit():,} letters; is a quotation mark not closed?"
            )
        raise DatasetError(f"{path}, line {begins}: this is no CSV ({problem}).") from None


def _check_header(path: Path, header: Sequence[str]) -> None:
    if all(NUMBER.fullmatch(name) or not name for name in header) or sum(
        bool(NUMBER.fullmatch(name)) for name in header
    ) >= min(2, len(header)):
        raise DatasetError(
            f"{path}, line 1: this is a row of values, {_listed(header)}. The first line must name the columns,"
            " as img_id,latitude,longitude."
        )
    twice = [name for name in dict.fromkeys(header) if name and header.count(name) > 1]
    if twice:
        raise DatasetError(f"{path}, line 1: the column {twice[0]!r} stands there twice. Rename one of them.")


def _wrong_count(found: int, expected: int, separator: str, ends: int) -> str:
    """What is wrong with a row; `ends` is the line on which it ends, where that is another."""
    cells = counted(found, "cell", "cells")
    problem = f"{cells} where the header names {counted(expected, 'column', 'columns')}."
    if ends:
        return f"{problem} The row ends on line {ends}: is a quotation mark not closed?"
    if expected == 1:
        return f"{problem} The first line must name them all, divided by commas, semicolons or tabs."
    if found > expected and separator == ",":
        problem += " If numbers have decimal commas, write points; put text with a comma into quotes."
    return problem


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name[:30] or "(no name)" for name in names[:12])
