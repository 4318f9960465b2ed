"""One posting at a time from many clients on one hot line: the single writer beside the disk and beside turns.

A slice of the run and the disk's own rate are taken in turns, because a disk's rate changes by more than tenfold within
minutes. Every run ends with the exact balance and the invariants of the books.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import median

from marketplace.bench.booking import DAY, FILL_FEN, purses, sinks, sound
from marketplace.bench.frame import BrokenInvariantError, Row, fdatasync_ms, foreign
from marketplace.bench.market import POSTGRESQL, SQLITE, Place, place
from marketplace.kernel.context import Runtime
from marketplace.kernel.writer import OneWriter
from marketplace.ledger import queries
from marketplace.ledger import service as ledger
from marketplace.ledger.rules import Entry, Request

CLIENTS, CROWDS, SLICES, SECONDS = 64, (1, 4, 16, 64), 5, 1.0
Post = Callable[[Entry], None]


@dataclass
class Run:
    """What a crowd of clients did: postings of each, waits in milliseconds, postings a second of each slice."""

    done: list[int]
    waits: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    fsyncs: list[float] = field(default_factory=list)
    cpu_us: float = 0.0

    def wait_ms(self, share: float) -> float:
        """The wait that this share of the requests did not exceed."""
        return sorted(self.waits)[int((len(self.waits) - 1) * share)]

    @property
    def fairness(self) -> float:
        """Postings of the client that got fewest by those of the one that got most."""
        return min(self.done) / max(self.done)


def one_writer(folder: Path) -> Row:
    """L2: one posting per request on one hot line, 64 clients, SQLite: postings for each fdatasync of the disk."""
    with place(folder, SQLITE) as where:
        return _row("L2", where)


def one_writer_postgresql(folder: Path) -> Row:
    """L2P: the same on PostgreSQL, where the hot row is held through the commit."""
    with place(folder, POSTGRESQL) as where:
        return _row("L2P", where)


def crowds(folder: Path) -> Row:
    """L2C: the single writer with 1, 4, 16 and 64 clients on SQLite: rate, waits, and fewest by most of a client."""
    with place(folder, SQLITE) as where, foreign() as load:
        line = _Line(where.runtime, folder)
        runs = {number: line.run(line.writer, number) for number in CROWDS}
        line.check()
    figures: dict[str, float] = {}
    for number, run in runs.items():
        figures |= {
            f"{number}/s": median(run.rates),
            f"{number}p50": run.wait_ms(0.5),
            f"{number}p99": run.wait_ms(0.99),
            f"{number}fair": run.fairness,
        }
    most, fewest = runs[CROWDS[-1]], runs[CROWDS[0]]
    return Row("L2C", "hot line, 64 clients by 1", "/s", median(most.rates), median(fewest.rates),
               [many / one for many, one in zip(most.rates, fewest.rates, strict=True)], 1.0, "ms", load.percent,
               True, False, figures)  # fmt: skip


def _row(id: str, where: Place) -> Row:
    with foreign() as load:
        line = _Line(where.runtime, where.folder)
        run, turns = line.run(line.writer, CLIENTS), line.run(line.turns, CLIENTS, 1)
        line.check()
    ratios = [rate / fsyncs for rate, fsyncs in zip(run.rates, run.fsyncs, strict=True)]
    figures = {"p50_ms": run.wait_ms(0.5), "p99_ms": run.wait_ms(0.99), "fairness": run.fairness, "cpu_us": run.cpu_us}
    told = f"units of work of their own {median(turns.rates):.0f}/s, {turns.cpu_us:.0f} us"
    return Row(id, f"hot line, {CLIENTS} clients", "/s", median(run.rates), median(run.fsyncs), ratios, 0.8, told,
               load.percent, True, False, figures)  # fmt: skip


class _Line:
    """One purse that everybody takes one fen from, and two ways to do so."""

    def __init__(self, runtime: Runtime, folder: Path) -> None:
        self._runtime, self._folder = runtime, folder
        [self._source] = purses(runtime, 1)
        self._targets = sinks(runtime, max(CROWDS))
        self._one = OneWriter(runtime, ledger.post_each)
        self._serial = count()
        self._taken = 0

    def writer(self, entry: Entry) -> None:
        """Ask the single writer."""
        self._one.ask(Request("bench", [entry]))

    def turns(self, entry: Entry) -> None:
        """A unit of work for each posting."""
        with self._runtime.work() as ctx:
            ledger.post_all(ctx, [entry])

    def run(self, post: Post, clients: int, slices: int = SLICES) -> Run:
        """Slices of a crowd at work, each followed by a look at the disk."""
        run = Run([0] * clients)
        for _ in range(slices):
            before, cpu = sum(run.done), time.process_time()
            begin = time.perf_counter()
            self._crowd(post, run, begin + SECONDS)
            made = sum(run.done) - before
            run.rates.append(made / (time.perf_counter() - begin))
            run.cpu_us = (time.process_time() - cpu) * 1e6 / made
            run.fsyncs.append(1000 / fdatasync_ms(40, self._folder)[0])
        self._taken += sum(run.done)
        return run

    def _crowd(self, post: Post, run: Run, until: float) -> None:
        def client(number: int) -> None:
            while (begin := time.perf_counter()) < until:
                post(self._entry(number))
                run.done[number] += 1
                run.waits.append((time.perf_counter() - begin) * 1000)

        _together([threading.Thread(target=client, args=(number,)) for number in range(len(run.done))])

    def _entry(self, number: int) -> Entry:
        id = f"bench/one/{next(self._serial)}"
        return Entry(id, self._source, self._targets[number], 1, "settle", "bench", 2026, DAY)

    def check(self) -> None:
        """Raise BrokenInvariantError unless the purse holds exactly what nobody took, and the books are in order."""
        with self._runtime.work(write=False) as ctx:
            if queries.balance_fen(ctx, self._source) != FILL_FEN - self._taken:
                raise BrokenInvariantError("the final balance is not exact")
        sound(self._runtime)


def _together(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
