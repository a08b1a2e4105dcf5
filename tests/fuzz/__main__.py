"""Feed readers with bytes that grow out of real files: python -m tests.fuzz READER... [--seconds 600] [--said FILE].

Readers: those of `readers.READERS`, or "all" for each in turn in a process of its own. Guided by coverage
(`pip install atheris`); most changes keep a file's frame and alter what it says (`mutation`). A finding is anything but
a result or an error of ours that names the address: another exception, a crash, more than 10 s, more than 2 GB. Seeds
are the small files of ../shared/data, where that is, and specimens of the tests. What was found is written to a folder
of its own, named at the start, to become a specimen; another exception does not end the search, the first of each place
is kept.
`--said` keeps one example of each sentence that was told, to be read by people.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["explorer", "importers"]):
    from tests.fuzz.reader import ADDRESS, Reader, shared_files
    from tests.fuzz.readers import READERS

from tests.fuzz.mutation import changed

_FRAMED_SHARE = 0.6
"""Of the changes, those that keep the frame of a file."""
_MOST_FOUND = 50
_VARIABLE = re.compile(r"'[^']*'|“[^”]*”|\[[^\]]*\]|[0-9][0-9.e+-]*")


def main() -> None:
    """Fuzz."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("readers", nargs="+", choices=[*READERS, "all"], metavar="READER")
    parser.add_argument("--seconds", type=int, default=600, help="for each reader")
    parser.add_argument("--said", type=Path)
    options = parser.parse_args()
    names = list(READERS) if "all" in options.readers else options.readers
    if len(names) == 1:
        fuzz(names[0], options.seconds, options.said)
    for name in names:
        said = ["--said", f"{options.said}.{name}"] if options.said else []
        command = [sys.executable, "-m", "tests.fuzz", name, "--seconds", str(options.seconds), *said]
        subprocess.run(command, check=False)  # the log says what became of it; the others are tried all the same


def fuzz(name: str, secs: int, said: Path | None) -> None:
    """Fuzz one reader; ends the process."""
    reader = READERS[name]
    corpus = Path(tempfile.mkdtemp(prefix="fuzz-"))
    count = 0
    for data in (*shared_files(reader.endings), *reader.made(), b"{}"):
        (corpus / f"{count:04d}").write_bytes(data)
        count += 1
    found = Path(tempfile.mkdtemp(prefix="found-"))
    print(f"{name}: {count} seeds in {corpus}; what is found comes to {found}", flush=True)
    words = [sys.argv[0], str(corpus), f"-artifact_prefix={found}/", f"-max_total_time={secs}", "-timeout=10"]
    trial = Trial(name, reader, said, found)
    atheris.Setup(
        [*words, "-rss_limit_mb=2048", "-max_len=200000", "-print_final_stats=1"], trial.once, custom_mutator=mutated
    )
    atheris.Fuzz()


class Trial:
    """One reader under trial."""

    def __init__(self, name: str, reader: Reader, said: Path | None, folder: Path) -> None:
        self._name, self._reader, self._said, self._folder = name, reader, said, folder
        self._heard: set[str] = set()
        self._found: set[str] = set()

    def once(self, data: bytes) -> None:
        """Read; keep what gives neither a result nor a sentence of ours."""
        try:
            self._reader.read(data)
        except self._reader.refuses as problem:
            self._hear(str(problem))
            if self._reader.names_address and ADDRESS not in str(problem):
                self._find(problem, data)
        except Exception as problem:
            self._find(problem, data)

    def _find(self, problem: BaseException, data: bytes) -> None:
        """Keep the bytes, once for each kind and place."""
        last = traceback.extract_tb(problem.__traceback__)[-1]
        place = f"{type(problem).__name__} {last.filename}:{last.lineno}"
        if place in self._found or len(self._found) >= _MOST_FOUND:
            return
        self._found.add(place)
        path = self._folder / f"{self._name.replace(' ', '-')}-{len(self._found)}"
        path.write_bytes(data)
        path.with_suffix(".txt").write_text("".join(traceback.format_exception(problem)), encoding="utf-8")
        print(f"FOUND {path}: {place}: {problem!r:.300}", flush=True)

    def _hear(self, sentence: str) -> None:
        kind = _VARIABLE.sub("#", sentence)
        if self._said is not None and kind not in self._heard and len(self._heard) < 2000:
            self._heard.add(kind)
            with self._said.open("a", encoding="utf-8", errors="replace") as file:
                file.write(sentence[:400].replace("\n", " ") + "\n")


def mutated(data: bytes, most: int, seed: int) -> bytes:
    """See `atheris.Setup`."""
    dice = random.Random(seed)

    def anyhow(some: bytes) -> bytes:
        return bytes(atheris.Mutate(some, max(len(some) + 64, 64)))

    if dice.random() >= _FRAMED_SHARE:
        return bytes(atheris.Mutate(data, most))
    other = changed(data, dice, anyhow)
    return other if len(other) <= most else bytes(atheris.Mutate(data, most))


if __name__ == "__main__":
    main()
