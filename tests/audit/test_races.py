"""Two sealers at once, and events that commit while a sealer works."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import func, select

from marketplace.audit import queries, service
from marketplace.audit.models import Leaf
from marketplace.kernel.events import Event, EventRow, Unsealed


@dataclass(frozen=True, slots=True)
class Hurried(Event):
    type: ClassVar[str] = "sample.race.hurried"
    number: int


def write(runtime):
    for number in range(12):
        with runtime.work() as ctx:
            ctx.record(Hurried(subject="race/1", number=number))


def seal(runtime):
    for _ in range(8):
        with runtime.work() as ctx:
            service.seal(ctx)


def together(runtime, *tasks):
    """Run all tasks at once; the errors of those that failed."""
    with ThreadPoolExecutor(len(tasks)) as pool:
        running = [pool.submit(task, runtime) for task in tasks]
    return [done.exception() for done in running if done.exception()]


def test_sealers_and_writers_side_by_side_lose_and_double_nothing(runtime):
    assert together(runtime, write, seal, write, seal) == []
    seal(runtime)
    with runtime.work(write=False) as ctx:
        count = ctx.session.scalar(select(func.count()).select_from(EventRow))
        assert ctx.session.scalar(select(func.count()).select_from(Leaf)) == count
        assert ctx.session.scalar(select(func.count()).select_from(Unsealed)) == 0
        assert queries.problems(ctx) == []
