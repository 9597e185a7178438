"""The GPU of a ZeroGPU Space, which its `spaces` package lends call by call. Imported there and nowhere else.

A call runs in a fork of this process, made for it or left by an earlier call. So all that is to compute has to be here
before the launch; arrays and errors alone cross.
"""

from collections.abc import Callable, Sequence

import numpy as np
import spaces

from streetclip_demo.errors import UserError
from streetclip_demo.page.frame.lent_gpu import refusals_in_words

Inputs = tuple[np.ndarray, ...]
Compute = Callable[[str, Sequence[Inputs]], list[np.ndarray]]

LEAST_SECONDS = 8  # a new fork starts CUDA and takes 1.7 GB of weights there; a photo takes less than one
PASSES_A_SECOND = 50  # fewer than any GPU does of those

COMPUTING: list[Compute] = []  # one for each model; a fork has what was in here before the launch


def seconds_for(model: int, tower: str, runs: Sequence[Inputs]) -> int:
    """What a call is said to take: the host's queue sorts by it, and its end ends the call."""
    return LEAST_SECONDS + len(runs) // PASSES_A_SECOND


@spaces.GPU(duration=seconds_for)
def compute(model: int, tower: str, runs: Sequence[Inputs]) -> list[np.ndarray] | UserError:
    """Forward passes of a model's tower, with a GPU; of other errors than ours the host tells the kind alone."""
    try:
        return COMPUTING[model](tower, runs)
    except UserError as error:
        return error


def on_gpu(computing: Compute) -> Compute:
    """What does the same on the host's GPU; to be called before the launch."""
    model = len(COMPUTING)
    COMPUTING.append(computing)

    def carried_out(tower: str, runs: Sequence[Inputs]) -> list[np.ndarray]:
        with refusals_in_words():
            made = compute(model, tower, runs)
        if isinstance(made, UserError):
            raise made
        return made

    return carried_out
