"""Many postings at once: judged in their order, booked all or none, once each, and never in each other's way."""

import threading
from datetime import date

import pytest

from marketplace.kernel.errors import Busy
from marketplace.kernel.writer import OneWriter
from marketplace.ledger import check, queries, service
from marketplace.ledger.errors import LedgerAccountNotFound, Overdrawn, PostingDiffers
from marketplace.ledger.models import Posting
from marketplace.ledger.rules import Entry, Request
from marketplace.testing.ledger import YEAR, a_purse


def _entry(id, debit, credit, fen):
    return Entry(id, debit.id, credit.id, fen, "test", "test", YEAR, date(2026, 3, 2))


def _purses(ctx, *amounts):
    return [a_purse(ctx, owner=f"line/test/{n}", amount_fen=fen) for n, fen in enumerate(amounts)]


def test_a_batch_moves_what_its_postings_would_move_one_by_one(work):
    with work() as ctx:
        first, second, third = _purses(ctx, 100, 0, 0)
        entries = [_entry("a", first, second, 60), _entry("b", second, third, 50), _entry("c", first, third, 40)]
        assert service.post_all(ctx, entries) == 3
        assert [queries.balance_fen(ctx, purse.id) for purse in (first, second, third)] == [0, 10, 90]
        assert check.run(ctx) == []


def test_each_entry_is_judged_after_those_before_it(work):
    with work() as ctx:
        first, second = _purses(ctx, 100, 0)
    with pytest.raises(Overdrawn) as refusal, work() as ctx:
        service.post_all(ctx, [_entry("a", first, second, 60), _entry("b", first, second, 60)])
    assert (refusal.value.facts["available_fen"], refusal.value.facts["needed_fen"]) == (40, 60)
    with pytest.raises(Overdrawn), work() as ctx:
        service.post_all(ctx, [_entry("a", second, first, 1), _entry("b", first, second, 1)])
    with work(write=False) as ctx:
        assert queries.amounts_of(ctx, ["a", "b"]) == {}
        assert queries.balance_fen(ctx, first.id) == 100


def test_what_was_booked_before_or_stands_twice_moves_once(work):
    with work() as ctx:
        first, second = _purses(ctx, 100, 0)
        service.post_all(ctx, [_entry("a", first, second, 10)])
        again = [_entry("a", first, second, 10), _entry("b", first, second, 5), _entry("b", first, second, 5)]
        assert service.post_all(ctx, again) == 1
        assert service.post_all(ctx, []) == 0
        assert queries.balance_fen(ctx, second.id) == 15
        with pytest.raises(PostingDiffers):
            service.post_all(ctx, [_entry("c", first, second, 1), _entry("c", first, second, 2)])
        with pytest.raises(PostingDiffers):
            service.post_all(ctx, [_entry("c", first, second, 1), _entry("a", first, second, 2)])
        assert queries.posting(ctx, "c") is None


def test_an_account_that_is_not_there_stops_the_whole_batch(work):
    with work() as ctx:
        first, second = _purses(ctx, 100, 0)
        nowhere = Entry("b", first.id, "0" * 32, 1, "test", "test", YEAR, date(2026, 3, 2))
        with pytest.raises(LedgerAccountNotFound):
            service.post_all(ctx, [_entry("a", first, second, 10), nowhere])
        assert queries.balance_fen(ctx, first.id) == 100


def test_a_batch_larger_than_one_statement_takes_is_one_batch(work, monkeypatch):
    from marketplace.ledger import booking

    monkeypatch.setattr(booking, "CHUNK", 7)
    with work() as ctx:
        purses = _purses(ctx, *[10] * 20)
        entries = [_entry(f"p/{n}", purses[n], purses[(n + 1) % 20], 10) for n in range(20)]
        assert service.post_all(ctx, entries) == 20
        assert service.post_all(ctx, entries) == 0
        assert check.run(ctx) == []


def test_batches_both_ways_at_once_never_wait_for_each_other(runtime, work):
    with work() as ctx:
        first, second = _purses(ctx, 10_000, 10_000)
    barrier, trouble = threading.Barrier(8), []

    def client(number):
        barrier.wait()
        sides = (first, second) if number % 2 else (second, first)
        for turn in range(25):
            try:
                with work() as ctx:
                    service.post_all(ctx, [_entry(f"{number}/{turn}/{n}", *sides, 1) for n in range(3)])
            except Busy as error:
                trouble.append(error)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert trouble == []
    with work(write=False) as ctx:
        assert queries.balance_fen(ctx, first.id) == queries.balance_fen(ctx, second.id) == 10_000
        assert check.run(ctx) == []


def test_requests_of_many_clients_are_judged_in_their_order_each_whole_and_alone(work):
    with work() as ctx:
        first, second, third = _purses(ctx, 100, 0, 0)
        nowhere = Entry("e", first.id, "0" * 32, 1, "test", "test", YEAR, date(2026, 3, 2))
        asked = [
            [_entry("a", first, second, 60)],
            [_entry("b", first, second, 30), _entry("c", first, second, 30)],  # the second is too much: neither moves
            [_entry("a", first, second, 60)],  # the first client's own request, once more
            [_entry("a", first, second, 61)],
            [nowhere],
            [_entry("d", first, third, 40)],  # all that the refused ones left
            [_entry("f", third, first, 40)],
        ]
        told = service.post_each(ctx, [Request(f"client-{n}", entries) for n, entries in enumerate(asked)])
        found = [one if isinstance(one, int) else type(one) for one in told]
        assert found == [1, Overdrawn, 0, PostingDiffers, LedgerAccountNotFound, 1, 1]
        assert [queries.balance_fen(ctx, purse.id) for purse in (first, second, third)] == [40, 60, 0]
        assert {id: ctx.session.get(Posting, id).actor for id in "adf"} == {
            "a": "client-0",
            "d": "client-5",
            "f": "client-6",
        }
        assert service.post_each(ctx, []) == []
        assert check.run(ctx) == []


def test_many_clients_of_one_writer_take_exactly_what_is_there(runtime, work):
    with work() as ctx:
        first, second = _purses(ctx, 50, 0)
    one_writer, done, left = OneWriter(runtime, service.post_each), [0] * 12, []

    def client(number):
        for turn in range(8):
            try:
                done[number] += one_writer.ask(Request("t", [_entry(f"{number}/{turn}", first, second, 1)]))
            except Overdrawn as error:
                left.append(error.facts["available_fen"])

    threads = [threading.Thread(target=client, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (sum(done), left) == (50, [0] * 46)
    with work(write=False) as ctx:
        assert [queries.balance_fen(ctx, purse.id) for purse in (first, second)] == [0, 50]
        assert check.run(ctx) == []
