"""The book of accounts: balances, batches and entries."""

from tests.mutants.planted.mutant import Mutant

BOOKING = "marketplace/ledger/booking.py"

MUTANTS = (
    Mutant(
        "money leaves without asking whether it is there",
        ((BOOKING, "    if source.floor0 and source.net_fen < amount:\n", "    if source.book != target.book:\n"),),
        ("tests/ledger/test_service.py::test_more_than_there_is_is_refused_with_the_available_amount",),
    ),
    Mutant(
        "accounts are held in the order in which they are asked for",
        (
            (BOOKING, "CHUNK = 10_000", "CHUNK = 1"),
            (BOOKING, "_chunks(sorted(set(ids)))", "_chunks(list(ids))"),
            (
                BOOKING,
                "_held(connection, {side for entry in wanted for side in (entry.debit_id, entry.credit_id)})",
                "_held(connection, [side for entry in wanted for side in (entry.debit_id, entry.credit_id)])",
            ),
        ),
        ("tests/ledger/test_batches.py::test_batches_both_ways_at_once_never_wait_for_each_other",),
        postgresql=True,
    ),
    Mutant(
        "entries of a batch do not see those before them",
        ((BOOKING, "    source.net_fen -= amount_fen\n", ""),),
        ("tests/ledger/test_batches.py::test_each_entry_is_judged_after_those_before_it",),
    ),
    Mutant(
        "what a refused request had begun to move is missed by those after it",
        (
            (
                BOOKING,
                "            _shift(held[entry.debit_id], held[entry.credit_id], -entry.amount_fen)\n",
                "            pass\n",
            ),
        ),
        ("tests/ledger/test_batches.py::test_requests_of_many_clients_are_judged_in_their_order_each_whole_and_alone",),
    ),
    Mutant(
        "an id that was booked is taken for known whatever it says",
        (
            (
                BOOKING,
                "            elif (before.content if isinstance(before, Entry) else before) != entry.content:\n",
                "            elif not before:\n",
            ),
        ),
        ("tests/ledger/test_service.py::test_the_same_id_with_other_content_is_refused",),
    ),
    Mutant(
        "an amount may be a float",
        ((BOOKING, "if type(entry.amount_fen) is not int or entry.amount_fen <= 0:", "if entry.amount_fen <= 0:"),),
        ("tests/ledger/test_service.py::test_an_amount_is_a_positive_whole_number_of_fen",),
    ),
)
