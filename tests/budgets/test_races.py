"""Twenty-four clients on one line: never overspent, every loser is told why, the final balance is exact."""

import threading
from collections import Counter

import pytest

from marketplace.budgets import queries, service
from marketplace.budgets.errors import BudgetTooSmall
from marketplace.budgets.queries import balances
from marketplace.kernel.errors import Busy, DomainError, Kind
from marketplace.ledger import check
from marketplace.ledger.errors import Overdrawn
from marketplace.testing.budgets import a_line, an_obligation

CLIENTS = 24


def _race(action):
    """Start CLIENTS threads at one moment; what each one got, in no order. A busy database is asked again."""
    barrier = threading.Barrier(CLIENTS)
    results = []

    def client(number):
        barrier.wait()
        while True:
            try:
                action(number)
                results.append("won")
            except Busy:
                continue
            except DomainError as error:
                results.append(error)
            return

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(results) == CLIENTS
    return results


def test_the_last_thousand_yuan_are_never_reserved_twice(runtime, work):
    with work() as ctx:
        line_id = a_line(ctx, amount_fen=100_000).id

    def reserve(number):
        with work() as ctx:
            service.reserve(ctx, line_id=line_id, amount_fen=7_000 + number, reference=f"ZJ-{number}")

    results = _race(reserve)
    lost = [result for result in results if result != "won"]
    assert all(isinstance(error, (BudgetTooSmall, Overdrawn)) and error.kind is Kind.CONFLICT for error in lost)
    with work(write=False) as ctx:
        stages = balances.line_stages(ctx, line_id)
        taken = [balances.stages(ctx, row.id)["reserved"] for row in ctx.session.scalars(queries.encumbrances(line_id))]
        assert (len(taken), sum(taken)) == (results.count("won"), stages["reserved"])
        assert stages["available"] == 100_000 - sum(taken)
        assert 0 <= stages["available"] < 7_000 + CLIENTS
        assert check.run(ctx) == []


def test_equal_reservations_leave_exactly_nothing(runtime, work):
    with work() as ctx:
        line_id = a_line(ctx, amount_fen=100_000).id

    def reserve(number):
        with work() as ctx:
            service.reserve(ctx, line_id=line_id, amount_fen=10_000, reference=f"ZJ-{number}")

    results = _race(reserve)
    assert Counter("won" if result == "won" else "lost" for result in results) == {"won": 10, "lost": CLIENTS - 10}
    with work(write=False) as ctx:
        assert balances.available_fen(ctx, line_id) == 0


def test_the_same_acceptance_told_by_everybody_is_due_once(runtime, work):
    with work() as ctx:
        line_id = a_line(ctx, amount_fen=100_000).id
        encumbrance_id = an_obligation(ctx, line_id, 60_000).id

    def make_due(number):
        with work() as ctx:
            service.make_due(ctx, encumbrance_id, amount_fen=20_000, reference="M-1")

    assert _race(make_due) == ["won"] * CLIENTS
    with work(write=False) as ctx:
        assert balances.stages(ctx, encumbrance_id)["due"] == 20_000


def test_release_and_acceptance_at_once_never_lose_a_fen(runtime, work):
    with work() as ctx:
        line_id = a_line(ctx, amount_fen=100_000).id
        encumbrance_id = an_obligation(ctx, line_id, 60_000).id

    def act(number):
        with work() as ctx:
            if number == CLIENTS // 2:
                service.release(ctx, encumbrance_id, reason="解除合同")
            else:
                service.make_due(ctx, encumbrance_id, amount_fen=2_500, reference=f"M-{number}")

    results = _race(act)
    with work(write=False) as ctx:
        stages = balances.line_stages(ctx, line_id)
        accepted = results.count("won") - 1
        assert stages["due"] == 2_500 * accepted
        assert stages["available"] == 100_000 - stages["due"]
        assert check.run(ctx) == []


def _rounds(work, rounds):
    """Every client asks `rounds` times for the same amount; there is enough for half of them. Who won how often."""
    enough = CLIENTS * rounds // 2
    with work() as ctx:
        line_id = a_line(ctx, amount_fen=enough * 1_000).id
    won, told = Counter(), []

    def client(number):
        for turn in range(rounds):
            while True:
                try:
                    with work() as ctx:
                        service.reserve(ctx, line_id=line_id, amount_fen=1_000, reference=f"ZJ-{number}-{turn}")
                    won[number] += 1
                except Busy:
                    continue
                except (BudgetTooSmall, Overdrawn) as error:
                    told.append(error.facts["available_fen"])
                break

    assert _race(client) == ["won"] * CLIENTS
    with work(write=False) as ctx:
        assert sum(won.values()) == enough
        assert all(fen < 1_000 for fen in told)
        assert balances.line_stages(ctx, line_id)["reserved"] == enough * 1_000
        assert balances.available_fen(ctx, line_id) == 0
        assert check.run(ctx) == []
    return won


def test_twenty_four_clients_take_exactly_what_is_there(runtime, work):
    _rounds(work, 2)


@pytest.mark.long
def test_twenty_four_clients_share_a_long_race(runtime, work):
    won = _rounds(work, 60)
    print("won per client, fewest to most:", sorted(won[number] for number in range(CLIENTS)))  # noqa: T201
    assert min(won[number] for number in range(CLIENTS)) > 0
