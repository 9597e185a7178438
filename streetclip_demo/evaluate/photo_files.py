"""A dataset's photos on disk: which file belongs to a row, and positions that photos carry themselves."""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from streetclip_demo.errors import DatasetError, PhotoError
from streetclip_demo.evaluate.dataset import Dataset, Sample, photographer_of, plain_path
from streetclip_demo.photos.gps import taken_at
from streetclip_demo.words.counts import counted

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".tif", ".tiff", ".bmp", ".gif")


def find_dataset_file(folder: Path) -> Path | None:
    """The CSV file of a folder; None where there is none.

    Raise DatasetError if there are several.
    """
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv")
    except OSError as problem:
        raise DatasetError(f"{folder} cannot be read: {problem.strerror}.") from None
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise DatasetError(
            f"{folder} has several CSV files: {names}. Name one, and with --photos this folder."
        )
    return found[0] if found else None


def photos_in(folder: Path) -> list[Path]:
    """All photos of a folder and the folders in it, by name."""
    return sorted(
        Path(above, name)
        for above, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(ENDINGS)
    )


def match_photos(samples: Iterable[Sample], folder: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """Find each sample's photo: by its path in the folder, else its file's name, else that without its ending.

    Returns
    -------
    files : dict of str to Path
        A sample's id -> its photo.
    left_out : dict of str to str
        A sample's id -> why it has none.
    """
    found = photos_in(folder)
    by_name = _by_name(found, folder)
    files, left_out = {}, {}
    for sample in samples:
        paths = by_name.get(plain_path(sample.id), [])
        if len(paths) == 1:
            files[sample.id] = paths[0]
        elif paths:
            left_out[sample.id] = f"may be {' or '.join(str(path.relative_to(folder)) for path in paths[:3])}"
        else:
            left_out[sample.id] = "no such photo"
    if not files:
        raise DatasetError(
            f"None of the rows' photos is in {folder}, where {counted(len(found), 'photo is', 'photos are')}. The first"
            " row's is called"
            f" {next(iter(left_out), '')!r}. Say with --photos where the photos lie."
        )
    return files, left_out


def dataset_of_photos(folder: Path) -> tuple[Dataset, dict[str, Path], dict[str, str]]:
    """A dataset of the positions that photos carry in their EXIF data; with the files, and those left out and why."""
    samples, files, left_out = [], {}, {}
    for path in photos_in(folder):
        name = path.relative_to(folder).as_posix()
        try:
            point, artist = taken_at(path)
        except PhotoError as problem:
            left_out[name] = str(problem)
            continue
        if point is None:
            left_out[name] = "it carries no position"
            continue
        samples.append(Sample(name, 0, point, artist or photographer_of(name)))
        files[name] = path
    if not samples:
        raise DatasetError(
            f"{folder} has no CSV file, and of its {counted(len(left_out), 'photo', 'photos')} none carries a position"
            " (EXIF)."
            " Put a CSV file beside the photos whose first line is img_id,latitude,longitude."
        )
    return (
        Dataset(folder, tuple(samples), {}, ("Positions are those that the photos carry (EXIF).",)),
        files,
        left_out,
    )


def _by_name(paths: Iterable[Path], folder: Path) -> Mapping[str, list[Path]]:
    """Path, name and stem -> the photos that may be meant; a fuller name goes before a shorter one."""
    whole: dict[str, list[Path]] = defaultdict(list)
    names: dict[str, list[Path]] = defaultdict(list)
    stems: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        inside = path.relative_to(folder)
        whole[plain_path(inside.as_posix())].append(path)
        names[plain_path(path.name)].append(path)
        stems[plain_path(path.stem)].append(path)
        stems[plain_path(inside.with_suffix("").as_posix())].append(path)
    stems = {stem: list(dict.fromkeys(found)) for stem, found in stems.items()}
    return {**stems, **names, **whole}
