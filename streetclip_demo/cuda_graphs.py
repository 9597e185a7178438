"""An image tower on CUDA: where Python starts its kernels more slowly than they run, a CUDA graph starts them all."""

import functools
import sys
import threading
from collections.abc import Callable

import torch

from streetclip_demo.towers import ImageTower
from streetclip_demo.trial import is_faster

Features = Callable[[torch.Tensor], torch.Tensor]  # pixels (n, 3, side, side) -> features (n, dimension)


class GraphedTower:
    """Stands in for an ImageTower, for any number of threads.

    Parameters
    ----------
    features : callable
        The tower's own forward, for batches that have no graph.
    graphs : dict of int to callable
        By batch size. Each has one place for its pixels and one for its features, which its next run overwrites.
    """

    def __init__(self, features: Features, graphs: dict[int, Features]) -> None:
        self._features, self.graphs = features, graphs
        self._lock = threading.Lock()

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels (n, 3, side, side) to features (n, dimension)."""
        graph = self.graphs.get(len(pixels))
        if graph is None:
            return self._features(pixels)
        with self._lock:  # until the copy is ordered: the GPU keeps to the order
            return graph(pixels).clone()


def graphed(tower: ImageTower, most: int) -> GraphedTower:
    """A tower on CUDA with graphs for batches of up to `most` photos, as far as they pay here.

    What a GPU does not let record is run without graphs; that is said on stderr.
    """
    weight, side = tower.visual_projection.weight, tower.config.vision.image_size
    graphs: dict[int, Features] = {}
    try:
        with torch.inference_mode(), torch.cuda.device(weight.device), _same_stream_afterwards():
            pixels = torch.zeros((most, 3, side, side), dtype=weight.dtype, device=weight.device)
            record = functools.partial(_record, torch.cuda.graph_pool_handle())
            graphs = graphs_that_pay(tower.forward, pixels, record, torch.cuda.synchronize)
    except RuntimeError as error:
        reason = str(error).partition("\n")[0]
        print(f"CUDA graphs are not used, and nothing else changes ({reason}).", file=sys.stderr)
    return GraphedTower(tower.forward, graphs)


def graphs_that_pay(
    features: Features,
    pixels: torch.Tensor,
    record: Callable[[Features, torch.Tensor], Features],
    wait: Callable[[], object],
) -> dict[int, Features]:
    """Graphs by batch size: of one photo, of two, and so on, until a graph is no faster than the tower's forward.

    From there on the kernels of a batch run longer than it takes to start them.

    Parameters
    ----------
    features : callable
    pixels : torch.Tensor, shape (n, 3, side, side)
        Room for the largest batch; smaller ones use its beginning.
    record : callable
        Makes a graph of `features` and its input.
    wait : callable
        Returns when the device has done its work.
    """
    graphs = {}
    for size in range(1, len(pixels) + 1):
        batch = pixels[:size]
        graph = record(features, batch)
        ways = [functools.partial(_finished, way, batch, wait) for way in (graph, features)]
        if not is_faster(*ways):
            break
        graphs[size] = graph
    return graphs


def _same_stream_afterwards() -> torch.cuda.StreamContext:
    """What fails while it is recorded would leave this thread on the recording's stream."""
    return torch.cuda.stream(torch.cuda.current_stream())


def _record(pool: object, features: Features, pixels: torch.Tensor) -> Features:
    return torch.cuda.make_graphed_callables(features, (pixels,), pool=pool)


def _finished(features: Features, pixels: torch.Tensor, wait: Callable[[], object]) -> None:
    features(pixels)
    wait()
