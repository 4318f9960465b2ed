"""Plant one bug at a time in a copy of the tree and see whether the named tests notice: `make mutants`."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from queue import SimpleQueue

from click import echo

from tests.mutants.planted import MUTANTS, Mutant

ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", "*.egg-info", "node_modules", "build", "dist")
TESTS_FAILED = 1  # pytest's own exit code; anything above means that the tests did not run
SECONDS = 900
_ticks = count(1)


def main() -> int:
    """Run all mutants, or those whose name holds one of the given words; 0 when every one was caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants whose name holds one of these")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once")
    asked = parser.parse_args()
    chosen = [one for one in MUTANTS if not asked.words or any(word in one.name for word in asked.words)]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(asked.jobs) as pool:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(asked.jobs):
            copies.put(shutil.copytree(ROOT, Path(folder) / f"copy-{number}", ignore=LEFT_OUT))
        trouble = sound(chosen, pool, copies)
        if trouble:
            echo(trouble)
            return 1
        verdicts = list(pool.map(lambda mutant: in_a_copy(copies, mutant), chosen))
    caught = sum(verdict == "caught" for verdict in verdicts)
    echo(f"{caught} passed, {len(verdicts) - caught} failed")
    return 0 if chosen and caught == len(verdicts) else 1


def sound(chosen: list[Mutant], pool: ThreadPoolExecutor, copies: "SimpleQueue[Path]") -> str:
    """Why nothing could be concluded: a named test that fails although nothing was planted. Empty when all is well."""

    def try_all(postgresql: bool) -> str:
        tests = sorted({test for one in chosen if one.postgresql is postgresql for test in one.tests})
        copy = copies.get()
        try:
            code, output = run(copy, tests, postgresql=postgresql) if tests else (0, "")
        finally:
            copies.put(copy)
        return "" if code == 0 else f"without any bug the tests end with {code}:\n{output[-3000:]}"

    return "".join(pool.map(try_all, (True, False)))


def in_a_copy(copies: "SimpleQueue[Path]", mutant: Mutant) -> str:
    """Plant, test, mend; prints one line."""
    copy, started = copies.get(), time.monotonic()
    try:
        verdict = judge(copy, mutant)
    finally:
        copies.put(copy)
    echo(f"{verdict:<10} {time.monotonic() - started:5.0f} s  {mutant.name}")
    return verdict


def judge(copy: Path, mutant: Mutant) -> str:
    """caught, MISSED, or why nothing can be said: STALE (the text is no longer there), BROKEN (tests did not run)."""
    before = {name: (copy / name).read_text("utf-8") for name, _, _ in mutant.edits}
    if any(before[name].count(old) != 1 for name, old, _ in mutant.edits):
        return "STALE"
    try:
        for name, old, new in mutant.edits:
            write(copy / name, (copy / name).read_text("utf-8").replace(old, new))
        code, output = run(copy, list(mutant.tests), postgresql=mutant.postgresql)
    finally:
        for name, text in before.items():
            write(copy / name, text)
    if code > TESTS_FAILED or code < 0:
        echo(output[-1500:], err=True)
        return "BROKEN"
    return "caught" if code == TESTS_FAILED else "MISSED"


def write(path: Path, text: str) -> None:
    """Write a source file with a time of its own, so that no compiled file of the same second stands for it."""
    path.write_text(text, "utf-8")
    stamp = time.time() + next(_ticks)
    os.utime(path, (stamp, stamp))


def run(copy: Path, tests: list[str], *, postgresql: bool) -> tuple[int, str]:
    """Exit code and output of the tests, on the copy alone."""
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    environment["MARKETPLACE_TEST_DATABASE"] = "postgresql" if postgresql else "sqlite"
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--no-header", "--tb=line", *tests]
    done = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if postgresql and " skipped" in done.stdout and " passed" not in done.stdout:
        return 5, done.stdout
    return done.returncode, done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main())
