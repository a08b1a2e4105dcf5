"""When memory is given back: not while somebody waits."""

from __future__ import annotations

import gc
import threading
import weakref

from explorer.heap import collector_at_rest, let_go_later


class Thing:
    """Something whose end can be seen."""


def test_few_things_are_freed_at_once_and_many_a_little_later() -> None:
    few: list[Thing] = [Thing() for _ in range(10)]
    ends = [weakref.ref(thing) for thing in few]
    let_go_later(few)
    assert not any(end() for end in ends)
    many: list[Thing] = [Thing() for _ in range(20_000)]
    ends = [weakref.ref(thing) for thing in many]
    let_go_later(many)
    assert all(end() for end in ends), "whoever waits goes on first"
    for thread in threading.enumerate():
        if thread.name == "let go":
            thread.join(20.0)
    assert not many and not any(end() for end in ends)


def test_what_was_made_at_rest_is_old_afterwards_and_the_collector_is_as_it_was() -> None:
    assert gc.isenabled()
    with collector_at_rest():
        assert not gc.isenabled()
        made = [(str(i),) for i in range(50_000)]
    assert gc.isenabled()
    assert gc.get_count()[0] < 10_000 and len(made) == 50_000
    gc.disable()
    try:
        with collector_at_rest():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
