"""Notices, answers and questions in any order and repetition bring one result (a state machine drawn from the state).

The far side is the sandbox's own book, driven directly: a transfer is sent, changes at the provider, and what the
provider says about it is heard late, twice, or never. Whatever was heard in between, once everything is asked the order
is what the provider says, and the ledger has moved the money once.
"""

import itertools
import json
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from marketplace.budgets.queries import balances
from marketplace.kernel.clock import SimulatedClock
from marketplace.kernel.money import Fen
from marketplace.ledger import check
from marketplace.payments import queries, rules, sender, service
from marketplace.payments.ports import Observation, Outcome
from marketplace.testing.payments import approved_parts, some_payers
from marketplace.testing.plugin import START, _make, put_away, runtime_of

FATES = {"SUCCESS": Outcome.SUCCEEDED, "FAIL": Outcome.REFUSED, "REFUND": Outcome.RETURNED, "DEALING": Outcome.ACCEPTED}
# What may follow at the provider; a fate that is final for it goes nowhere.
NEXT = {"": ("DEALING", "SUCCESS", "FAIL"), "DEALING": ("SUCCESS", "FAIL"), "SUCCESS": ("REFUND",)}
ENDS = {"SUCCESS": "paid", "FAIL": "refused", "REFUND": "returned", "DEALING": "accepted"}


class Provider:
    """The far side: for each number its fate, and everything it has ever said."""

    name = "sandbox"

    def __init__(self, caps):
        self.caps, self.fate, self.amount, self.said = caps, {}, {}, []

    def say(self, source, number):
        fate = self.fate.get(number, "")
        outcome = FATES.get(fate, Outcome.NOT_FOUND)
        raw = json.dumps([number, fate, source]).encode()
        known = Fen(self.amount[number]) if fate else None
        told = Observation(source, number, outcome, known, {}, fate, None, raw)
        self.said.append(told)
        return told

    def send(self, prepared, *, deadline):
        self.amount[prepared.number] = prepared.amount
        self.fate.setdefault(prepared.number, "DEALING")
        return self.say("answer", prepared.number)

    def query(self, prepared, *, deadline):
        return self.say("query", prepared.number)


class Paying(RuleBasedStateMachine):
    """One market, one order at a time, and a provider that changes its mind only forwards."""

    template: Path
    keys: dict

    @initialize()
    def open(self):
        self.folder = Path(tempfile.mkdtemp(prefix="commuting-"))
        shutil.copy(self.template, self.folder / "market.db")
        self.clock = SimulatedClock(START + timedelta(days=1))
        self.app = _make(f"sqlite:///{self.folder / 'market.db'}", self.folder, self.keys, self.clock)
        self.runtime = runtime_of(self.app)
        self.payers = some_payers(self.runtime.work)
        (self.order,) = approved_parts(self.runtime.work, self.payers, 1)
        with self.runtime.work() as ctx:
            self.provider = Provider(queries.gateway(ctx, "sandbox").caps)

    def state(self):
        with self.runtime.work() as ctx:
            return queries.order(ctx, self.order.id).state

    def fate(self):
        return self.provider.fate.get(self.order.number, "")

    @rule(lost=st.booleans())
    def work(self, lost):
        """A worker takes the order; its answer may be lost on the way back."""
        self.clock.advance(hours=2)
        claimed = sender.claim(self.runtime, self.order.id)
        if claimed is None:
            return
        told = getattr(self.provider, claimed.what)(claimed.prepared, deadline=0.0)
        if lost:
            told = Observation(told.source, told.number, Outcome.UNKNOWN, code="TimeoutError")
        sender.record(self.runtime, claimed, told)

    @precondition(lambda self: self.fate() in NEXT and self.fate())
    @rule(data=st.data())
    def change(self, data):
        """The provider goes on, and says so in a notice that nobody has heard yet."""
        self.provider.fate[self.order.number] = data.draw(st.sampled_from(NEXT[self.fate()]))
        self.provider.say("notice", self.order.number)

    @precondition(lambda self: self.provider.said)
    @rule(data=st.data(), times=st.integers(1, 3))
    def hear(self, data, times):
        """Anything it ever said arrives again: late, doubled, in another order."""
        told = data.draw(st.sampled_from(self.provider.said))
        for _ in range(times):
            with self.runtime.work() as ctx:
                # An old answer or query reaches us as one of a worker that has lost its fence.
                fence = None if told.source == "notice" else -1
                service.apply_observation(ctx, self.order.id, told, fence=fence)

    @invariant()
    def money_is_where_the_state_says(self):
        if not hasattr(self, "order"):
            return
        with self.runtime.work() as ctx:
            row = queries.order(ctx, self.order.id)
            held = {k: v for k, v in balances.stages(ctx, row.encumbrance_id).items() if v}
            stage = {"paid": "paid", "refused": "due", "returned": "due"}.get(row.state, "transit")
            assert held.get(stage, 0) >= row.amount_fen
            assert held.get("transit", 0) == (row.amount_fen if row.state in {"approved", *rules.SENT} else 0)
            if row.state in {"paid", "returned"}:
                assert self.fate() in {"SUCCESS", "REFUND"}
            if row.state == "refused":
                assert self.fate() == "FAIL"

    def teardown(self):
        if not hasattr(self, "order"):
            return
        for _ in range(8):
            self.work(lost=False)
        for told in reversed(self.provider.said[-12:]):
            with self.runtime.work() as ctx:
                service.apply_observation(ctx, self.order.id, told, fence=None if told.source == "notice" else -1)
        assert self.state() == ENDS[self.fate()]
        with self.runtime.work() as ctx:
            assert check.run(ctx) == []
        put_away(self.app)
        shutil.rmtree(self.folder)


def run(marketplace_backend, marketplace_keys, examples, steps):
    if marketplace_backend.name != "sqlite":
        pytest.skip("the machine copies a file; the same facts run on PostgreSQL in test_every_order_of_the_same_facts")
    machine = type("Machine", (Paying,), {"template": marketplace_backend.template, "keys": marketplace_keys})
    machine.TestCase.settings = settings(max_examples=examples, stateful_step_count=steps, deadline=None)
    machine.TestCase("runTest").runTest()


def test_whatever_is_heard_the_order_ends_as_the_provider_says(marketplace_backend, marketplace_keys):
    run(marketplace_backend, marketplace_keys, 4, 10)


@pytest.mark.long
def test_whatever_is_heard_for_long(marketplace_backend, marketplace_keys):
    run(marketplace_backend, marketplace_keys, 300, 40)


def test_every_order_of_the_same_facts_is_one_result(work):
    """Answer, query and notices about one payment that was returned: all permutations, each heard twice."""
    payers = some_payers(work)
    results = set()
    for order_of_facts in itertools.permutations(["DEALING", "SUCCESS", "REFUND"]):
        (order,) = approved_parts(work, payers, 1)
        with work() as ctx:
            row = queries.order(ctx, order.id)
            row.state, row.sends, row.next_what = "sending", 1, "query"
        for fate in (*order_of_facts, *order_of_facts):
            source = {"DEALING": "answer", "SUCCESS": "query", "REFUND": "notice"}[fate]
            told = Observation(source, order.number, FATES[fate], Fen(order.amount_fen), {}, fate)
            with work() as ctx:
                service.apply_observation(ctx, order.id, told)
        with work() as ctx:
            results.add((queries.order(ctx, order.id).state, queries.order(ctx, order.id).live_key))
            assert check.run(ctx) == []
            assert not balances.stages(ctx, order.encumbrance_id)["transit"]
    assert results == {("returned", None)}
