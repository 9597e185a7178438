"""The photo component: an upload is read once and deleted; what is shown goes back as a data URI."""

import gradio as gr
from gradio.data_classes import ImageData
from PIL import Image

from streetclip_demo.markup import filled
from streetclip_demo.page.frame.uploads import MOST_FILE_BYTES, UploadFolder
from streetclip_demo.photos.kept_photo import KeptPhoto
from streetclip_demo.photos.photo import data_uri
from streetclip_demo.words.language import text

PREVIEW_PX = 1280  # longer side


def photo_input(takes_photos: bool = True) -> gr.Image:
    """The component, or one that only shows.

    Its listeners have preprocess=False, postprocess=False and the two functions below.

    Gradio's own pre- and postprocessing would keep the upload and write a second file. (Not a subclass, for which
    Gradio would write an interface file into the source folder; not methods replaced on the instance, for an
    update, even gr.skip(), makes a new instance.)
    """
    return gr.Image(
        label=text.PHOTO,
        show_label=False,
        sources=["upload", "clipboard", "webcam"] if takes_photos else [],
        interactive=takes_photos,
        buttons=[],
        height=300,
        placeholder=text.PHOTO_PLACEHOLDER,
        alt_text=text.PHOTO_ALT,
        elem_id="photo",
        webcam_options=gr.WebcamOptions(mirror=False),  # signs must be readable, and traffic on its side
    )


def photo_note(takes_photos: bool = True) -> gr.HTML:
    """Where assets/photo_sources.js says why no photo came; it takes the sentences from here. Or that none is taken."""
    too_large = text.FILE_TOO_LARGE.format(most=MOST_FILE_BYTES // 2**20)
    said = (
        filled("page/frame/notes", "of_photo", too_large, MOST_FILE_BYTES)
        if takes_photos
        else filled("page/frame/notes", "of_examples")
    )
    return gr.HTML(said, elem_id="photo-note", apply_default_css=False)


def take_upload(uploads: UploadFolder, payload: object) -> bytes | None:
    """The bytes of an uploaded file, which is deleted; None where nothing was sent.

    Raise PhotoError if anything else is named.
    """
    return None if payload is None else uploads.take(upload_name(payload))


def upload_name(payload: object) -> object:
    """What a payload says that its upload is called; None where nothing was sent."""
    return payload.get("path") if isinstance(payload, dict) else getattr(payload, "path", payload)


def preview(image: Image.Image, kept: KeptPhoto | None = None) -> dict:
    """A picture as a value of the component, without a file; what is kept of it may be small enough as it is."""
    if kept is not None and max(kept.size) <= PREVIEW_PX:
        return shown_photo(kept.uri)
    return shown_photo(data_uri(image, PREVIEW_PX))


def shown_photo(uri: str) -> dict:
    """A data URI as a value of the component."""
    return ImageData(url=uri, orig_name="photo.jpg").model_dump()
