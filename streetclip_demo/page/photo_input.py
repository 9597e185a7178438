"""The photo component: an upload is read once and deleted; what is shown goes back as a data URI."""

from pathlib import Path

import gradio as gr
from gradio.data_classes import FileData, ImageData
from PIL import Image

from streetclip_demo.errors import PhotoError
from streetclip_demo.page.language import text
from streetclip_demo.photo import data_uri

PREVIEW_PX = 1280  # longer side


def photo_input() -> gr.Image:
    """The component. Its listeners have preprocess=False, postprocess=False and the two functions below.

    Gradio's own pre- and postprocessing would keep the upload and write a second file. (Not a subclass, for which
    Gradio would write an interface file into the source folder; not methods replaced on the instance, for an
    update, even gr.skip(), makes a new instance.)
    """
    return gr.Image(
        label=text.PHOTO,
        show_label=False,
        sources=["upload", "clipboard", "webcam"],
        buttons=[],
        height=300,
        placeholder=text.PHOTO_PLACEHOLDER,
        alt_text=text.PHOTO_ALT,
        elem_id="photo",
    )


def take_upload(payload: dict | FileData | None) -> bytes | None:
    """The bytes of an uploaded file, which is deleted. Gradio has checked that it lies among the uploads."""
    path = payload.get("path") if isinstance(payload, dict) else getattr(payload, "path", None)
    return take_file(Path(path)) if path else None


def preview(image: Image.Image) -> dict:
    """A picture as a value of the component, without a file."""
    return shown_photo(data_uri(image, PREVIEW_PX))


def shown_photo(uri: str) -> dict:
    """A data URI as a value of the component."""
    return ImageData(url=uri, orig_name="photo.jpg").model_dump()


def take_file(path: Path) -> bytes:
    """A file's bytes; the file is gone afterwards, and its folder if nothing else lies in it."""
    try:
        return path.read_bytes()
    except (
        FileNotFoundError
    ):  # two people sent the same bytes under the same name, and one of them came first
        raise PhotoError(
            "The upload was gone before it could be read. Please send the photo again."
        ) from None
    finally:
        path.unlink(missing_ok=True)
        _remove_if_empty(path.parent)


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:  # not empty, or gone
        return
