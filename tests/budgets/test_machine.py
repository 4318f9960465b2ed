"""A machine that draws every step from the state of the books: what fits happens, what does not is refused whole."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from marketplace.budgets import queries, service, transfers
from marketplace.budgets.queries import balances
from marketplace.budgets.rules import ENCUMBRANCE_STAGES, MOVES
from marketplace.kernel.errors import DomainError
from marketplace.ledger import check
from marketplace.testing.budgets import FinancePair, a_department_organisation, a_finance_pair, a_line


class Money(RuleBasedStateMachine):
    """The machine over one database; every run has lines of its own."""

    work = clerks = None

    @initialize(amounts=st.lists(st.integers(1, 2000), min_size=2, max_size=3))
    def begin(self, amounts):
        self.needs, self.serial = {}, 0
        self.pair = next(self.clerks)
        with self.work() as ctx:
            self.lines = [
                a_line(ctx, self.pair.department_id, amount_fen=fen, name=f"指标{n}").id
                for n, fen in enumerate(amounts)
            ]
        self.appropriated = sum(amounts)

    def _near(self, data, held):
        """An amount around what is held: on both sides of the edge more often than far from it."""
        return data.draw(st.sampled_from([held, held + 1, max(held - 1, 1), max(held // 2, 1), 1]), label="fen")

    def _try(self, fits, act):
        try:
            with self.work() as ctx:
                act(ctx)
        except DomainError:
            assert not fits
            return False
        assert fits
        return True

    def _reference(self):
        self.serial += 1
        return f"{self.pair.department_id}/{self.serial}"

    def _available(self, lines):
        with self.work(write=False) as ctx:
            return sum(balances.available_fen(ctx, line) for line in lines)

    @rule(data=st.data())
    def reserve(self, data):
        lines = data.draw(st.permutations(self.lines))[: data.draw(st.integers(1, len(self.lines)))]
        held = self._available(lines)
        fen, reference, made = self._near(data, held), self._reference(), []

        def act(ctx):
            row = service.reserve(ctx, line_id=lines[0], amount_fen=fen, reference=reference, further_lines=lines[1:])
            made.append(row.id)

        if self._try(fen <= held, act):
            self.needs[made[0]] = {"state": "reserved", "stages": Counter(reserved=fen), "first": fen, "open": []}

    def _pick(self, data, *states):
        # In the order they were made: ids differ from run to run, and a run must be repeatable.
        ids = [id for id, need in self.needs.items() if need["state"] in states]
        return data.draw(st.sampled_from(ids), label="need") if ids else None

    @precondition(lambda self: self.needs)
    @rule(data=st.data())
    def award(self, data):
        id = self._pick(data, "reserved", "awarded")
        if id is None:
            return
        need = self.needs[id]
        fen = self._near(data, need["first"])
        more = fen - need["stages"]["reserved"]
        with self.work(write=False) as ctx:
            free = sum(balances.available_fen(ctx, share.line.id) for share in queries.shares(ctx, id))
        fits = fen <= need["first"] and more <= free
        if self._try(fits, lambda ctx: service.award(ctx, id, amount_fen=fen)):
            need["state"], need["stages"]["reserved"] = "awarded", fen

    @precondition(lambda self: self.needs)
    @rule(data=st.data())
    def obligate(self, data):
        id = self._pick(data, "awarded")
        if id is not None and self._try(True, lambda ctx: service.obligate(ctx, id)):
            need = self.needs[id]
            need["state"] = "obligated"
            need["stages"] = Counter(obligated=need["stages"]["reserved"])

    def _step(self, data, verb, act, states=("obligated",)):
        id = self._pick(data, *states)
        if id is None:
            return
        need, (source, target) = self.needs[id], MOVES[verb]
        held = need["stages"][source]
        fen, reference = self._near(data, held), self._reference()
        if self._try(fen <= held, lambda ctx: act(ctx, id, amount_fen=fen, reference=reference)):
            need["stages"][source] -= fen
            if target != "available":
                need["stages"][target] += fen
            if verb == "transit":
                need["open"].append((reference, fen))
            self._repeat(lambda ctx: act(ctx, id, amount_fen=fen, reference=reference))
            self._ended(id)

    def _repeat(self, act):
        """The same event told twice moves nothing."""
        with self.work() as ctx:
            act(ctx)

    def _ended(self, id):
        need = self.needs[id]
        rest = sum(need["stages"][stage] for stage in ENCUMBRANCE_STAGES if stage != "paid")
        if need["state"] in {"obligated", "ending"} and not rest and need["stages"]["paid"]:
            need["state"] = "closed"
        elif need["state"] == "ending" and not rest:
            need["state"] = "cancelled"

    @precondition(lambda self: self.needs)
    @rule(data=st.data())
    def due(self, data):
        self._step(data, "due", service.make_due)

    @precondition(lambda self: self.needs)
    @rule(data=st.data())
    def deduct(self, data):
        self._step(data, "deduct", service.deduct)

    @precondition(lambda self: self.needs)
    @rule(data=st.data())
    def send(self, data):
        self._step(data, "transit", service.to_transit, ("obligated", "ending"))

    @precondition(lambda self: any(need["open"] for need in self.needs.values()))
    @rule(data=st.data(), outcome=st.sampled_from(["paid", "refused", "returned"]))
    def hear(self, data, outcome):
        id = data.draw(st.sampled_from([id for id, need in self.needs.items() if need["open"]]))
        need = self.needs[id]
        reference, fen = need["open"].pop()
        verb = service.back_to_due if outcome == "refused" else service.settle
        self._repeat(lambda ctx: verb(ctx, id, amount_fen=fen, reference=reference))
        need["stages"]["transit"] -= fen
        need["stages"]["due" if outcome == "refused" else "paid"] += fen
        self._ended(id)
        if outcome == "returned":
            self._repeat(lambda ctx: service.return_paid(ctx, id, amount_fen=fen, reference=reference))
            need["stages"]["paid"] -= fen
            need["stages"]["due"] += fen
            if need["state"] == "closed":
                need["state"] = "ending"

    @precondition(lambda self: self.needs)
    @rule(data=st.data())
    def release(self, data):
        id = self._pick(data, "reserved", "awarded", "obligated")
        if id is None:
            return
        self._repeat(lambda ctx: service.release(ctx, id, reason="不再执行"))
        need = self.needs[id]
        need["state"] = "ending" if need["state"] == "obligated" else "cancelled"
        need["stages"]["reserved"] = need["stages"]["obligated"] = 0
        self._ended(id)

    @rule(data=st.data())
    def transfer(self, data):
        source, target = data.draw(st.permutations(self.lines))[:2]
        held = self._available([source])
        if not held:
            return
        fen = self._near(data, held)
        try:
            with self.work(self.pair.first) as ctx:
                asked = transfers.ask(ctx, source_id=source, target_id=target, amount_fen=fen, reason="x")
        except DomainError:
            assert fen > held
            return
        assert fen <= held
        with self.work(self.pair.second) as ctx:
            transfers.approve(ctx, asked.id)

    def teardown(self):
        if not hasattr(self, "needs"):
            return
        with self.work(write=False) as ctx:
            for id, need in self.needs.items():
                assert balances.stages(ctx, id) == {s: need["stages"][s] for s in ENCUMBRANCE_STAGES}
                assert queries.encumbrance(ctx, id).state == need["state"]
            held = balances.stages_of_lines(ctx, self.lines)
            assert sum(sum(stages.values()) for stages in held.values()) == self.appropriated
            assert all(fen >= 0 for stages in held.values() for fen in stages.values())
            assert check.run(ctx) == []


def _departments(work):
    """Departments with the same two clerks, one for each run."""
    with work() as ctx:
        pair = a_finance_pair(ctx)
    while True:
        yield pair
        with work() as ctx:
            pair = another(ctx, pair)


def another(ctx, pair):
    """The same two people in a department of their own."""
    department_id = a_department_organisation(ctx).id
    first, second = (replace(actor, organisation_id=department_id) for actor in (pair.first, pair.second))
    return FinancePair(department_id, first, second)


def _run(work, examples, steps):
    chosen = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )
    machine = type("Machine", (Money,), {"work": staticmethod(work), "clerks": _departments(work)})
    run_state_machine_as_test(machine, settings=chosen)


def test_money_moves_only_where_it_is(work):
    _run(work, 6, 18)


@pytest.mark.long
def test_money_moves_only_where_it_is_for_long(work):
    _run(work, 300, 40)
