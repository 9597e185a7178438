#!/usr/bin/env bash
# A context manager made of a generator keeps the frames of an error that it swallowed or replaced, and all that they hold.
#
# Expected: `@contextlib.contextmanager` and a class with __exit__ do the same. When the error is gone, so are the frames in which it was raised, and
# with the last reference their pixels and tensors: after "out of memory" there is room to try with less.
# Seen: so it is on Python 3.11 and on 3.15. On 3.12, 3.13 and 3.14 they live until the garbage collector happens to come by, which counts objects, not
# bytes: three failed tries hold three photos. A generator's frame that has ended still names its caller there (f_back), and the caller is
# contextlib's __exit__, which holds the error, whose traceback has the generator's frame: a circle. A class has none of it.
# Five builds of CPython come from npm (Pyodide, in Node.js); pythons of this machine that go by the names of these versions are asked as well.
set -euo pipefail
command -v npm >/dev/null || { echo "Node.js 20 or newer with npm is needed, as Debian's npm." >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund 3.11@npm:pyodide@0.25.1 3.12@npm:pyodide@0.27.7 3.13@npm:pyodide@0.28.3 \
    3.14@npm:pyodide@314.0.7 3.15@npm:pyodide@315.0.0-alpha.2
cat >try.py <<'PY'
import contextlib
import platform
import sys
import weakref


class Photo(bytearray):
    """Something large of which one can tell whether it is still there."""


class NoMemory(Exception):
    """What the program says of the error."""


@contextlib.contextmanager
def replacing():
    try:
        yield
    except MemoryError:
        raise NoMemory from None


@contextlib.contextmanager
def swallowing():
    try:
        yield
    except MemoryError:
        pass


class Replacing:
    def __enter__(self):
        pass

    def __exit__(self, kind, error, trace):
        if kind is MemoryError:
            raise NoMemory from None


def fail(photos):
    photo = Photo(10_000_000)
    photos.append(weakref.ref(photo))
    raise MemoryError


def tried(manager, photos):
    try:
        with manager():
            fail(photos)
    except NoMemory:
        pass


def held(manager):
    """How many megabytes are there after three tries, of which nothing is wanted any more."""
    photos = []
    for _ in range(3):
        tried(manager, photos)
    return sum(len(photo()) for photo in photos if photo()) // 1_000_000


seen = {manager.__name__: held(manager) for manager in (replacing, swallowing, Replacing, lambda: contextlib.suppress(MemoryError))}
kept = 30 if (3, 12) <= sys.version_info < (3, 15) else 0
is_so = list(seen.values()) == [kept, kept, 0, 0]
print(f"{platform.python_version():10}MB held: generator that replaces {seen['replacing']}, that swallows {seen['swallowing']},",
      f"class {seen['Replacing']}, contextlib.suppress {seen['<lambda>']}{'' if is_so else '   This has changed.'}")
if not is_so:
    raise SystemExit(1)
PY
cat >try.mjs <<'JS'
import { readFileSync } from "node:fs";
const { loadPyodide } = await import(process.argv[2]);
const python = await loadPyodide();
try {
  python.runPython(readFileSync("try.py", "utf8"));
} catch (error) {
  if (!String(error).includes("SystemExit")) console.error(String(error));
  process.exitCode = 1;
}
JS
status=0
for version in 3.11 3.12 3.13 3.14 3.15; do
    node try.mjs "$version" || status=1
    if command -v "python$version" >/dev/null; then "python$version" try.py || status=1; fi
done
exit $status
