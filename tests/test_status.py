"""The board that says what is going on and what is wrong."""

from __future__ import annotations

import threading

from explorer.status import Status


def test_a_piece_of_work_has_one_line_until_it_ends() -> None:
    status = Status()
    status.set("import", "Reading", 0.1)
    status.set("import", "Writing", 0.6)
    assert [(line.text, line.fraction) for line in status.lines] == [("Writing", 0.6)]
    status.clear("import")
    assert status.lines == ()


def test_ending_what_never_began_is_no_error() -> None:
    status = Status()
    status.clear("nothing")
    assert status.lines == () and status.problems == ()


def test_the_same_problem_is_counted_not_repeated() -> None:
    status = Status()
    status.problem("The tile cannot be read.")
    status.problem("The tile cannot be read.")
    assert [(p.text, p.count) for p in status.problems] == [("The tile cannot be read.", 2)]


def test_an_unread_problem_is_handed_out_once() -> None:
    status = Status()
    status.problem("one")
    assert status.take_unread() == ["one"]
    assert status.take_unread() == []
    assert len(status.problems) == 1


def test_the_oldest_problem_gives_way() -> None:
    status = Status(max_problems=2)
    for text in ("one", "two", "three"):
        status.problem(text)
    assert [p.text for p in status.problems] == ["two", "three"]


def test_problems_can_be_forgotten() -> None:
    status = Status()
    status.problem("one")
    status.forget_problems()
    assert status.problems == ()
    assert status.take_unread() == []


def test_many_threads_may_write_at_once() -> None:
    status = Status(max_problems=50)

    def work(number: int) -> None:
        for i in range(100):
            status.set(f"{number}", f"{i}")
            status.problem(f"{i % 20}")
            status.clear(f"{number}")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert status.lines == ()
    assert sum(p.count for p in status.problems) == 800


def test_a_quiet_problem_is_listed_and_not_shown() -> None:
    status = Status()
    status.problem("A polygon was mended.", is_quiet=True)
    assert [problem.text for problem in status.problems] == ["A polygon was mended."]
    assert status.take_unread() == []


def test_a_warning_stays_until_it_is_no_longer_so() -> None:
    status = Status()
    status.warn("disk", "The disk is full.")
    status.warn("disk", "The disk is nearly full.")
    assert status.warnings == ("The disk is nearly full.",)
    status.unwarn("disk")
    status.unwarn("disk")
    assert status.warnings == ()


def test_a_person_is_told_each_time_that_what_was_asked_for_failed() -> None:
    status = Status()
    for _attempt in range(2):
        status.problem("The file cannot be read.", is_asked=True)
        assert status.take_unread() == ["The file cannot be read."]
    assert [(p.text, p.count) for p in status.problems] == [("The file cannot be read.", 2)]


def test_a_refusal_is_what_was_tried_last_and_no_problem() -> None:
    status = Status()
    status.refuse("The footprint crosses itself.")
    status.refuse("The footprint is too small.")
    assert status.refusal == "The footprint is too small."
    assert status.problems == () and status.take_unread() == []
    status.refuse("")
    assert status.refusal == ""
