"""Which of its instructions numpy is to leave alone on the processor at hand.

The wide sorting of numpy writes with an instruction (a compressed store to memory) that processors of the kind Zen 4
take a hundred cycles for: sorting takes five to seven times what it does with half as wide instructions
(numpy/x86-simd-sort#6, numpy/numpy#32690). Loading a tile sorts its corners and edges, importing a city much more. In
turn exponentials and logarithms of doubles take longer there; nothing here takes many.
"""

from __future__ import annotations

import os
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_VARIABLE = "NPY_DISABLE_CPU_FEATURES"
_OF_FAMILY_25 = (range(0x10, 0x20), range(0x60, 0x80), range(0xA0, 0xB0))
"""Models of AMD's family 25 that are Zen 4; the others are Zen 3, which has no such instructions, and 26 is Zen 5."""
_ENOUGH = 2000
"""Bytes that tell of the first processor; those that follow are like it."""


def sort_well() -> None:
    """Tell numpy, before it is imported, what to leave alone; where somebody has told it something, that holds."""
    if _VARIABLE not in os.environ and is_slow_at_wide_sorts(_described()):
        os.environ[_VARIABLE] = " ".join(_wide_features())


def is_slow_at_wide_sorts(described: str) -> bool:
    """Whether that is Zen 4: by the start of Linux's /proc/cpuinfo, or Windows' PROCESSOR_IDENTIFIER."""
    found = re.search(r"\bFamily (\d+) Model (\d+)\b", described) or re.search(
        r"cpu family\s*:\s*(\d+)\s+model\s*:\s*(\d+)", described
    )
    if found is None or "AuthenticAMD" not in described:
        return False
    family, model = int(found[1]), int(found[2])
    return family == 25 and any(model in models for models in _OF_FAMILY_25)


def _described() -> str:
    try:
        with Path("/proc/cpuinfo").open(encoding="ascii", errors="replace") as file:
            return file.read(_ENOUGH)
    except OSError:
        return os.environ.get("PROCESSOR_IDENTIFIER", "")


def _wide_features() -> tuple[str, ...]:
    """As the numpy that is installed calls them: it warns of names that it does not know."""
    try:
        major, minor = version("numpy").split(".")[:2]
    except PackageNotFoundError:  # somewhere on the path, without having been installed
        return ()
    return ("X86_V4", "AVX512_ICL") if (int(major), int(minor)) >= (2, 4) else ("AVX512_SKX", "AVX512_ICL")
