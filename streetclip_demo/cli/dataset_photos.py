"""The photos of the dataset that the command line names, with their files."""

import argparse
from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from streetclip_demo.errors import DatasetError, UserError
from streetclip_demo.evaluate.dataset import Dataset, read_dataset
from streetclip_demo.evaluate.evaluation import LeftOut
from streetclip_demo.evaluate.photo_files import dataset_of_photos, find_dataset_file, match_photos


@dataclass(frozen=True)
class Photos:
    """A dataset with its photos' files."""

    dataset: Dataset
    files: Mapping[str, Path]  # by id
    left_out: tuple[LeftOut, ...]

    def only(self, ids: Container[str]) -> "Photos":
        """Those of some samples, whose photos could be read."""
        samples = tuple(sample for sample in self.dataset.samples if sample.id in ids)
        return replace(self, dataset=replace(self.dataset, samples=samples))


def read_photos(options: argparse.Namespace) -> Photos:
    """The dataset that options name, with its photos."""
    path = csv_of(options.dataset)
    if path is None:
        dataset, files, missing = dataset_of_photos(options.dataset)
        return Photos(dataset, files, tuple(LeftOut(id, 0, why) for id, why in missing.items()))
    dataset = read_dataset(path, where_of(options), options.cluster)
    files, missing = match_photos(dataset.samples, options.photos or path.parent)
    left_out = tuple(
        LeftOut(one.id, one.line, missing[one.id]) for one in dataset.samples if one.id in missing
    )
    samples = tuple(sample for sample in dataset.samples if sample.id in files)
    return Photos(replace(dataset, samples=samples), files, left_out)


def where_of(options: argparse.Namespace) -> dict[str, str]:
    """The values that rows must have, by column."""
    found = {}
    for one in options.where:
        column, equals, value = one.partition("=")
        if not equals:
            raise UserError(f"--where must be COLUMN=VALUE, as split=test; got {one!r}.")
        found[column.strip()] = value.strip()
    return found


def files_read(options: argparse.Namespace) -> tuple[Path | None, ...]:
    """Files of a question about a dataset, which nothing that is written may replace."""
    return csv_of(options.dataset), options.labels, options.templates, options.gallery


def csv_of(path: Path) -> Path | None:
    """The file with the true positions; None for a folder of photos that has none."""
    if path.is_dir():
        return find_dataset_file(path)
    if not path.exists():
        raise DatasetError(f"{path} does not exist. Name a CSV file, or a folder of photos.")
    return path
