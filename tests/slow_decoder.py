"""A stand-in for decode_worker.py that sleeps, ends or no longer listens where a photo says so, and else decodes."""

import atexit
import os
import sys
import time

from streetclip_demo.photos import decode_worker


def main() -> None:
    real = decode_worker.decode

    def decode(data: bytes, name: str):
        if data.startswith(b"sleep "):
            time.sleep(float(data.split()[1]))
            raise OSError("slept well")
        if data == b"end":
            sys.exit(1)
        if data == b"last":  # answered; then nobody listens any more, and yet the process is not gone
            atexit.register(time.sleep, 60)
            os.close(sys.stdin.fileno())
            raise OSError("the last one")
        return real(data, name)

    decode_worker.decode = decode
    decode_worker.main()


if __name__ == "__main__":
    main()
