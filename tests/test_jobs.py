"""Background work: what is done is handed over, and nothing of it stays."""

from __future__ import annotations

import gc
import time
import weakref

from explorer.jobs import Cancelled, InlineJobs, Job, Progress, ThreadJobs


class Result:
    """Something large that a job gives."""


def _until_collected(jobs: ThreadJobs) -> None:
    end = time.monotonic() + 20.0
    while jobs.is_busy:
        jobs.collect()
        assert time.monotonic() < end
        time.sleep(0.001)


def test_a_result_is_freed_with_its_job_and_not_when_python_looks_for_circles() -> None:
    gc.collect()
    gc.disable()
    try:
        jobs, ends = ThreadJobs(2), []

        def take(job: Job[Result]) -> None:
            ends.append(weakref.ref(job.result()))

        for _n in range(20):
            jobs.submit(lambda _progress: Result(), name="one", when_done=take)
        _until_collected(jobs)
        jobs.submit(lambda _progress: None, name="last").result(5.0)  # workers keep their last result until the next
        jobs.submit(lambda _progress: None, name="last").result(5.0)
        time.sleep(0.05)
        assert len(ends) == 20 and sum(end() is not None for end in ends) <= 1
        jobs.close()
    finally:
        gc.enable()


def test_errors_are_told_to_whoever_asks() -> None:
    def fails(_progress: Progress) -> None:
        raise ValueError("no")

    jobs, done = ThreadJobs(1), []
    job = jobs.submit(fails, name="bad", when_done=done.append)
    _until_collected(jobs)
    assert done == [job] and isinstance(job.error, ValueError) and job.is_done
    jobs.close()


def test_what_never_began_when_all_ends_is_cancelled_and_not_handed_over() -> None:
    jobs, done = ThreadJobs(1), []
    first = jobs.submit(lambda _progress: time.sleep(0.2), name="first")
    waiting = jobs.submit(lambda _progress: 1, name="waiting", when_done=done.append)
    jobs.close()
    first.result(5.0)
    end = time.monotonic() + 5.0
    while not waiting.is_done and time.monotonic() < end:
        time.sleep(0.005)
    assert isinstance(waiting.error, Cancelled) and jobs.collect() == 0 and not done


def test_inline_jobs_are_done_at_once_and_handed_over_when_asked() -> None:
    jobs, done = InlineJobs(), []
    job = jobs.submit(lambda _progress: 7, name="now", when_done=done.append)
    assert job.is_done and not done
    assert jobs.collect() == 1 and done == [job] and job.result() == 7
