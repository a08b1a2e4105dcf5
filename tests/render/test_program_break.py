"""Two allocators in one process: only one of them may move the end of the data segment."""

from __future__ import annotations

import subprocess
import sys

import pytest

_NODES_IN_DATA_SEGMENT = """
from panda3d.core import PandaNode
from explorer.render.program_break import leave_break_to_glibc

def share():
    nodes = [PandaNode("") for _ in range(20_000)]
    line = next(line for line in open("/proc/self/maps") if line.rstrip().endswith("[heap]"))
    low, high = (int(end, 16) for end in line.split()[0].split("-"))
    kept.append(nodes)
    return sum(low <= node.this < high for node in nodes) / len(nodes)

kept = []
before = share()
leave_break_to_glibc()
print(before, share())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere no other allocator moves it")
def test_panda3d_takes_its_memory_where_the_c_library_does_not() -> None:
    """Workers crash the program now and then otherwise: `sbrk` has no lock that both would know."""
    run = subprocess.run([sys.executable, "-c", _NODES_IN_DATA_SEGMENT], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr
    before, afterwards = (float(word) for word in run.stdout.split())
    assert before > 0.9, "Panda3D no longer moves the end of the data segment: nothing need be done about it"
    assert afterwards < 0.1, "but for what was free there"
