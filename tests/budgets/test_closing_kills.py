"""A closing run that is killed anywhere and started again leaves the same books as one that was never disturbed."""

from datetime import date

import pytest
from sqlalchemy import event

from marketplace.budgets import cli, closing, queries, service
from marketplace.budgets.queries import balances, closings
from marketplace.budgets.rules import CLOSING_STATES
from marketplace.kernel.clock import at_shanghai
from marketplace.ledger import check
from marketplace.testing.budgets import a_finance_pair, a_line, an_obligation
from marketplace.testing.plugin import engine_of
from tests.budgets.test_machine import another

STEPS = (
    ("first", "announce"),
    ("first", "freeze"),
    ("first", "empty"),
    ("first", "settle"),
    ("first", "settle"),
    ("first", "settle"),
    ("second", "sign"),
    ("second", "seal"),
)


class Killed(Exception):
    """The process is gone."""


def _a_year(ctx, department_id):
    for number, source in enumerate(("treasury", "own")):
        line = a_line(ctx, department_id, amount_fen=1000 + number, name=source, source=source)
        row = an_obligation(ctx, line.id, 600, reference=f"ZJ-{source}")
        service.make_due(ctx, row.id, amount_fen=250, reference="M-1")
        service.to_transit(ctx, row.id, amount_fen=100, reference=f"payment/{source}")
        service.settle(ctx, row.id, amount_fen=100, reference=f"payment/{source}")
        service.reserve(ctx, line_id=line.id, amount_fen=70, reference=f"ZJ-offen-{source}")


def _go_on(work, pair):
    """Start again where the run stopped: what the command does, step by step, one line at a time."""
    for who, name in STEPS:
        with work(getattr(pair, who)) as ctx:
            run = closings.closing_of(ctx, pair.department_id, 2026)
            if run is not None and _passed(run.state, name):
                continue
            if name == "settle":
                closing.settle_lines(ctx, run.id, limit=1)
            else:
                closing.step(ctx, pair.department_id, 2026, name)


def _passed(state, name):
    return cli.STEPS.index(name) <= CLOSING_STATES.index(state)


def _books(work, pair):
    with work(write=False) as ctx:
        assert check.run(ctx) == []
        assert closings.run_of(ctx, pair.department_id, 2026).state == "sealed"
        return {
            (year, line.name): {stage: fen for stage, fen in balances.line_stages(ctx, line.id).items() if fen}
            for year in (2026, 2027)
            for line in queries.lines_of_year(ctx, pair.department_id, year)
        }


def _writes(engine, kill_at):
    """Count the writing statements of a department's closing, and kill before the wanted one; 0 counts only."""
    seen = {"writes": 0}

    def before(connection, cursor, statement, parameters, context, executemany):
        if statement.lstrip()[:6].upper() not in {"INSERT", "UPDATE", "DELETE"}:
            return
        seen["writes"] += 1
        if seen["writes"] == kill_at:
            raise Killed

    event.listen(engine, "before_cursor_execute", before)
    return seen, lambda: event.remove(engine, "before_cursor_execute", before)


def _killed_at(app, work, pair, kill_at):
    seen, stop = _writes(engine_of(app), kill_at)
    try:
        _go_on(work, pair)
    except Killed:
        pass
    finally:
        stop()
    return seen["writes"]


def _campaign(app, work, clock, points):
    with work() as ctx:
        pair = a_finance_pair(ctx)
        _a_year(ctx, pair.department_id)
    clock.set(at_shanghai(date(2027, 1, 4), 9))
    total = _killed_at(app, work, pair, 0)
    wanted = _books(work, pair)
    assert wanted[2026, "treasury"] == {"paid": 100, "lapsed": 330}
    assert wanted[2027, "own（2026年结转）"] == {"available": 331, "reserved": 70, "obligated": 350, "due": 150}
    for kill_at in points(total):
        clock.set(at_shanghai(date(2026, 3, 2), 9))
        with work() as ctx:
            pair = another(ctx, pair)
            _a_year(ctx, pair.department_id)
        clock.set(at_shanghai(date(2027, 1, 4), 9))
        assert _killed_at(app, work, pair, kill_at) == kill_at
        _go_on(work, pair)
        assert _books(work, pair) == wanted, kill_at
    return total


def test_a_run_killed_here_and_there_goes_on_to_the_same_books(app, work, clock):
    assert _campaign(app, work, clock, lambda total: range(3, total, max(total // 5, 1))) > 40


@pytest.mark.long
def test_a_run_killed_at_any_write_goes_on_to_the_same_books(app, work, clock):
    _campaign(app, work, clock, lambda total: range(1, total + 1))
