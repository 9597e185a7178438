"""What doctor looks at on any machine: Python, packages, folders, memory, ports, the GPU. Knows no model."""

import contextlib
import importlib.metadata
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.request import getproxies

from packaging.requirements import Requirement

from streetclip_demo.cli.finding import Finding, gigabytes, problem, warning
from streetclip_demo.own_files import ROOT
from streetclip_demo.surroundings import without_password

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]  # a module, or none

OLDEST_PYTHON = (3, 11)
UPLOADS_BYTES = 10**9  # of all uploads together
NEEDED_MEMORY = 2.2e9  # StreetCLIP in bfloat16, with its page
FURTHER_MODEL = 1.7e9  # in float32
MANY_FILES = 1024  # a class of 40 holds some hundred connections
USUAL_PORTS = range(7860, 7960)
ASK_SECONDS = 5


def python() -> Finding:
    """Its version."""
    said = f"{sys.version.split()[0]} ({sys.executable})"
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("Python", "ok", said)
    wanted = ".".join(map(str, OLDEST_PYTHON))
    return problem("Python", f"{said} is too old.", f"Install Python {wanted} or newer.")


def packages(folder: Path = ROOT) -> Iterator[Finding]:
    """What requirements.txt names, against what is installed: one line if all is well, else one for each."""
    requirements = list(_requirements(folder / "requirements.txt"))
    wrong = [found for one in requirements if (found := _compared(one)) is not None]
    yield from wrong or [
        Finding("packages", "ok", f"{len(requirements)} of {len(requirements)} as required.")
    ]


def _requirements(path: Path) -> Iterator[Requirement]:
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text and not text.startswith("-"):
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate():
                yield requirement


def _compared(wanted: Requirement) -> Finding | None:
    do = "Run: pip install -r requirements.txt"
    try:
        version = importlib.metadata.version(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        return problem("packages", f"{wanted.name} is missing.", do)
    if wanted.specifier.contains(version, prereleases=True):
        return None
    said = f"{wanted.name} {version} is installed, and {wanted.specifier} is what the app is tested with."
    return warning("packages", said, do)


def proxies() -> Finding:
    """Through which proxies requests go."""
    named = {kind: without_password(address) for kind, address in getproxies().items() if kind != "no"}
    if not named:
        return Finding("proxies", "ok", "none is set.")
    return Finding("proxies", "ok", ", ".join(f"{kind}_proxy {address}" for kind, address in named.items()))


def temporary_folder() -> Finding:
    """Where uploads go: whether they can."""
    what, do = "temporary folder", "Let TMPDIR name a folder that may be written, with 1 GB free."
    try:
        folder = Path(tempfile.gettempdir())
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(65_536))
    except OSError as error:
        return problem(what, f"nothing can be written there ({error.strerror}).", do)
    free = shutil.disk_usage(folder).free
    if free < UPLOADS_BYTES:
        return warning(what, f"{folder} has {gigabytes(free)} free; uploads may take 1 GB.", do)
    return Finding(what, "ok", f"{folder}, {gigabytes(free)} free.")


def memory(models: int = 1) -> Finding:
    """What there is for so many models."""
    size, needed = _memory_bytes(), NEEDED_MEMORY + (models - 1) * FURTHER_MODEL
    if size is None:
        return Finding("memory", "ok", "how much there is, this system does not tell.")
    if size < needed and models > 1:
        said = f"{gigabytes(size)}; {models} models together take up to {gigabytes(needed)}."
        return warning("memory", said, "Give the machine or container more, or name fewer models.")
    if size < needed:
        said = f"{gigabytes(size)}; StreetCLIP takes up to {gigabytes(needed)}."
        return warning("memory", said, "Give the machine or container more, or start with --model practice.")
    return Finding("memory", "ok", f"{gigabytes(size)}.")


def _memory_bytes() -> int | None:
    """Of the machine, or of the container where that has less."""
    sizes = []
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        sizes.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):  # there is none, or it is "max"
            sizes.append(int(Path("/sys/fs/cgroup", name).read_text()))
    return min(sizes, default=None)


def open_files() -> Finding:
    """How many connections and files the process may have."""
    if resource is None:
        return Finding("open files", "ok", "this system sets no limit.")
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= most < MANY_FILES:
        return warning(
            "open files", f"at most {most}; each visitor takes a few.", f"Run: ulimit -n {MANY_FILES}"
        )
    return Finding("open files", "ok", f"at most {most:,}." if most >= 0 else "no limit.")


def port(wanted: int | None) -> Finding:
    """Whether the page can listen."""
    free = next((one for one in ([wanted] if wanted else USUAL_PORTS) if _is_free(one)), None)
    if free is not None:
        return Finding("port", "ok", f"{free} is free.")
    where = str(wanted) if wanted else f"{USUAL_PORTS[0]} to {USUAL_PORTS[-1]}"
    return problem("port", f"{where} is taken by another program.", "End it, or choose another with --port.")


def _is_free(number: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", number)):
            return True
    except (OSError, OverflowError):
        return False


def fonts() -> Finding:
    """The app draws no text itself: browsers do. One on this machine needs the letters of Japanese."""
    if shutil.which("fc-list") and not _said(["fc-list", ":lang=ja"]):
        said = "a browser on this machine would show boxes for Japanese names; visitors' own browsers do not."
        return warning("fonts", said, "Install a font that has them, as Debian's fonts-noto-cjk.")
    return Finding("fonts", "ok", "the app needs none; a browser draws the page with its own.")


def graphics() -> Finding:
    """A GPU, its driver, and whether PyTorch is built for it."""
    try:
        build = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return problem("GPU", "PyTorch is missing.", "Run: pip install -r requirements.txt")
    if not shutil.which("nvidia-smi"):
        return Finding("GPU", "ok", f"no NVIDIA driver; PyTorch {build} computes on the processor.")
    cards = _said(["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"])
    if not cards:
        return warning(
            "GPU", "its driver does not answer (nvidia-smi).", "Start the machine again, or renew the driver."
        )
    said = f"{'; '.join(cards.splitlines())}; PyTorch {build}."
    if build.endswith("+cpu"):
        do = "Install the build for your driver's CUDA from pytorch.org."
        return warning("GPU", f"{said} This build computes on the processor only.", do)
    return Finding("GPU", "ok", said)


def _said(command: list[str]) -> str:
    """What a program prints; "" where it fails or takes long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ASK_SECONDS, errors="replace")
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
