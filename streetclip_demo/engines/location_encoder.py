"""GeoCLIP's location encoder by torch: a point on the globe to an embedding. Knows no photo and no file.

Vivanco Cepeda et al., "GeoCLIP", arXiv 2309.16020: the point is projected (Equal Earth), seen at several scales by
random Fourier features, each of which a small network reads; what they say is added up.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch.nn.functional import linear, normalize

from streetclip_demo.engines.cores import take_cores

# Equal Earth: Savric, Patterson and Jenny, International Journal of Geographical Information Science 33, 2019.
A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
SCALE, HALF_TURN = 66.50336, 180  # as GeoCLIP was trained with
LAYERS = ("capsule.1", "capsule.3", "capsule.5")  # each followed by a ReLU; `capsule.0.b` are the frequencies


class LocationEncoder:
    """A loaded location encoder, on the CPU; of weights by the package's names ("LocEnc0.capsule.1.weight").

    Attributes
    ----------
    dimension : int
        Length of an embedding.
    version : str
        torch's: another one may round otherwise.
    """

    version: str = torch.__version__

    def __init__(self, weights: Mapping[str, np.ndarray]):
        self._weights = {name: torch.from_numpy(np.asarray(array)) for name, array in weights.items()}
        self._scales = sorted({name.partition(".")[0] for name in weights})  # LocEnc0, LocEnc1, ...
        self.dimension = len(self._weights[f"{self._scales[0]}.head.0.bias"])

    def embeddings(self, points: np.ndarray) -> np.ndarray:
        """Embed points.

        Parameters
        ----------
        points : np.ndarray, shape (n, 2)
            (latitude, longitude) in degrees; at most some thousands at once.

        Returns
        -------
        np.ndarray, shape (n, dimension), float32
            Unit length.
        """
        take_cores()
        with torch.inference_mode():
            projected = equal_earth(torch.tensor(points, dtype=torch.float32))  # (n, 2)
            features = torch.zeros(len(points), self.dimension)
            for scale in self._scales:
                features += self._features(scale, projected)
            return normalize(features, dim=1).numpy()

    def _features(self, scale: str, projected: torch.Tensor) -> torch.Tensor:
        """What is seen of projected points (n, 2) at one scale: (n, dimension)."""
        angles = 2 * np.pi * projected @ self._weights[f"{scale}.capsule.0.b"].T  # (n, 256)
        seen = torch.cat((torch.cos(angles), torch.sin(angles)), dim=-1)  # (n, 512)
        for layer in LAYERS:
            seen = torch.relu(self._linear(f"{scale}.{layer}", seen))  # (n, 1024)
        return self._linear(f"{scale}.head.0", seen)

    def _linear(self, name: str, inputs: torch.Tensor) -> torch.Tensor:
        return linear(inputs, self._weights[f"{name}.weight"], self._weights[f"{name}.bias"])


def equal_earth(points: torch.Tensor) -> torch.Tensor:
    """Points (n, 2), as (latitude, longitude) in degrees, on the plane (n, 2), as (x, y), in GeoCLIP's units."""
    latitude, longitude = torch.deg2rad(points).unbind(dim=1)
    root = torch.sqrt(torch.tensor(3.0))
    theta = torch.asin(root / 2 * torch.sin(latitude))
    slope = 9 * A4 * theta**8 + 7 * A3 * theta**6 + 3 * A2 * theta**2 + A1
    x = 2 * root * longitude * torch.cos(theta) / (3 * slope)
    y = A4 * theta**9 + A3 * theta**7 + A2 * theta**3 + A1 * theta
    return torch.stack((x, y), dim=1) * SCALE / HALF_TURN
