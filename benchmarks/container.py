"""The steps of Containerfile without a container's program: `python benchmarks/container.py ROOT`. Linux, as root.

ROOT holds Debian bookworm, as `debootstrap --variant=minbase bookworm ROOT` makes it; apt and pip have to reach their
indexes from there. Builds what Containerfile says in ROOT, then starts the app from it as a container would: as a user
that is a number, as process 1, everything read-only but /tmp and /cache, no network but loopback. Runs the health
check, asks for the page and for a drawn street, looks where it may write, and ends it by SIGTERM. Ends with status 1
where something is not as it should be. `--built` only starts what an earlier run has built.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_SECONDS = 600
NAMESPACES = ("--mount", "--net", "--pid", "--ipc", "--uts")
STREET = "assets/examples/japan.png"
# Run by the container's own Python, in its namespaces.
VISITOR = f"""
import json, os, sys, urllib.request as u
base = "http://127.0.0.1:7860"
page = u.urlopen(base).read()
form = b'--x\\r\\nContent-Disposition: form-data; name="files"; filename="a.png"\\r\\n\\r\\n'
form += open("{STREET}", "rb").read() + b"\\r\\n--x--\\r\\n"
sent = u.Request(base + "/gradio_api/upload", form, {{"content-type": "multipart/form-data; boundary=x"}})
photo = {{"path": json.load(u.urlopen(sent))[0], "meta": {{"_type": "gradio.FileData"}}}}
data = json.dumps({{"data": [photo, "Japan\\nMexico", "", False, "beam", 5, False]}}).encode()
asked = u.Request(base + "/gradio_api/call/locate", data, {{"content-type": "application/json"}})
event = json.load(u.urlopen(asked))["event_id"]
said = u.urlopen(base + "/gradio_api/call/locate/" + event).read().decode().strip().splitlines()
ready = json.load(u.urlopen(base + "/readyz"))
try:
    u.urlopen("http://192.0.2.1/", timeout=3)
    network = True
except OSError:
    network = False
tree = json.loads(said[-1].removeprefix("data: "))[0]["tree"]
found = {{"page": len(page), "event": said[-2], "first": tree[0]["name"], "model": ready, "network": network}}
print(json.dumps(found))
"""
WRITABLE = (
    "import os; print([p for p in ('/', '/app', '/etc', '/opt', '/tmp', '/cache') if os.access(p, os.W_OK)])"
)


@dataclass
class Image:
    """What Containerfile says of the image, besides its files."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "0:0"
    check: list[str] = field(default_factory=list)
    entry: list[str] = field(default_factory=list)

    def command(self, *command: str, user: str = "0:0") -> list[str]:
        """A command in the image's file system."""
        values = [f"{name}={value}" for name, value in self.environment.items()]
        inside = f"cd {self.folder} && exec {shlex.join(['env', *values, *command])}"
        return ["chroot", f"--userspec={user}", str(self.root), "/bin/sh", "-c", inside]


