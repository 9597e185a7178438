"""The files that `locate` writes: a map and a page for each photo, one table and one layer of places for all.

Where they go is checked before anything is computed. Table and layer grow photo by photo: a run that is stopped leaves
what it had, one that fails, as on a full disk, the files that were there before.
"""

import contextlib
import csv
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from streetclip_demo.batch.listing import PhotoList
from streetclip_demo.cli.whole_file import WholeFile, write_whole
from streetclip_demo.errors import UserError
from streetclip_demo.locate.compare import SideBySide
from streetclip_demo.photos.photo import Photo, data_uri
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.posterior.prediction import Prediction
from streetclip_demo.report.compared_file import ComparedFile, compared_html
from streetclip_demo.report.geojson import places
from streetclip_demo.report.html_file import ResultFile, result_html
from streetclip_demo.report.table import COLUMNS, cell, rows
from streetclip_demo.words.language import text

OwnFiles = tuple[Path | None, Path | None]  # a photo's map and page
PHOTO_PX = 1600  # longer side of the photo in a page


class LocatedFiles:
    """What --map, --html, --csv and --geojson ask for. A context: at its end the files are whole.

    Raise UserError if a file cannot be where it is wanted, or would replace another.
    """

    def __init__(self, options, gazetteer: Gazetteer):
        if options.with_photo and not options.html:
            raise UserError("--with-photo puts the photo into the HTML file: say where with --html.")
        self._gazetteer = gazetteer
        self._with_photo = options.with_photo
        self._has_pages = options.html is not None
        is_many = PhotoList(options.photos).may_be_many or len(options.photos) > 1
        self._map_of = _place_each("--map", options.map, is_many)
        self._page_of = _place_each("--html", options.html, is_many)
        for option, path in (("--csv", options.csv), ("--geojson", options.geojson)):
            check_place(option, path)
        self._written = _check_apart(options, is_many)
        self._for_all: list[TableFile | LayerFile] = []
        if options.csv:
            self._for_all.append(TableFile(options.csv))
        if options.geojson:
            self._for_all.append(LayerFile(options.geojson))

    @property
    def need_record(self) -> bool:
        """Whether `export.prediction_record` is wanted."""
        return bool(self._for_all) or self._has_pages

    def own_of(self, photo: str) -> OwnFiles:
        """Where the map and the page of the next photo go; UserError where they, or others, would replace the photo."""
        own = self._map_of(photo), self._page_of(photo)
        self.check_spares(photo, own)
        return own

    def check_spares(self, photo: str, own: OwnFiles) -> None:
        """UserError where these files, or those of all photos, would replace a photo."""
        if self._written or any(own):
            read = os.path.realpath(photo)
            for path in filter(None, (*self._written, *own)):
                if os.path.realpath(path) == read:
                    raise UserError(f"{path} would replace a photo of the list. Name another file or folder.")

    def write_own(self, own: OwnFiles, photo: Photo | None, prediction: Prediction, record: dict) -> None:
        """Write the map and the page of a photo where `own_of` has said."""
        map_path, page_path = own
        if not (map_path or page_path):
            return
        from streetclip_demo.maps.world_map import map_frame, world_map  # brings Folium

        if map_path:
            write_whole(map_path, world_map(prediction, self._gazetteer).document(), "map")
        if page_path:
            drawn = world_map(prediction, self._gazetteer)
            picture = data_uri(photo.shown, PHOTO_PX) if photo and self._with_photo else ""
            result = ResultFile(prediction, record, map_frame(drawn, text.MAP), picture)
            write_whole(page_path, result_html(result), "HTML file")

    def write_compared(self, own: OwnFiles, photo: Photo, side: SideBySide, record: dict) -> None:
        """Write the one map and page of several models' answers on a photo, where `own_of` has said."""
        map_path, page_path = own
        if not (map_path or page_path):
            return
        from streetclip_demo.maps.compared_map import compared_map  # brings Folium
        from streetclip_demo.maps.world_map import map_frame

        drawn = compared_map(side.predictions, self._gazetteer)
        if map_path:
            write_whole(map_path, drawn.document(), "map")
        if page_path:
            picture = data_uri(photo.shown, PHOTO_PX) if self._with_photo else ""
            result = ComparedFile(side, record, map_frame(drawn, drawn.title or text.MAP), picture)
            write_whole(page_path, compared_html(result), "HTML file")

    def add_to_all(self, file: str, record: dict, model: str = "") -> None:
        """Add one photo, called by its file, to table and layer; `model` where several models answer."""
        for growing in self._for_all:
            growing.add(file, record, model)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_) -> None:
        is_failed = kind is not None and issubclass(kind, Exception)  # a run that is stopped has not failed
        with contextlib.ExitStack() as stack:
            for growing in self._for_all:
                stack.callback(growing.give_up)  # also of those that come after one that cannot be closed
            for growing in () if is_failed else self._for_all:
                growing.close()


