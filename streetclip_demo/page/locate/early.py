"""A photo that came before the model: its file waits in the folder of uploads, and is read again for the model."""

import contextlib
from dataclasses import replace

from PIL import Image

from streetclip_demo.errors import PhotoError
from streetclip_demo.page.frame.photo_input import upload_name
from streetclip_demo.page.frame.provided import Services
from streetclip_demo.page.frame.session import Session, Visitor
from streetclip_demo.page.locate import healing


def waits(services: Services, visitor: Visitor, told: str) -> bool:
    """Whether a page's photo waits for the model; where the server has lost it, it is sent again when that is there."""
    has_photo = visitor.session.photo is not None or healing.read(told).has_photo
    return has_photo and not services.model_state().ready


def received(services: Services, payload: object) -> tuple[Session, Image.Image]:
    """The session of a photo that was sent, and its picture; its file stays where there is no model yet."""
    name = upload_name(payload)
    if name is None or services.model_state().ready:
        photo = services.open_photo(None if name is None else services.uploads.take(name))
        return Session(services.keep(photo)), photo.shown
    photo = services.open_photo(services.uploads.read(name))
    return Session(services.keep(photo), upload=str(name)), photo.shown


def see(services: Services, visitor: Visitor) -> None:
    """Read a photo that waited for the model, once that is there; where its file is gone, the page sends it again."""
    asked = visitor.session
    if not asked.upload or not services.model_state().ready:
        return
    with contextlib.suppress(PhotoError):
        photo = services.keep(services.open_photo(services.uploads.read(asked.upload)))
        if visitor.session.photo is asked.photo:
            visitor.session = replace(visitor.session, photo=photo, upload="")
        services.uploads.take(asked.upload)  # which a question at the same time may have done
