"""How many cores torch computes with. What one core adds up and what two do differs in the last bits."""

import torch

CORES = torch.get_num_threads()  # as the machine or OMP_NUM_THREADS has it, before anything here takes fewer


def take_cores(most: int = CORES) -> None:
    """Have torch compute with so many in this thread, and in threads in which it has not computed yet."""
    torch.set_num_threads(most)
