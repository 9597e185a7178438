"""What a model is shown of a photo: the usual square in the middle, or three squares whose embeddings are averaged."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from streetclip_demo.locate.locator import AnyPhoto, Embedded, Locator, PageLocator
from streetclip_demo.locate.ways import in_way
from streetclip_demo.photos.views import THREE

CROPS = ("centre", "three")
Crops = Mapping[str, Embedded]  # crop -> what the model sees


def crop_embedder(locator: Locator, crops: Sequence[str]) -> Callable[[Sequence[AnyPhoto]], list[Crops]]:
    """What embeds photos in each crop; no square is embedded twice."""

    def embed(photos: Sequence[AnyPhoto]) -> list[Crops]:
        if "three" in crops:
            photos = [in_way(photo, THREE, cast(PageLocator, locator)) for photo in photos]
        return [{"centre": _centre(seen), "three": seen} for seen in locator.embed(photos)]

    return embed


def _centre(seen: Embedded) -> Embedded:
    return seen.parts[1] if seen.parts else seen
