"""What a model is shown of a photo: the usual square in the middle, or three squares whose embeddings are averaged."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from PIL import Image

from streetclip_demo.locate.locator import AnyPhoto, Embedded, Locator
from streetclip_demo.photos.photo import Photo

CROPS = ("centre", "three")
Crops = Mapping[str, Embedded]  # crop -> what the model sees


def crop_embedder(locator: Locator, crops: Sequence[str]) -> Callable[[Sequence[AnyPhoto]], list[Crops]]:
    """What embeds photos in each crop; no square is embedded twice."""

    def embed(photos: Sequence[AnyPhoto]) -> list[Crops]:
        sides = [
            [photo, *(_sides(photo) if "three" in crops and isinstance(photo, Photo) else ())]
            for photo in photos
        ]
        seen = iter(locator.embed([square for squares in sides for square in squares]))
        found: list[Crops] = []
        for squares in sides:
            views = [next(seen) for _ in squares]
            found.append({"centre": views[0], "three": _mean(views)})
        return found

    return embed


def squares_of(image: Image.Image) -> list[Image.Image]:
    """The squares at both ends of a picture's longer side; none where it is a square."""
    width, height = image.size
    side = min(width, height)
    if width == height:
        return []
    return [image.crop((0, 0, side, side)), image.crop((width - side, height - side, width, height))]


def _sides(photo: Photo) -> list[Photo]:
    return [Photo(square, photo.digest, photo.notes) for square in squares_of(photo.image)]


def _mean(views: Sequence[Embedded]) -> Embedded:
    mean = np.mean([view.embedding for view in views], axis=0)
    return Embedded(mean / np.linalg.norm(mean), views[0].digest, views[0].notes)