def instructions() -> Iterator[tuple[str, str]]:
    """Containerfile's instructions in order, with what stands after each."""
    lines = [line for line in (ROOT / "Containerfile").read_text().splitlines() if not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            name, _, rest = line.strip().partition(" ")
            yield name, rest.strip()


def make(image: Image, arguments: dict[str, str], is_built: bool) -> None:
    """Carry out each instruction; where all is built already, only those that set something, and COPY."""
    for name, rest in instructions():
        if name in ("ARG", "ENV"):
            for pair in shlex.split(rest):
                key, _, value = pair.partition("=")
                image.environment[key] = arguments.get(key, _filled(value, image.environment))
        elif name == "WORKDIR":
            image.folder = rest
            Path(image.root, rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif name == "COPY":
            *sources, target = shlex.split(rest)
            for source in sources:
                _copy(ROOT / source, Path(image.root, image.folder.lstrip("/"), target))
        elif name == "USER":
            image.user = rest
        elif name == "HEALTHCHECK":
            image.check = json.loads(rest[rest.index("[") :])
        elif name == "ENTRYPOINT":
            image.entry = json.loads(rest)
        elif name == "RUN" and not is_built:
            print(f"RUN {rest[:90]}", flush=True)
            began = time.monotonic()
            subprocess.run(image.command("/bin/sh", "-c", rest), check=True)
            print(f"   {time.monotonic() - began:.0f} s", flush=True)


def _filled(value: str, environment: dict[str, str]) -> str:
    known = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"} | environment
    return re.sub(r"\$(\w+)", lambda name: known.get(name[1], ""), value)


def _copy(source: Path, target: Path) -> None:
    """As COPY does: a folder's content, a file into a folder."""
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyi"))
    else:
        shutil.copy(source, target)


def started(image: Image, user: str, options: list[str]) -> subprocess.Popen:
    """The app as process 1 of namespaces of its own, with a read-only root."""
    root, app = shlex.quote(str(image.root)), shlex.join(image.command(*image.entry, *options, user=user))
    steps = (
        "ip link set lo up",
        f"mount --bind {root} {root}",
        f"mount -t tmpfs -o size=2g,mode=1777 tmpfs {root}/tmp",
        f"mount -t tmpfs -o mode=0775 tmpfs {root}/cache",
        f"mount -t proc proc {root}/proc",
        f"mount --rbind /dev {root}/dev",
        f"mount -o remount,bind,ro {root}",
        f"exec {app}",
    )
    command = ["unshare", *NAMESPACES, "--fork", "--kill-child", "sh", "-ec", " && ".join(steps)]
    return subprocess.Popen(command, env={"PATH": os.environ["PATH"]})


def inside(process: int, image: Image, user: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command where the app runs, as `podman exec` does."""
    enter = ["nsenter", f"--target={process}", "--mount", "--net", "--pid", "--ipc", "--uts"]
    return subprocess.run(
        [*enter, *image.command(*command, user=user)],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )


def child_of(process: subprocess.Popen) -> int:
    """The process that it has forked."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None:
        if found := children.read_text().split():
            return int(found[0])
        time.sleep(0.05)
    sys.exit(f"The app ended with {process.returncode}.")


def walk(image: Image, user: str, options: list[str]) -> None:
    """Start it, visit it, end it."""
    began = time.monotonic()
    unshared = started(image, user, options)
    while inside(child_of(unshared), image, user, *image.check).returncode:
        if unshared.poll() is not None or time.monotonic() > began + LONGEST_SECONDS:
            sys.exit("The health check does not pass.")
        time.sleep(1)
    print(f"healthy after {time.monotonic() - began:.0f} s, as {user}", flush=True)
    app = child_of(unshared)
    status = Path(f"/proc/{app}/status").read_text()
    found = dict(re.findall(r"^(Uid|Gid|NSpid):\s+(.*)$", status, re.MULTILINE))
    visit = inside(app, image, user, "python", "-c", VISITOR)
    print(visit.stdout or visit.stderr, flush=True)
    said = json.loads(visit.stdout)
    writable = inside(app, image, user, "python", "-c", WRITABLE).stdout.strip()
    print(f"may write: {writable}; process {found}", flush=True)
    os.kill(app, signal.SIGTERM)
    ended = time.monotonic()
    status_at_end = unshared.wait(30)
    print(f"ended with {status_at_end} after {time.monotonic() - ended:.1f} s", flush=True)
    uid = user.partition(":")[0]
    is_well = (
        (said["event"], said["first"], said["network"]) == ("event: complete", "Japan", False)
        and writable == "['/tmp', '/cache']"
        and found["Uid"].split() == [uid] * 4
        and status_at_end == 0
    )
    if not is_well:
        sys.exit("Something of this is not as it should be.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("--built", action="store_true")
    parser.add_argument("--user", default="54321:0", help="any number, in group 0")
    parser.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("options", nargs="*", help="of app.py, after --")
    options = parser.parse_args()
    image = Image(options.root.resolve())
    make(image, dict(one.split("=", 1) for one in options.build_arg), options.built)
    walk(image, options.user, options.options)


if __name__ == "__main__":
    main()
