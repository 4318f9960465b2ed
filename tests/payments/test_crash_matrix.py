"""The whole crash matrix, minutes long: `make long`. Run on SQLite and on PostgreSQL.

Every point is found by wrapping (crash_driver); every combination is generated: fault plans, with and without
deduplication at the provider, one death and two, several orders in one commit, a stopped worker that wakes after its
lease, two workers, and the death of the database and of the provider. Each time the provider's list of moved money is
compared with the ledger.

One death is tried at every point. Of the pairs of points each third is tried: the second death follows the first one at
places 1, 4, 7 … or 2, 5, 8 … or 3, 6, 9 …, in turns, so that every point is a first death and every point a second one.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from marketplace.kernel.errors import DomainError
from marketplace.payments import flight, queries, sender
from marketplace.payments.sandbox import Sandbox, start_sandbox
from marketplace.testing import postgres
from marketplace.testing.payments import Payers, an_approved_order, approved_parts, some_payers
from marketplace.testing.plugin import _make, _prepare, put_away, runtime_of
from tests.payments.crashing import PLANS, Payer, a_payer, live_through, money_agrees, open_orders

pytestmark = [pytest.mark.slow, pytest.mark.long]
MOST = 200  # points; no life has so many


@pytest.fixture
def payer(runtime, tmp_path) -> Iterator[Payer]:
    """A process that pays and may die."""
    with a_payer(runtime, tmp_path) as payer:
        yield payer


def ready(work, payer: Payer, **facts) -> Payers:
    """People who pay, and a process that has paid once."""
    payers = some_payers(work, **facts)
    payer.warm(approved_parts(work, payers, 1))
    return payers


@dataclass
class Fates:
    """Orders that live through a plan and through deaths, one after another. runs: how many did."""

    work: Callable
    sandbox: Sandbox
    payer: Payer
    payers: Payers
    plan: str
    runs: int = 0

    def die(self, kills: Sequence[int], orders: int = 1, **asked) -> int:
        """One run: die at these points, be restored, compare the money. Returns how often it died."""
        made = approved_parts(self.work, self.payers, orders)
        for fault, value in PLANS[self.plan]:
            self.sandbox.fault(fault, value=value)
        died = live_through(self.work, self.payer, [order.id for order in made], kills, self.sandbox, **asked)
        self.sandbox.forget_faults()  # what no request took is not left for the next order
        money_agrees(self.work, self.sandbox, made)
        self.runs += 1
        return died


@pytest.fixture
def fates(work, sandbox: Sandbox, payer: Payer, plan, record_property) -> Iterator[Fates]:
    """Runs of one plan; how many is kept with the report."""
    made = Fates(work, sandbox, payer, ready(work, payer), plan)
    yield made
    record_property("runs", made.runs)


@pytest.mark.parametrize("plan", PLANS)
def test_one_death_at_every_point(fates: Fates):
    for dedupe in ("off", "on"):
        fates.sandbox.set(dedupe=dedupe)
        before = fates.runs
        assert any(not fates.die([kill_at]) for kill_at in range(1, MOST))
        assert fates.runs - before > 6


@pytest.mark.parametrize("plan", ["no fault", "connection dropped after", "not done, then lost"])
def test_two_deaths_at_pairs_of_points(fates: Fates):
    for dedupe in ("off", "on"):
        fates.sandbox.set(dedupe=dedupe)
        before = fates.runs
        for first in range(1, MOST):
            died = [fates.die([first, 1 + first % 3])]
            while died[-1] == 2:
                died.append(fates.die([first, 1 + first % 3 + 3 * len(died)]))
            if not died[0]:
                break
        assert fates.runs - before > 13


@pytest.mark.parametrize("plan", ["no fault", "done, answer lost"])
def test_a_death_with_several_orders_in_one_commit(fates: Fates):
    fates.sandbox.set(dedupe="off")
    assert any(not fates.die([kill_at], orders=3, in_flight=2) for kill_at in range(1, MOST))
    assert fates.runs > 12


def test_the_treasury_gets_one_file_whenever_the_worker_dies(runtime, work, tmp_path, payer: Payer, record_property):
    payers, runs = ready(work, payer, source="treasury"), 0
    out = tmp_path / "treasury" / "out"
    for kill_at in count(1):
        (order,) = approved_parts(work, payers, 1)
        died = live_through(work, payer, [order.id], [kill_at])
        runs += 1
        with work() as ctx:
            found = queries.order(ctx, order.id)
            written = (out / f"{order.number}.json").is_file()
            # Not found there is never sent again by itself where doubles are not removed: a person decides.
            assert found.state == "accepted" if written else (found.state in {"sending", "unknown"} and found.attention)
        assert len(list(out.glob(f"{order.number}*.json"))) <= 1
        if not died:
            break
    record_property("runs", runs)
    assert {"before the file", "after the file"} <= payer.points


def test_a_worker_that_wakes_after_its_lease_pays_nothing_twice(work, sandbox: Sandbox, payer: Payer, tmp_path):
    sandbox.set(dedupe="off")
    payers = ready(work, payer)
    # On SQLite the turn of a writer ends a little later than its commit.
    sqlite = payer.runtime.settings["MARKETPLACE_DATABASE_URL"].startswith("sqlite")
    holds = {"before commit", "after commit"} if sqlite else {"before commit"}
    with a_payer(payer.runtime, tmp_path) as other:
        for stop_at in count(1):
            (order,) = approved_parts(work, payers, 1)
            told = payer.live([order.id], hours=0, kill_at=stop_at, stop=True, wire_seconds=0.8)
            if not told["stopped"]:
                money_agrees(work, sandbox, [order])
                break
            threading.Event().wait(1.0)  # longer than the wire of the stopped one, as a lease always is
            if told["points"][-1] == "after the request":  # what has left is done long before a lease is over
                sandbox.settle()
            if told["points"][-1] not in holds:  # there it has the database, and everybody waits for it
                live_through(work, other, [order.id], [])
            payer.ask({"wake": told["pid"]})
            live_through(work, other, [order.id], [])
            money_agrees(work, sandbox, [order])
    assert stop_at > 6


def test_two_workers_at_once_pay_each_order_once(work, sandbox: Sandbox, payer: Payer, tmp_path):
    sandbox.set(dedupe="off", latency_ms="20")
    payers = some_payers(work)
    with a_payer(payer.runtime, tmp_path) as other:
        for _ in range(5):
            orders = approved_parts(work, payers, 12)
            ids = [order.id for order in orders]
            both = [
                threading.Thread(target=one.live, args=[ids], kwargs={"hours": 0, "in_flight": 3})
                for one in (payer, other)
            ]
            for thread in both:
                thread.start()
            for thread in both:
                thread.join()
            assert open_orders(work, ids) == 0
            money_agrees(work, sandbox, orders)


def test_a_provider_that_is_killed_in_the_middle_has_paid_once(runtime, work, clock, tmp_path):
    folder = Path(runtime.settings["MARKETPLACE_SANDBOX"])
    payers = some_payers(work)
    for wait_ms in (0, 20, 60, 120):
        sandbox = start_sandbox(folder, own_process=True)
        sandbox.set(dedupe="off", latency_ms="40")
        orders = approved_parts(work, payers, 6)
        killer = threading.Timer(wait_ms / 1000, sandbox.kill)
        killer.start()
        flight.Flight(runtime, 2).run([order.id for order in orders])
        killer.join()
        sandbox = start_sandbox(folder, own_process=True)
        sandbox.set(latency_ms="0")
        for _ in range(4):
            clock.advance(hours=3)
            flight.run_due(runtime)
        money_agrees(work, sandbox, orders)
        sandbox.stop()


@pytest.mark.skipif(os.environ.get("MARKETPLACE_TEST_DATABASE") != "postgresql", reason="kills a PostgreSQL server")
@pytest.mark.usefixtures("marketplace_backend")  # or it is left out where PostgreSQL is
@pytest.mark.parametrize("moment", ["wire", "record"])
def test_a_database_that_is_killed_in_the_middle_loses_nothing(tmp_path, clock, marketplace_keys, monkeypatch, moment):
    with postgres.Server(durable=True) as server:
        url = server.url(server.create())
        _prepare(url, tmp_path, marketplace_keys)
        app = _make(url, tmp_path, marketplace_keys, clock)
        runtime = runtime_of(app)
        sandbox = start_sandbox(Path(runtime.settings["MARKETPLACE_SANDBOX"]))
        sandbox.set(dedupe="off")
        payers = some_payers(runtime.work)
        orders = approved_parts(runtime.work, payers, 6)
        # The second exchange; or the first unit of work that records, which may hold all of them.
        name, at = {"wire": ("exchange", 2), "record": ("_record", 1)}[moment]
        honest, calls = getattr(sender, name), count(1)

        def dying(*args):
            if next(calls) == at:
                server.kill()
            return honest(*args)

        with monkeypatch.context() as patch:
            patch.setattr(sender, honest.__name__, dying)
            with pytest.raises((SQLAlchemyError, DomainError)):
                flight.Flight(runtime, 2).run([order.id for order in orders])
        put_away(app)
        server.start()
        for _ in range(4):
            clock.advance(hours=3)
            flight.run_due(runtime)
        money_agrees(runtime.work, sandbox, orders)
        sandbox.stop()
        put_away(app)


def test_a_whole_life_of_an_order_with_its_approval(work, sandbox: Sandbox, payer: Payer):
    order = an_approved_order(work, some_payers(work))
    assert live_through(work, payer, [order.id], [4], sandbox) == 1
    money_agrees(work, sandbox, [order])
