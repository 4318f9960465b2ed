"""Statements and breaks: bills that do not add up, and lines that match nothing."""

from tests.mutants.planted.mutant import Mutant

BILLS = "marketplace/payments/gateways/bills.py"
RECON = "tests/reconciliation/test_service.py"

MUTANTS = (
    Mutant(
        "a bill is believed without its trailer",
        ((BILLS, "    if came[0] + went[0] != bill.count:", "    if False:"),),
        (f"{RECON}::test_a_file_whose_own_count_is_wrong_is_refused",),
    ),
    Mutant(
        "a running balance is not followed",
        ((BILLS, "elif self.closing_fen + line.amount_fen != line.balance_fen:", "elif False:"),),
        (f"{RECON}::test_a_line_cut_out_of_the_middle_is_refused",),
    ),
    Mutant(
        "a second line under one number is matched again",
        (("marketplace/reconciliation/rules.py", 'return "duplicate"', 'return "fee"'),),
        (f"{RECON}::test_each_mutation_of_a_statement_is_found",),
    ),
    Mutant(
        "the amount is not compared when matching",
        (
            (
                "marketplace/reconciliation/matching.py",
                "ours.c.amount_fen == StatementLine.amount_fen",
                "ours.c.amount_fen <= 0",
            ),
        ),
        (f"{RECON}::test_each_mutation_of_a_statement_is_found",),
    ),
    Mutant(
        "a movement that is proposed for one line is proposed for another",
        (
            (
                "marketplace/reconciliation/matching.py",
                "            if claim.key not in tally.proposed:",
                "            if True:",
            ),
        ),
        (f"{RECON}::test_one_movement_is_proposed_for_one_line_only_however_often_and_late_lines_come",),
    ),
    Mutant(
        "one person ends a break alone",
        (
            ("marketplace/reconciliation/breaks.py", "if row.proposed_by == who(ctx):", "if False:"),
            ("migrations/versions/0005_statements_and_breaks.py", "proposed_by <> confirmed_by", "1 = 1"),
        ),
        (f"{RECON}::test_a_line_without_our_number_is_proposed_and_two_persons_decide",),
    ),
    Mutant(
        "days on which no worker asked are never fetched",
        (
            (
                "marketplace/reconciliation/queries/__init__.py",
                "return [day for day in every if day not in there]",
                "return [day for day in every if day in there]",
            ),
        ),
        (
            "tests/reconciliation/test_fetching.py::test_days_nobody_asked_for_are_fetched_later_and_a_fee_waits_on_the_clerks_desk",
        ),
    ),
)
