"""The command line.

``python -m streetclip_demo locate PHOTO...`` prints where each may have been taken, ``explain PHOTO``
which regions of it raised that, ``what-if PHOTO`` what it would be without a part; ``record LESSON.json`` writes
a model's answers into a lesson; ``evaluate DATASET`` compares answers with true positions, and ``ablate DATASET``
settings with one another; ``calibrate DATASET`` fits a temperature; ``streets FOLDER`` tells streets from other
pictures; ``models`` says what each takes on the disk, and removes it; ``doctor`` says what on this machine may keep the
app from working.
"""

import errno
import io
import os
import signal
import sys
from collections.abc import Sequence

from streetclip_demo.cli.ablate import ablate
from streetclip_demo.cli.calibrate import calibrate
from streetclip_demo.cli.commands import command_parser
from streetclip_demo.cli.evaluate import evaluate
from streetclip_demo.cli.explain import explain, what_if
from streetclip_demo.cli.locate import locate
from streetclip_demo.cli.models import models
from streetclip_demo.cli.record import record
from streetclip_demo.cli.streets import streets
from streetclip_demo.cli.terminal import complain_plainly
from streetclip_demo.errors import UserError
from streetclip_demo.surroundings import prepare


def _doctor(options) -> int:
    from streetclip_demo.cli.doctor import doctor  # which looks at the environment before it prepares it

    return doctor(options)


COMMANDS = {
    "locate": locate,
    "explain": explain,
    "what-if": what_if,
    "evaluate": evaluate,
    "ablate": ablate,
    "calibrate": calibrate,
    "streets": streets,
    "record": record,
    "models": models,
    "doctor": _doctor,
}
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    options = command_parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 shows "?" for what it lacks
    try:
        if options.command != "doctor":  # which looks at this itself, and says what else is wrong
            prepare()  # before the libraries are imported that load a model
        status = COMMANDS[options.command](options)
        sys.stdout.flush()
    except UserError as error:
        return complain_plainly(error)
    except BrokenPipeError:  # the reader has seen enough, as with "| head"
        _forget_output()
        return 0
    except OSError as error:  # of "> FILE"; files that are asked for by name complain for themselves
        if error.errno not in FULL:
            raise
        _forget_output()
        return complain_plainly(f"Standard output cannot be written: {error.strerror}.")
    except KeyboardInterrupt:
        return 130
    return status


def _forget_output() -> None:
    """Nothing is written at the end, where Python writes what is left."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as with Ctrl+C, files keep what they had
    sys.exit(main())
