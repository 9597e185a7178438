"""A stand-in for decode_worker.py that sleeps or ends where a photo's bytes say so, and else decodes."""

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
        return real(data, name)

    decode_worker.decode = decode
    decode_worker.main()


if __name__ == "__main__":
    main()
