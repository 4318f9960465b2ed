"""A1: hundreds of auction rooms whose stages end at the same instants, watched by ten thousand, while quotes come in.

Every room changes at the same moment, which is the worst that can happen. The floor is the promise: one second.
"""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from marketplace.auctions import queries, rules, service
from marketplace.bench import cloning
from marketplace.bench.frame import BrokenInvariantError, Row, foreign, python
from marketplace.bench.market import market
from marketplace.kernel.context import Runtime
from marketplace.kernel.errors import DomainError
from marketplace.testing import postgres
from marketplace.testing.auctions import Hall

ROOMS, SEATS = 500, 20
SLOT_SECONDS = 8
WARM_UP = timedelta(seconds=30)
SECONDS = 75
PROMISE_MS = 1000.0
PORT = 18_431
QUOTES_PER_SECOND = 20
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Watched:
    """What came of a run: how late the viewers learnt (ms), how many quotes were accepted and how many refused."""

    late: list[float]
    accepted: int
    refused: int
    cpu_percent: float


def stages(folder: Path, rooms: int = ROOMS, seconds: int = SECONDS) -> Row:
    """A1: how late the viewers learn of a stage, p99 over all of them. Needs PostgreSQL."""
    with postgres.Server(durable=True) as server:
        url = server.url(server.create())
        runtime: Runtime = market(folder, url).extensions["marketplace"]
        hall = cloning.a_hall(runtime, SEATS)
        numbers = cloning.rooms_like(runtime, hall, rooms, WARM_UP, _quick)
        with _process(folder, url) as process, foreign() as load:
            found = _watch(runtime, hall, numbers, seconds, process)
        _replay(runtime, numbers, found)
    return _row(found, rooms, load.percent)


def _quick(terms: rules.Terms) -> rules.Terms:
    return replace(terms, form="turns", rounds=9, slot_seconds=SLOT_SECONDS, pause_seconds=0)


def _row(found: Watched, rooms: int, percent: float) -> Row:
    late = sorted(found.late)
    p99 = late[int(len(late) * 0.99)]
    figures = {"p50_ms": late[len(late) // 2], "p99_ms": p99, "max_ms": late[-1]}
    info = (
        f"{len(late)} messages, {found.accepted} quotes taken, {found.refused} refused, "
        f"rooms process {found.cpu_percent:.0f} % of a core, every journal replayed"
    )
    ratios, name = [PROMISE_MS / max(p99, 1.0)], f"{rooms} rooms x {SEATS}, stage"
    return Row("A1", name, "ms", p99, PROMISE_MS, ratios, 1.0, info, percent, at_least=True, cpu=False, figures=figures)


@contextmanager
def _process(folder: Path, url: str) -> Iterator[int]:
    """`marketplace rooms` as an operator starts it; its process id."""
    environment = {
        **os.environ,
        "MARKETPLACE_DATABASE_URL": url,
        "MARKETPLACE_KEY_FILE": str(folder / "keys.toml"),
        "MARKETPLACE_FILES": str(folder / "files"),
    }
    words = [python(), "-c", "from marketplace.cli import main; main()", "rooms", "--port", str(PORT)]
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        if not process.stdout.readline().startswith("rooms:"):
            raise BrokenInvariantError("the rooms process did not start")
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _watch(runtime: Runtime, hall: Hall, numbers: Sequence[str], seconds: int, pid: int) -> Watched:
    """Look with a process of viewers, and quote meanwhile."""
    words = [python(), "-m", "marketplace.bench.watching", str(PORT), str(SEATS), str(seconds)]
    begin, cpu = time.monotonic(), _cpu_seconds(pid)
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as viewers:
        assert viewers.stdin is not None
        viewers.stdin.write(json.dumps(list(numbers)))
        viewers.stdin.close()
        accepted, refused = _quote(runtime, hall, numbers, begin + seconds)
        assert viewers.stdout is not None
        told = json.loads(viewers.stdout.read())
    percent = 100 * (_cpu_seconds(pid) - cpu) / (time.monotonic() - begin)
    if told["silent"]:
        raise BrokenInvariantError(f"{told['silent']} viewers were told nothing")
    return Watched(told["late_ms"], accepted, refused, percent)


def _quote(runtime: Runtime, hall: Hall, numbers: Sequence[str], until: float) -> tuple[int, int]:
    """Quote in one room after the other for whoever's turn it is, at a steady pace."""
    accepted = refused = turn = 0
    actors = {actor.organisation_id: actor for actor in hall.bidders}
    with runtime.work(write=False) as ctx:
        seats = {seat.number: actors[seat.agency_id] for seat in queries.seats(ctx, queries.room(ctx, numbers[0]).id)}
    while time.monotonic() < until:
        time.sleep(1 / QUOTES_PER_SECOND)
        number, turn = numbers[turn % len(numbers)], turn + 1
        with runtime.work(write=False) as ctx:
            stage = queries.room(ctx, number).face["stage"]
        if stage is None or stage["seat"] is None:
            continue
        try:
            with runtime.work(seats[stage["seat"]]) as ctx:
                limit = queries.my_view(ctx, number).limit
                service.place_quote(ctx, number, price_fen=limit)
            accepted += 1
        except DomainError:
            refused += 1
    return accepted, refused


def _replay(runtime: Runtime, numbers: Sequence[str], found: Watched) -> None:
    """Every journal must repeat, hold every accepted quote, and give every slot its whole length."""
    quotes = 0
    with runtime.work(write=False) as ctx:
        for number in numbers:
            entries = queries.entries(ctx, queries.room(ctx, number).id)
            _, problems = rules.replay(entries)
            if problems:
                raise BrokenInvariantError(f"{number}: {problems[0]}")
            quotes += sum(entry["kind"] == "quote" for entry in entries)
    if quotes != found.accepted:
        raise BrokenInvariantError(f"{found.accepted} quotes were accepted, {quotes} are in the journals")
