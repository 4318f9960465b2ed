"""The frame of a benchmark: interleaved pairs of floor and subject, CPU time, foreign load, invariants, verdicts."""

import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

PAIRS = 5
NOISY_PERCENT = 10
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class BrokenInvariantError(Exception):
    """A run that broke an invariant prints no number."""


@dataclass
class Row:
    """One scenario's outcome. Units are named: microseconds of CPU, milliseconds, megabytes, or pieces.

    goal: the largest ratio that passes, or with `at_least` the smallest. cpu: a ratio of CPU times, which the ratchet
    may hold. bounded: "floor" is a bound and no floor, so less is better. figures: what else was measured, e.g. p50_ms.
    """

    id: str
    scenario: str
    unit: str
    subject: float
    floor: float
    ratios: list[float]
    goal: float
    info: str = ""
    foreign_percent: float = 0.0
    at_least: bool = False
    cpu: bool = True
    figures: dict[str, float] = field(default_factory=dict)
    bounded: bool = False
    verdict: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.verdict = self._judge()

    @property
    def ratio(self) -> float:
        """Median of the ratios of the pairs."""
        return statistics.median(self.ratios)

    def _judge(self) -> str:
        # The floor must be a floor; two per cent are the noise of a pair.
        if not self.at_least and not self.bounded and self.ratio < 0.98:
            return "BADFLOOR"
        if self.ratio >= self.goal if self.at_least else self.ratio <= self.goal:
            return "PASS"
        return "UNSURE" if self.foreign_percent > NOISY_PERCENT else "FAIL"

    def as_json(self) -> dict[str, object]:
        """Everything about the row, for later comparison."""
        return {**asdict(self), "ratio": self.ratio, "versions": machine()}

    def __str__(self) -> str:
        spread = f"x{self.ratio:.2f} ({min(self.ratios):.2f}..{max(self.ratios):.2f})"
        mark = "?" if self.foreign_percent > NOISY_PERCENT else ""
        figures = f"{self.subject:9.1f} {self.unit}{mark:1} {self.floor:9.1f} {self.unit}"
        times = " ".join(f"{name} {value:.2f}" for name, value in self.figures.items())
        return (
            f"{self.id:4} {self.scenario:28} {figures}  {spread:22} {'>=' if self.at_least else 'x'}{self.goal:<5} "
            f"{self.verdict:8} {f'{times} {self.info}'.strip()}"
        )


def exact(id: str, scenario: str, counts: Mapping[str, int]) -> Row:
    """A row of things that must not happen at all. Raises BrokenInvariantError when one did."""
    if any(counts.values()):
        raise BrokenInvariantError(", ".join(f"{count} {name}" for name, count in counts.items() if count))
    return Row(id, scenario, "", 1.0, 1.0, [1.0], 1.0, " ".join(f"0 {name}" for name in counts), cpu=False)


def cpu_us(work: Callable[[], object], repeats: int) -> float:
    """CPU microseconds of this process per call."""
    begin = time.process_time_ns()
    for _ in range(repeats):
        work()
    return (time.process_time_ns() - begin) / repeats / 1000


def pairs(
    floor: Callable[[], float], subject: Callable[[], float], count: int = PAIRS
) -> tuple[list[float], list[float]]:
    """Interleave F S F S … and return (floors, subjects); one pair first as a warm-up."""
    floor()
    subject()
    floors, subjects = [], []
    for _ in range(count):
        floors.append(floor())
        subjects.append(subject())
    return floors, subjects


def row(
    id: str,
    scenario: str,
    unit: str,
    goal: float,
    floor: Callable[[], float],
    subject: Callable[[], float],
    info: Callable[[], str] = str,
) -> Row:
    """Measure one scenario. goal: the largest ratio that passes. info: text made after the run."""
    with foreign() as load:
        floors, subjects = pairs(floor, subject)
    ratios = [s / f for f, s in zip(floors, subjects, strict=True)]
    return Row(
        id, scenario, unit, statistics.median(subjects), statistics.median(floors), ratios, goal, info(), load.percent
    )


@dataclass
class Load:
    """CPU of other processes as per cent of the machine during a block."""

    percent: float = 0.0


def _busy_ticks() -> tuple[int, int]:
    values = [int(v) for v in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    own = os.times()
    mine = int((own.user + own.system + own.children_user + own.children_system) * _CLOCK_TICKS)
    return sum(values) - values[3] - values[4] - mine, sum(values)


@contextmanager
def foreign() -> Iterator[Load]:
    """Watch how much of the machine other processes took."""
    load = Load()
    busy, total = _busy_ticks()
    yield load
    busy_after, total_after = _busy_ticks()
    load.percent = max(0.0, 100.0 * (busy_after - busy) / max(1, total_after - total))


def machine() -> dict[str, str]:
    """What this was measured on."""
    return {
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "platform": platform.machine(),
    }


def calibration_s() -> float:
    """A fixed loop of plain Python: how quick this interpreter is here."""
    begin = time.process_time()
    total = 0
    for number in range(3_000_000):
        total += number & 7
    return time.process_time() - begin


def fdatasync_ms(times: int = 100, folder: Path | None = None) -> tuple[float, float]:
    """p50 and p99 of writing 8 kB durably in a folder, in milliseconds."""
    taken = []
    with tempfile.NamedTemporaryFile(dir=folder or os.environ.get("TMPDIR", "/var/tmp")) as stream:
        for _ in range(times):
            os.write(stream.fileno(), b"\0" * 8192)
            begin = time.perf_counter()
            os.fdatasync(stream.fileno())
            taken.append((time.perf_counter() - begin) * 1000)
    taken.sort()
    return taken[times // 2], taken[int(times * 0.99)]


def heading() -> str:
    """The first lines of a report."""
    facts = machine()
    p50, p99 = fdatasync_ms()
    return (
        f"machine  {facts['cores']} cores {facts['platform']}  python {facts['python']} "
        f"(loop {calibration_s():.2f} s)  sqlite {facts['sqlite']}\n"
        f"disk     fdatasync p50 {p50:.2f} ms p99 {p99:.2f} ms\n"
        f"{'id':4} {'scenario':28} {'subject':>12}  {'floor':>12}  "
        f"{'ratio (min..max)':22} {'goal':6} {'verdict':8} info"
    )


def python() -> str:
    """The interpreter to start other processes with."""
    return sys.executable
