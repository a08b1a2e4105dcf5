"""Which processors are slow at numpy's wide sorts, and what numpy is told."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from explorer.processor import is_slow_at_wide_sorts

CPUINFO = "processor\t: 0\nvendor_id\t: {vendor}\ncpu family\t: {family}\nmodel\t\t: {model}\nmodel name\t: any\n"
IDENTIFIER = "{name} Family {family} Model {model} Stepping 2, {vendor}"


@pytest.mark.parametrize(
    ("vendor", "family", "model", "is_slow"),
    [
        ("AuthenticAMD", 25, 17, True),  # EPYC 9004
        ("AuthenticAMD", 25, 97, True),  # Ryzen 7000
        ("AuthenticAMD", 25, 116, True),  # Ryzen 7040
        ("AuthenticAMD", 25, 160, True),  # EPYC 97x4
        ("AuthenticAMD", 25, 33, False),  # Ryzen 5000: Zen 3
        ("AuthenticAMD", 26, 68, False),  # Ryzen 9000: Zen 5
        ("GenuineIntel", 6, 143, False),
    ],
)
def test_zen_4_is_told_from_others(vendor: str, family: int, model: int, is_slow: bool) -> None:
    name = "AMD64" if vendor == "AuthenticAMD" else "Intel64"
    for described in (CPUINFO, IDENTIFIER):
        text = described.format(name=name, vendor=vendor, family=family, model=model)
        assert is_slow_at_wide_sorts(text) is is_slow


@pytest.mark.parametrize("described", ["", "processor\t: 0\nBogoMIPS\t: 48.00\n", "ARMv8 (64-bit) Family 8 Model D03"])
def test_of_other_processors_nothing_is_known(described: str) -> None:
    assert not is_slow_at_wide_sorts(described)


def test_numpy_takes_what_it_is_told_and_what_somebody_else_told_it() -> None:
    strictly = platform.machine() in ("x86_64", "AMD64")  # elsewhere numpy says that it has no such instructions
    code = (
        f"import warnings; warnings.simplefilter({'error' if strictly else 'ignore'!r});"
        "import os; import explorer.processor as p;"
        "os.environ['NPY_DISABLE_CPU_FEATURES'] = ' '.join(p._wide_features());"
        "import numpy as np; print(np.sort(np.array([3, 1, 2]))[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "1", done.stderr
    told = {**os.environ, "NPY_DISABLE_CPU_FEATURES": ""}
    code = "import os, explorer; print(repr(os.environ['NPY_DISABLE_CPU_FEATURES']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=told)
    assert done.stdout.strip() == "''"
