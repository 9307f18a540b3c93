"""Materials of a person's surfaces: colours, patterns, gloss."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from posetrack.synthetic.humans.outfit import Outfit

Floats = npt.NDArray[np.float32]
SLOTS = ("skin", "top", "bottom", "shoes", "hair", "hat", "skirt", "socks", "sleeves")
PLAIN, ROWS, COLUMNS, CHECKS, BLOTCHES, PRINT, DENIM, DOTS, SIDE_STRIPE, ZIP, HALVES = range(11)
_PATTERNS = (ROWS, COLUMNS, CHECKS, BLOTCHES, PRINT, DOTS, SIDE_STRIPE, ZIP, HALVES)
# Skin tones from light to dark, mixed linearly, after photographs of Fitzpatrick types I to VI.
_SKIN = np.array([[0.86, 0.64, 0.53], [0.82, 0.59, 0.46], [0.73, 0.49, 0.35], [0.58, 0.37, 0.25], [0.40, 0.24, 0.15],
                  [0.26, 0.16, 0.11]])  # fmt: skip
_HAIR = np.array([[0.05, 0.04, 0.04], [0.14, 0.09, 0.06], [0.28, 0.17, 0.09], [0.50, 0.34, 0.18], [0.75, 0.60, 0.36],
                  [0.42, 0.17, 0.08], [0.55, 0.54, 0.53], [0.85, 0.84, 0.82]])  # fmt: skip
_HAIR_SHARES = (0.3, 0.24, 0.16, 0.08, 0.07, 0.03, 0.07, 0.05)


@dataclass(frozen=True, eq=False)
class Material:
    """Materials of one person's surfaces; S = ``SLOTS``.

    Attributes:
        colors, second: (S, 3) float32 RGB, 0 to 1.
        patterns: (S, 4) float32: kind, frequency, phase, gloss.
        iris: (3,) float32.
        seed: (2,) float32 offset into the noise texture.
        creases: how creased the cloth is, 0 to 1.
    """

    colors: Floats
    second: Floats
    patterns: Floats
    iris: Floats
    seed: Floats
    creases: float

    @classmethod
    def random(cls, rng: np.random.Generator, outfit: Outfit) -> Material:
        """Sample materials; hair and brows share a tone, and sometimes top and trousers share a cloth."""
        count = len(SLOTS)
        colors, second, patterns = np.zeros((count, 3)), np.zeros((count, 3)), np.zeros((count, 4))
        for slot in range(count):
            colors[slot], second[slot], patterns[slot] = _cloth(rng)
        tone = (len(_SKIN) - 1) * rng.uniform(0, 1) ** 1.6
        low = int(tone)
        skin = _SKIN[low] + (tone - low) * (_SKIN[min(low + 1, len(_SKIN) - 1)] - _SKIN[low])
        colors[0], patterns[0] = np.clip(skin * rng.normal(1, 0.05, 3), 0, 1), (PLAIN, 1, 0, rng.uniform(0.02, 0.2))
        hair = _HAIR[rng.choice(len(_HAIR), p=_HAIR_SHARES)] * rng.uniform(0.7, 1.25)
        if rng.random() < 0.04:
            hair = _hsv(rng, (0.3, 1), (0.3, 0.9))
        colors[4], second[4], patterns[4] = hair, hair * rng.uniform(0.65, 0.95), (COLUMNS, rng.uniform(5, 14), 0, rng.uniform(0, 0.35))
        bottom, top, sleeves, socks = (SLOTS.index(n) for n in ("bottom", "top", "sleeves", "socks"))
        if rng.random() < 0.45 and outfit.hem < 1.9:
            blue = np.array([0.16, 0.21, 0.34]) * rng.uniform(0.35, 2.2)
            colors[bottom], second[bottom], patterns[bottom] = blue, blue * 1.5 + 0.06, (DENIM, 1.5, 0, 0.02)
        if rng.random() < 0.12:
            colors[bottom], second[bottom], patterns[bottom] = colors[top], second[top], patterns[top]
        if rng.random() < 0.72:
            colors[sleeves], second[sleeves], patterns[sleeves] = colors[top], second[top], patterns[top]
        if rng.random() < 0.7:
            colors[socks] = rng.choice((0.05, 0.9, 0.5)) * np.ones(3)
        iris = np.array([[0.25, 0.14, 0.07], [0.3, 0.45, 0.6], [0.3, 0.4, 0.2]])[rng.choice(3, p=(0.7, 0.2, 0.1))]
        return cls(
            colors.clip(0, 1).astype(np.float32), second.clip(0, 1).astype(np.float32), patterns.astype(np.float32),
            iris.astype(np.float32), rng.uniform(0, 1, 2).astype(np.float32), float(rng.uniform(0.15, 1.0)),
        )  # fmt: skip


def _hsv(rng: np.random.Generator, saturation: tuple[float, float], value: tuple[float, float]) -> Floats:
    hsv = np.array([[[rng.uniform(0, 360), rng.uniform(*saturation), rng.uniform(*value)]]], dtype=np.float32)
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0], dtype=np.float32)


def random_color(rng: np.random.Generator) -> Floats:
    """(3,) random colour of objects and clothes; half are grey, black, white or muted."""
    if rng.random() < 0.6:
        return _hsv(rng, (0, 0.25), (0.04, 1.0))
    return _hsv(rng, (0.25, 0.9), (0.15, 1.0))


def _dye(rng: np.random.Generator) -> Floats:
    """(3,) random cloth colour: as in a street, mostly dark or grey, some white or beige, the rest any colour."""
    draw = rng.random()
    if draw < 0.34:
        return _hsv(rng, (0, 0.35), (0.03, 0.3))
    if draw < 0.5:
        return _hsv(rng, (0, 0.18), (0.7, 1.0))
    return random_color(rng)


def _cloth(rng: np.random.Generator) -> tuple[Floats, Floats, npt.NDArray[np.float64]]:
    color, second = _dye(rng), _dye(rng)
    kind = int(rng.choice(_PATTERNS)) if rng.random() < 0.42 else PLAIN
    gloss = float(rng.uniform(0.3, 0.9)) if rng.random() < 0.1 else float(rng.uniform(0, 0.12))
    frequency = float(rng.choice((0.5, 1.0, 2.0, 4.0)) * rng.uniform(0.7, 1.4))
    return color, second, np.array([kind, frequency, rng.uniform(0, 1), gloss])
