"""The colours that a file means, as sRGB: by its ICC profile, or by the code points of video (ITU-T H.273)."""

import io
import itertools

import numpy as np
from PIL import Image, ImageCms

from streetclip_demo.photos.upright_rgb import ToRgb

# H.273's code points for primaries -> chromaticities of red, green, blue; all with the white of D65
PRIMARIES = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),  # sRGB, BT.709
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),  # BT.2020
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # Display P3
}
D65 = (0.3127, 0.3290)
SRGB, PQ, HLG, LINEAR = 13, 16, 18, 8
LIKE_SRGB = (1, 2, 6, 13, 14, 15)  # video's own curves; viewers show them as sRGB's
PQ_WHITE_NITS = 203  # diffuse white, by ITU-R BT.2408


def from_profile(profile: bytes | None, mode: str) -> ToRgb | None:
    """What turns parts of a picture of this mode ("RGB", "L" or "CMYK") into sRGB by its ICC profile.

    None where there is no profile, it fits not the picture, it is damaged, or changes no colour by more than a level.
    """
    if not profile or mode not in ("RGB", "L", "CMYK"):
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
        is_plain = _changes_nothing(transform, mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None

    def to_srgb(part: Image.Image) -> Image.Image:
        converted = transform.apply(part)
        converted.info = {}  # the profile would go wherever the picture is written
        return converted

    return None if is_plain else to_srgb


def from_code_points(primaries: int, transfer: int) -> ToRgb | None:
    """What turns parts of an RGB picture with these code points into sRGB; None where they are sRGB's or unknown."""
    if primaries not in PRIMARIES or transfer not in (*LIKE_SRGB, PQ, HLG, LINEAR):
        return None
    if primaries == 1 and transfer in LIKE_SRGB:
        return None
    linear = _linear(transfer, np.arange(256) / 255).astype(np.float32)  # (256,)
    matrix = np.linalg.solve(_to_xyz(PRIMARIES[1]), _to_xyz(PRIMARIES[primaries])).astype(
        np.float32
    )  # (3, 3)

    def to_srgb(part: Image.Image) -> Image.Image:
        light = np.clip(linear[np.asarray(part)] @ matrix.T, 0, 1)  # (height, width, 3)
        return Image.fromarray((255 * _encoded(light) + 0.5).astype(np.uint8))

    return to_srgb


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    if mode != "RGB":
        return False
    cube = bytes(itertools.chain(*itertools.product(range(0, 256, 51), repeat=3)))  # 216 colours
    colours = Image.frombytes("RGB", (216, 1), cube)
    moved = np.asarray(transform.apply(colours)).astype(int) - np.asarray(colours)
    return bool(np.abs(moved).max() <= 1)


def _to_xyz(primaries: tuple) -> np.ndarray:
    """The matrix from linear RGB with these primaries to CIE XYZ, shape (3, 3)."""
    columns = np.array([(x / y, 1, (1 - x - y) / y) for x, y in primaries]).T
    x, y = D65
    return columns * np.linalg.solve(columns, (x / y, 1, (1 - x - y) / y))


def _linear(transfer: int, signal: np.ndarray) -> np.ndarray:
    """Light, 1 for white, of a signal from 0 to 1."""
    if transfer == LINEAR:
        return signal
    if transfer == PQ:  # SMPTE ST 2084
        root = signal ** (1 / 78.84375)
        light = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
        return light ** (1 / 0.1593017578125) * (10_000 / PQ_WHITE_NITS)
    if transfer == HLG:  # ARIB STD-B67: made so that it may be shown as it is
        return _linear(SRGB, np.minimum(signal / 0.75, 1))
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)


def _encoded(light: np.ndarray) -> np.ndarray:
    """sRGB's signal for light from 0 to 1."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
