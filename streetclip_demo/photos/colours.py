"""The colours that a file means, as sRGB: by its ICC profile, by code points (ITU-T H.273), by a PNG's own numbers.

What is brighter than white is toned down as Chromium does it, in which the page's pictures were compared.
"""

import io
import itertools
from collections.abc import Callable

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
VIDEO = (1, 6, 14, 15)  # BT.709 and alike
POWERS = {4: 2.2, 5: 2.8} | dict.fromkeys(VIDEO, 2.4)  # of light; video is shown as by ITU-R BT.1886
LIKE_SRGB = (2, SRGB)  # the first: not said
WHITE_NITS, PEAK_NITS = 203, 1000  # of pictures brighter than white: by ITU-R BT.2408, and as most are made
HLG_GAMMA = 1.2  # of the whole way from scene to display, at PEAK_NITS (ITU-R BT.2100)
LUMINANCE = (0.2627, 0.6780, 0.0593)  # of BT.2020's red, green and blue
USUAL_GAMMA = 1 / 2.2  # of files: browsers take it for sRGB's curve
BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))


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
    if primaries not in PRIMARIES or transfer not in (*LIKE_SRGB, *POWERS, PQ, HLG, LINEAR):
        return None
    if primaries == 1 and transfer in LIKE_SRGB:
        return None
    linear = _linear(transfer, np.arange(256) / 255)
    tone = {PQ: _toned_down, HLG: _displayed}.get(transfer)
    return _converter(linear, _to_xyz(PRIMARIES[primaries]), tone)


def from_gamma(gamma: float, primaries: tuple | None, white: tuple[float, float] = D65) -> ToRgb | None:
    """The same for a PNG that says of what power of light its numbers are, and perhaps what red, green and blue are.

    Parameters
    ----------
    gamma : float
        1 / 2.2 or so for most.
    primaries : tuple of three (x, y), optional
        Chromaticities of red, green and blue; sRGB's otherwise.
    white : (x, y)
    """
    is_usual = abs(gamma - USUAL_GAMMA) < 0.01
    if not 0.01 < gamma < 10 or (is_usual and primaries is None):
        return None
    signal = np.arange(256) / 255
    linear = _linear(SRGB, signal) if is_usual else signal ** (1 / gamma)
    try:
        return _converter(linear, _adapted(_to_xyz(primaries or PRIMARIES[1], white), white))
    except (np.linalg.LinAlgError, ZeroDivisionError):  # numbers that are no colours
        return None


def _converter(linear: np.ndarray, to_xyz: np.ndarray, tone: Callable | None = None) -> ToRgb:
    """From light by level (256,), and a matrix (3, 3) to CIE XYZ under D65."""
    light_of = linear.astype(np.float32)
    matrix = np.linalg.solve(_to_xyz(PRIMARIES[1]), to_xyz).astype(np.float32)

    def to_srgb(part: Image.Image) -> Image.Image:
        light = light_of[np.asarray(part)]  # (height, width, 3)
        light = np.clip((tone(light) if tone else light) @ matrix.T, 0, 1)
        return Image.fromarray((255 * _encoded(light) + 0.5).astype(np.uint8))

    return to_srgb


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    if mode != "RGB":
        return False
    cube = bytes(itertools.chain(*itertools.product(range(0, 256, 51), repeat=3)))  # 216 colours
    colours = Image.frombytes("RGB", (216, 1), cube)
    moved = np.asarray(transform.apply(colours)).astype(int) - np.asarray(colours)
    return bool(np.abs(moved).max() <= 1)


def _to_xyz(primaries: tuple, white: tuple[float, float] = D65) -> np.ndarray:
    """The matrix from linear RGB with these primaries to CIE XYZ, shape (3, 3)."""
    columns = np.array([_xyz(each) for each in primaries]).T
    return columns * np.linalg.solve(columns, _xyz(white))


def _xyz(chromaticity: tuple[float, float]) -> tuple[float, float, float]:
    x, y = chromaticity
    return x / y, 1, (1 - x - y) / y


def _adapted(to_xyz: np.ndarray, white: tuple[float, float]) -> np.ndarray:
    """A matrix to CIE XYZ under another white (x, y) as one to CIE XYZ under D65."""
    cones = np.array(BRADFORD)
    return np.linalg.solve(cones, ((cones @ _xyz(D65)) / (cones @ _xyz(white)))[:, None] * (cones @ to_xyz))


def _linear(transfer: int, signal: np.ndarray) -> np.ndarray:
    """Light, 1 for white, of a signal from 0 to 1; of HLG that of the scene, 1 for the brightest."""
    if transfer == LINEAR:
        return signal
    if transfer == PQ:  # SMPTE ST 2084
        root = signal ** (1 / 78.84375)
        light = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
        return light ** (1 / 0.1593017578125) * (10_000 / WHITE_NITS)
    if transfer == HLG:  # ARIB STD-B67
        bright = (np.exp((signal - 0.55991073) / 0.17883277) + 0.28466892) / 12
        return np.where(signal <= 0.5, signal**2 / 3, bright)
    if transfer in POWERS:
        return signal ** POWERS[transfer]
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)


def _displayed(scene: np.ndarray) -> np.ndarray:
    """Light of a scene by HLG, shape (..., 3), as a display of PEAK_NITS shows it, toned down."""
    luminance = (scene @ np.array(LUMINANCE, np.float32))[..., None]
    return _toned_down(scene * luminance ** (HLG_GAMMA - 1) * (PEAK_NITS / WHITE_NITS))


def _toned_down(light: np.ndarray) -> np.ndarray:
    """Light, shape (..., 3), of which PEAK_NITS become white; colours keep their hue.

    The curve that SMPTE ST 2094-50 takes where a file brings none: a line to half of white, then a parabola.
    """
    most = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    start, middle, end = (1, 0.5), (1.65, 0.825), (PEAK_NITS / WHITE_NITS, 1)
    square, slope = start[0] - 2 * middle[0] + end[0], 2 * (middle[0] - start[0])
    along = (np.sqrt(slope**2 + 4 * square * np.clip(most - 1, 0, end[0] - 1)) - slope) / (2 * square)
    curve = (1 - along) ** 2 * start[1] + 2 * along * (1 - along) * middle[1] + along**2 * end[1]
    return light * np.where(most < 1, 0.5, curve / most)


def _encoded(light: np.ndarray) -> np.ndarray:
    """sRGB's signal for light from 0 to 1."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
