"""A form with a file on its way in, part by part. Of a form only the file of one field is looked at. Knows no disk."""

from typing import Any

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

FIELD = b"files"  # as Gradio's clients call it


class WrongForm(Exception):
    """Not a form with one file in that field."""


class UploadForm:
    """Takes the body of a request bit by bit.

    Parameters
    ----------
    content_type : str
        The request's header of this name.

    Raises
    ------
    WrongForm
        Here or from `feed`, as soon as it shows.
    """

    def __init__(self, content_type: str):
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != b"multipart/form-data" or not 0 < len(boundary) <= 200:
            raise WrongForm
        self.name: str | None = None  # of the file, as its sender calls it; None as long as there is none
        self.is_whole = False
        self._bits: list[bytes] = []
        self._header, self._value, self._disposition = b"", b"", b""
        self._is_in_file = False
        heard = (
            "part_begin",
            "header_field",
            "header_value",
            "header_end",
            "headers_finished",
            "part_data",
            "end",
        )
        called: Any = {f"on_{what}": getattr(self, f"_{what}") for what in heard}
        self._parser = MultipartParser(boundary, called)

    def feed(self, body: bytes) -> bytes:
        """Read on; what the file has in this bit of the body."""
        try:
            self._parser.write(body)
        except FormParserError:
            raise WrongForm from None
        bits, self._bits = self._bits, []
        return b"".join(bits)

    def _part_begin(self) -> None:
        self._is_in_file, self._disposition = False, b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if options.get(b"name") != FIELD or b"filename" not in options:
            return
        if self.name is not None:
            raise WrongForm
        self.name = options[b"filename"].decode("utf-8", "replace")
        self._is_in_file = True

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_in_file:
            self._bits.append(data[start:end])

    def _end(self) -> None:
        self.is_whole = True
