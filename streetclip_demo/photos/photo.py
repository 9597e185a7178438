"""A file that a person gives us as an upright RGB picture without metadata. Knows no model."""

import base64
import io
import os
import select
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from streetclip_demo.errors import PhotoError
from streetclip_demo.photos.decoding import Decoded, decode, decoded_image, digest_of, in_words
from streetclip_demo.photos.unread import EXPECTED

MAX_FILE_MB = 300  # 50 megapixels of 16 bits a colour
PIPE_SECONDS = 30.0  # that a pipe may be silent


@dataclass(frozen=True, eq=False)
class Photo:
    """An upright RGB picture, with a digest of its pixels and what the person should know of the file."""

    image: Image.Image  # as the model sees it: the file's numbers, or for CMYK those its profile means
    digest: str
    notes: tuple[str, ...] = ()
    display: Image.Image | None = None  # small and sRGB, where the colours that `image` means are not sRGB's

    @property
    def shown(self) -> Image.Image:
        """What people should see."""
        return self.display or self.image


def open_photo(source: str | os.PathLike | bytes | BinaryIO | None) -> Photo:
    """Read a picture: upright by its EXIF orientation, RGB, everything else in the file dropped.

    It is decoded here, however long that takes; `DecodeWorkers.open_photo` has a limit of time.

    Parameters
    ----------
    source : path, bytes or binary file object
        A file object is read from its beginning, if it has one, and left open.

    Raises
    ------
    PhotoError
        If there is no picture, it is damaged or too large, or its format is not one that we read.
    """
    data, name = read_source(source)
    with in_words(name, data[:64]):
        return _photo(decode(data, name))


def photo_from_image(image: Image.Image) -> Photo:
    """A Photo from a picture that is already open; it is made upright and RGB like a file's."""
    with in_words("The picture", b""):
        return _photo(decoded_image(image, "The picture"))


def read_source(source: str | os.PathLike | bytes | BinaryIO | None) -> tuple[bytes, str]:
    """The bytes of what `open_photo` takes, and what to call it."""
    if source is None or source == "":
        raise PhotoError("No photo was given. Choose, paste or drop one first.")
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source), "The photo"
    if isinstance(source, str | os.PathLike):
        return _read_path(source)
    try:
        if isinstance(source.read(0), str):
            raise PhotoError("The photo's file is open as text. Open it as binary, as open(path, 'rb').")
        return _read(source, "The photo"), "The photo"
    except (OSError, ValueError) as error:  # closed, or only to be written
        raise PhotoError(f"The photo cannot be read: {error}. Give a file that is open to be read.") from None


def data_uri(image: Image.Image, longest_px: int, quality: int = 85) -> str:
    """A picture as the text of a small JPEG; only its pixels are in it."""
    return "data:image/jpeg;base64," + base64.b64encode(small_jpeg(image, longest_px, quality)).decode()


def small_jpeg(image: Image.Image, longest_px: int, quality: int = 85) -> bytes:
    """A picture as a JPEG of at most so many pixels a side; only its pixels are in it."""
    small = image.copy()
    small.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    small.info = {}  # comments and profiles, which Pillow would write again
    buffer = io.BytesIO()
    small.convert("RGB").save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _read_path(path: str | os.PathLike) -> tuple[bytes, str]:
    name = f"The file {Path(path).name!r}"
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):  # reading it might never end
                raise PhotoError(f"{name} is a device, not a file. Name a file.")
            return _read_pipe(file.fileno(), name) if stat.S_ISFIFO(mode) else _read(file, name), name
    except FileNotFoundError:
        raise PhotoError(f"{name} does not exist. Check its path: {os.fspath(path)}") from None
    except IsADirectoryError:
        raise PhotoError(f"{name} is a folder. {EXPECTED}.") from None
    except PermissionError:
        raise PhotoError(f"{name} may not be read: permission was denied.") from None
    except OSError as error:
        raise PhotoError(f"{name} cannot be read: {error.strerror}. Check its path.") from None
    except ValueError as error:  # a zero character in the path
        raise PhotoError(f"{name} cannot be read: {error}. Check its path.") from None


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe with a name does not wait for who writes into it."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _read_pipe(pipe: int, name: str) -> bytes:
    """All bytes that come out of a pipe; PhotoError where none come for a while."""
    so_far = io.BytesIO()
    while select.select([pipe], [], [], PIPE_SECONDS)[0]:
        part = os.read(pipe, 1 << 20)
        if not part:
            return so_far.getvalue()
        so_far.write(part)
        _check_size(so_far.tell(), name)
    raise PhotoError(
        f"{name} is a pipe, and nothing came out of it for {PIPE_SECONDS:g} seconds. Name a file."
    )


def _read(file: BinaryIO, name: str) -> bytes:
    """All bytes from the beginning, or of a pipe what is still to come."""
    most = MAX_FILE_MB * 1_000_000
    if file.seekable():
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        data = file.read(size) if size <= most else b""
    else:
        so_far = io.BytesIO()
        while so_far.tell() <= most and (part := file.read(1 << 20)):
            so_far.write(part)
        size, data = so_far.tell(), so_far.getvalue()
    _check_size(size, name)
    return data


def _check_size(size: int, name: str) -> None:
    if size > MAX_FILE_MB * 1_000_000:
        raise PhotoError(f"{name} has more than {MAX_FILE_MB} MB. Make it smaller first.")


def _photo(decoded: Decoded) -> Photo:
    image = Image.new("RGB", decoded.size)
    digest, top = digest_of(decoded.size), 0
    for band in decoded.bands():
        image.paste(band, (0, top))
        digest.update(band.tobytes())
        top += band.height
    return Photo(image, digest.hexdigest(), decoded.notes, decoded.display)
