"""The photo component: an upload is read once and deleted; what is shown goes back as a data URI without metadata."""

import base64
import io
from pathlib import Path

import gradio as gr
from gradio.data_classes import ImageData
from PIL import Image

PREVIEW_PX = 1280  # longer side


class PhotoInput(gr.Image):
    """A gr.Image that gives its listener the uploaded file's bytes and leaves no file behind."""

    is_template = True

    def preprocess(self, payload: ImageData | None) -> bytes | None:
        """Read the uploaded file and delete it, whatever it holds."""
        if payload is None or not payload.path:
            return None
        return take_file(Path(payload.path))

    def postprocess(self, value: Image.Image | None) -> ImageData | None:
        """Show a picture without writing it anywhere."""
        return None if value is None else ImageData(url=data_uri(value, PREVIEW_PX), orig_name="photo.jpg")


def take_file(path: Path) -> bytes:
    """A file's bytes; the file, and its folder if that is empty then, are gone afterwards."""
    try:
        return path.read_bytes()
    finally:
        path.unlink(missing_ok=True)
        if not any(path.parent.iterdir()):
            path.parent.rmdir()


def data_uri(image: Image.Image, longest_px: int, quality: int = 85) -> str:
    """A picture as the text of a small JPEG; only its pixels are in it."""
    small = image.copy()
    small.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.convert("RGB").save(buffer, "JPEG", quality=quality)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