class TableFile:
    """The table of `export_table` for several photos: the photo's file is its first column."""

    def __init__(self, path: Path):
        self._path = path
        self._file: WholeFile | None = (
            None  # begun with the first photo: where none is located, an earlier one stays
        )

    def add(self, file: str, record: dict, model: str = "") -> None:
        """Add the lines of one photo, which name their model anyway."""
        if self._file is None:
            self._file = WholeFile(self._path, "CSV file", "utf-8-sig")
            csv.writer(self._file, lineterminator="\r\n").writerow(("file", *COLUMNS))
        lines = csv.writer(self._file, lineterminator="\r\n")
        lines.writerows([cell(file), *row] for row in rows(record))

    def close(self) -> None:
        """No more photos come."""
        if self._file:
            self._file.close()

    def give_up(self) -> None:
        """Leave what was there before."""
        if self._file:
            self._file.give_up()


class LayerFile:
    """The places of `export_places` for several photos: "features" of all, then "photos" with what each rests on."""

    def __init__(self, path: Path):
        self._path = path
        self._file: WholeFile | None = None
        self._between = "\n"
        self._photos = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - they come last

    def add(self, file: str, record: dict, model: str = "") -> None:
        """Add the features of one photo, of one of several models."""
        collection = places(record, file, model)
        features = collection.pop("features")
        about = {"file": file} | {key: collection[key] for key in collection if key != "type"}
        self._photos.write((",\n" if self._file else "") + _json(about))
        if self._file is None:
            self._file = WholeFile(self._path, "GeoJSON file")
            self._file.write('{"type": "FeatureCollection", "features": [')
        for feature in features:
            self._file.write(self._between + _json(feature))
            self._between = ",\n"

    def close(self) -> None:
        """No more photos come."""
        if self._file:
            self._file.write('\n],\n"photos": [\n')
            self._photos.seek(0)
            for line in self._photos:
                self._file.write(line)
            self._file.write("\n]}\n")
            self._file.close()
        self._photos.close()

    def give_up(self) -> None:
        """Leave what was there before."""
        if self._file:
            self._file.give_up()
        with contextlib.suppress(OSError):  # what is still to be written may not fit
            self._photos.close()


def _json(value) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


# Where files may go


def _place_each(option: str, target: Path | None, is_many: bool) -> Callable[[str], Path | None]:
    """Where each photo's file goes, by its path: the target itself for one photo, names in a folder for several."""
    if target is not None and _is_folder(option, target):
        return _Names(target)
    if target is not None and is_many:
        raise UserError(f"{option}: with several photos name a folder that exists, got {target}.")
    check_place(option, target)
    return lambda photo: target


class _Names:
    """A name in a folder for each photo, after its own; to be asked in the photos' order."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._taken: set[str] = set()

    def __call__(self, photo: str) -> Path:
        stem = name = Path(photo).stem
        number = 1
        while name.casefold() in self._taken:  # names that differ in case only are one file on some systems
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name.casefold())
        return self._folder / f"{name}.html"


def check_place(option: str, path: Path | None) -> None:
    """UserError where a file cannot be written."""
    if path is None:
        return
    if _is_folder(option, path):
        raise UserError(f"{option}: {path} is a folder. Name a file.")
    folder = Path(os.path.realpath(path)).parent if path.is_symlink() else path.parent
    if not folder.is_dir():
        raise UserError(f"{option}: the folder {folder} does not exist. Make it first.")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise UserError(f"{option}: {path} may not be written. Name another file, or change its permissions.")


def check_unread(option: str, path: Path | None, *read: Path | None) -> None:
    """UserError where a file that is written is a folder, or one that is read."""
    if path is None:
        return
    if _is_folder(option, path):
        raise UserError(f"{option}: {path} is a folder. Name a file.")
    if os.path.realpath(path) in {os.path.realpath(one) for one in read if one}:
        raise UserError(f"{option} would replace {path}, which is read. Name another file.")


def _is_folder(option: str, path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as problem:  # a name that is too long
        raise UserError(f"{option}: {path} cannot be: {problem.strerror}. Name another file.") from None


def _check_apart(options, is_many: bool) -> list[Path]:
    """No file replaces another that is written, or one that is read; the files that are written for all photos.

    Those of the photos themselves are compared here as far as the arguments name photos one by one.
    """
    photos = [photo for photo in options.photos if not PhotoList([photo]).may_be_many]
    read = [*(("the photo", photo) for photo in photos), ("--labels", options.labels)]
    read += [("the list", one) for one in options.photos if one not in photos and os.path.isfile(one)]
    read.append(("--templates", options.templates))
    named = {os.path.realpath(path): what for what, path in read if path}
    for_all = [("--csv", options.csv), ("--geojson", options.geojson)]
    each = [("--map", options.map), ("--html", options.html)]
    names = [(option, _place_each(option, target, is_many)) for option, target in each]
    written = [(option, place(photo)) for option, place in names for photo in photos]
    if len(photos) < len(options.photos):  # of the others the names are not known yet
        written += each
    for option, path in (*written, *for_all):
        if path is None:
            continue
        other = named.setdefault(os.path.realpath(path), option)
        if other != option:
            raise UserError(f"{option} would replace {path}, which is {other} too. Name another file.")
    return [path for _, path in for_all if path is not None]
