"""What the town and its streets are called."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

TOWNS = ("Havenrijk", "Oudehaven", "Zoutdam", "Maasrijk", "Schippersveer", "Nieuwhaven", "Waterdrecht", "Ankerveen")
_STEMS = """
    Haven Visser Anker Schipper Zeil Mast Kompas Loods Baken Touw Zout Haring Meeuw Reiger Zwaan Eend Wilgen Linden
    Iepen Kastanje Beuken Elzen Populier Tulpen Lelie Rozen Klaver Molen Kerk Toren School Raadhuis Waag Brug Poort
    Wal Gracht Singel Dijk Sluis Polder Weide Boom Tuin Bleek Markt Kaas Boter Koren Bakker Smid Kuiper Wever Lak
    Turf Oranje Willem Juliana Emma Wilhelmina Tromp Piet_Hein Rembrandt Vermeer Spinoza Erasmus Leeghwater Huygens
    Stevin Oost West Noord Zuid Nieuwe Oude Lange Korte Hoge Lage
"""
STEMS = tuple(stem.replace("_", " ") for stem in _STEMS.split())
ENDINGS = {
    "main": ("weg", "straat", "laan"), "ring": ("singel", "ring"), "quay": ("kade",), "market": ("markt",),
    "edge": ("dijk", "pad"), "street": ("straat", "laan"), "lane": ("straat", "steeg", "hof", "gang"),
}  # fmt: skip
ORDINALS = ("", "Tweede ", "Derde ", "Vierde ", "Vijfde ")


def town_name(seed: int) -> str:
    """The town of this seed; the first one is Havenrijk."""
    return TOWNS[(seed - 1) % len(TOWNS)]


def street_names(ranks: Sequence[str], rng: np.random.Generator) -> list[str]:
    """A name of its own for every street, fitting its rank."""
    names: list[str] = []
    decks: dict[str, list[str]] = {}
    for rank in ranks:
        if rank == "market" and "Grote Markt" not in names:
            names.append("Grote Markt")
            continue
        if not decks.get(rank):
            decks[rank] = _deck(rank, names, rng)
        names.append(decks[rank].pop())
    return names


def _deck(rank: str, taken: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Shuffled free names; further rounds get ordinals, then numbers, so that a town of any size finds some."""
    used = set(taken)
    for round_ in range(10_000):
        first = ORDINALS[round_] if round_ < len(ORDINALS) else ""
        last = "" if round_ < len(ORDINALS) else f" {round_ - len(ORDINALS) + 2}"
        free = [f"{first}{stem}{end}{last}" for stem in STEMS for end in ENDINGS[rank]]
        free = [
            name for name in free if name not in used and not name.endswith(("kerkkerk", "dijkdijk", "singelsingel"))
        ]
        if free:
            return [free[k] for k in rng.permutation(len(free))]
    return []
