"""What a person wears: which meshes, and where sleeves, hems and waist end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posetrack.synthetic.humans.library import HumanLibrary

# Garment coordinates. Along an arm: 0 shoulder, 1 elbow, 2 wrist. Along the height: 0 ankle, 1 knee, 2 hip, 3 neck,
# 4 crown.
FULL_SLEEVE, FULL_LEG = 3.0, -1.0
_MALE_HAIR = ("short", "afro")


@dataclass(frozen=True)
class Outfit:
    """Clothes and hair.

    Attributes:
        suit: a garment with top and trousers, or None if cloth follows the body's own surface.
        shoes: a garment, or None (barefoot or in socks).
        hair: a garment, or None (bald or cropped).
        hat: a garment, or None.
        skirt: whether a skirt is worn over the rest.
        sleeve: arm coordinate at which the top ends; below 0 for no sleeves.
        hem: height coordinate at which trousers end.
        waist: height coordinate at which the top ends.
        neckline: height coordinate at which the top begins.
        skirt_hem: height coordinate at which a skirt ends.
        looseness: distance of cloth from the body surface, decimetres.
        bare_chest: whether no top is worn.
        gloves: whether the hands are covered.
        socks: height coordinate up to which the feet are covered, with or without shoes.
        scalp: from 0 (bald) to 1 (cropped hair on the whole scalp).
        beard: amount of beard, 0 to 1.
    """

    suit: str | None
    shoes: str | None
    hair: str | None
    hat: str | None
    skirt: bool
    sleeve: float
    hem: float
    waist: float
    neckline: float
    skirt_hem: float
    looseness: float
    bare_chest: bool
    gloves: bool
    socks: float
    scalp: float
    beard: float

    @classmethod
    def random(cls, rng: np.random.Generator, library: HumanLibrary, male: bool) -> Outfit:
        """Sample an outfit as seen in a street, on a sports ground or on a beach."""
        u = rng.uniform
        suited = rng.random() < 0.6
        suits = [g.name for g in library.garments_of("suit") if g.name.startswith("male") == male or rng.random() < 0.2]
        hair = [g.name for g in library.garments_of("hair") if not male or g.name.startswith(_MALE_HAIR) or u() < 0.08]
        skirt = not male and bool(u() < 0.22)
        beach = not suited and u() < 0.12
        return cls(
            suit=str(rng.choice(suits)) if suited and suits else None,
            shoes=str(rng.choice([g.name for g in library.garments_of("shoes")])) if u() < 0.88 and not beach else None,
            hair=str(rng.choice(hair)) if u() < (0.8 if male else 0.95) else None,
            hat=str(rng.choice([g.name for g in library.garments_of("hat")])) if u() < 0.08 else None,
            skirt=skirt,
            sleeve=_sleeve(rng, suited),
            hem=float(u(1.3, 1.9)) if beach or (skirt and u() < 0.8) else _hem(rng, suited),
            waist=float(u(1.72, 2.1) if suited else u(1.85, 2.38)),
            neckline=float(u(2.88, 3.1)),
            skirt_hem=float(rng.choice((u(0.0, 0.7), u(0.8, 1.5)), p=(0.35, 0.65))),
            looseness=0.02 if beach else float(rng.choice((0.03, u(0.05, 0.22)))),
            bare_chest=beach and male,
            gloves=bool(u() < 0.05),
            socks=float(u(0.05, 0.9)) if u() < 0.5 else -1.0,
            scalp=float(u(0.0, 1.0) > 0.3),
            beard=float(u(0.2, 1.0)) if male and u() < 0.35 else 0.0,
        )


def _sleeve(rng: np.random.Generator, suited: bool) -> float:
    lengths = (FULL_SLEEVE, rng.uniform(0.35, 0.95), rng.uniform(1.0, 1.7), -0.5)
    shares = (0.7, 0.2, 0.08, 0.02) if suited else (0.4, 0.35, 0.1, 0.15)
    length = float(rng.choice(lengths, p=shares))
    return length if suited or length < FULL_SLEEVE else float(rng.uniform(1.9, 2.05))


def _hem(rng: np.random.Generator, suited: bool) -> float:
    length = float(rng.choice((FULL_LEG, rng.uniform(0.95, 1.7), rng.uniform(0.2, 0.9)), p=(0.66, 0.24, 0.1)))
    return length if suited or length > FULL_LEG else float(rng.uniform(-0.05, 0.1))
