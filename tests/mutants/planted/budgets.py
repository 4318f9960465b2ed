"""Budget tables, years and vouchers."""

from tests.mutants.planted.mutant import Mutant

BOOKING = "marketplace/ledger/booking.py"
MOVING = "marketplace/budgets/moving.py"
CARRYING = "marketplace/budgets/carrying.py"

MUTANTS = (
    Mutant(
        "a balance is judged by reading it, without holding it",
        (
            (BOOKING, "ORDER BY b.account_id {lock}", "ORDER BY b.account_id"),
            (BOOKING, '"\n    "AND (NOT b.floor0 OR b.credits_fen - b.debits_fen + v.credits - v.debits >= 0)"', '"'),
        ),
        (
            "tests/budgets/test_races.py::test_the_last_thousand_yuan_are_never_reserved_twice",
            "tests/budgets/test_races.py::test_twenty_four_clients_take_exactly_what_is_there",
        ),
        postgresql=True,
    ),
    Mutant(
        "a table's amount goes through a float",
        (
            (
                "marketplace/budgets/trial.py",
                "        return parse_yuan(text)\n",
                '        return int(float(text.replace(",", "")) * 100)\n',
            ),
        ),
        ("tests/budgets/test_tables.py::test_an_amount_is_read_to_the_fen",),
    ),
    Mutant(
        "a closed account moves until the trigger stops it",
        ((BOOKING, "if source.closed or target.closed or {", "if {"),),
        ("tests/budgets/test_years.py::test_a_sealed_year_refuses_every_posting_even_past_the_service",),
    ),
    Mutant(
        "a need keeps drawing on the year that it was carried out of",
        ((CARRYING, "    _end_share(ctx, row, line)\n", ""),),
        ("tests/budgets/test_years.py::test_the_year_is_closed_step_by_step",),
    ),
    Mutant(
        "a payment that comes back changes the closed year",
        (("marketplace/budgets/service.py", "if carrying.paid_before(ctx, row, reference):", "if not row:"),),
        ("tests/budgets/test_years.py::test_a_payment_that_comes_back_after_the_seal_is_due_in_the_next_year",),
    ),
    Mutant(
        "a frozen year takes a new need",
        (
            (
                "marketplace/budgets/service.py",
                "    require_open(ctx, lines[0].department_id, lines[0].fiscal_year)\n    _require_available",
                "    _require_available",
            ),
        ),
        ("tests/budgets/test_years.py::test_the_year_is_closed_step_by_step",),
    ),
    Mutant(
        "what is given back comes off the first line",
        ((MOVING, "        active.reverse()\n", "        active = list(active)\n"),),
        ("tests/budgets/test_needs.py::test_a_need_draws_on_its_lines_in_order_and_gives_back_the_last_first",),
    ),
    Mutant(
        "a payment settles on any line that has something in transit",
        ((MOVING, "        if sum(first.values()) == amount_fen:\n", "        if not first:\n"),),
        ("tests/budgets/test_needs.py::test_a_payment_settles_on_the_lines_that_it_was_taken_from",),
    ),
    Mutant(
        "a table with faults is booked as far as it is good",
        (
            (
                "marketplace/budgets/importing.py",
                "    trial = try_out(ctx, department_id, content)\n    if trial.faults:\n",
                "    trial = try_out(ctx, department_id, content)\n    if not trial.wanted:\n",
            ),
        ),
        ("tests/budgets/test_tables.py::test_the_trial_lists_every_fault_by_row_and_column_and_writes_nothing",),
    ),
    Mutant(
        "vouchers are numbered anew at each export",
        (
            (
                "marketplace/budgets/vouchers.py",
                "serial=serial + offset,",
                "serial=serial + offset + (10 if serial else 0),",
            ),
        ),
        ("tests/budgets/test_tables.py::test_vouchers_stand_in_both_books_and_keep_their_numbers",),
    ),
)
