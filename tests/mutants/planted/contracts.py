"""Contracts: their changes, disputes about them, and interest on what is late."""

from tests.mutants.planted.mutant import Mutant

PAY_RULES = "marketplace/payments/rules.py"

MUTANTS = (
    Mutant(
        "interest is cut off instead of rounded",
        ((PAY_RULES, "return (part * 2 + whole) // (whole * 2)", "return part // whole"),),
        ("tests/overdue/test_overdue.py::test_interest_is_whole_fen_rounded_half_up_once",),
    ),
    Mutant(
        "the last day counts as late",
        ((PAY_RULES, "max((today - due_on).days, 0)", "max((today - due_on).days + 1, 0)"),),
        ("tests/overdue/test_overdue.py::test_the_last_day_is_in_time",),
    ),
    Mutant(
        "a dispute that its page has refused is kept",
        (("marketplace/contracts/pages/money.py", "    return page, 422 if errors else 200\n", "    return page\n"),),
        ("tests/payments/test_disputes.py::test_both_sides_have_pages_for_a_dispute",),
    ),
    Mutant(
        "the page lets the buyer agree to the change that it has proposed",
        (
            (
                "marketplace/contracts/pages/money.py",
                'if not queries.is_side(ctx, found, side) or (step == "withdraw") != (side == "buyer"):',
                "if not queries.is_side(ctx, found, side):",
            ),
        ),
        ("tests/contracts/test_changes.py::test_pages_and_json_offer_changes_to_both_sides",),
    ),
    Mutant(
        "a dispute lets the approved order go on to the wire",
        (
            (
                "marketplace/payments/disputes.py",
                '    if row.state != "approved" and row.held_from != "approved":\n',
                '    if row.state == "approved" or row.held_from != "approved":\n',
            ),
        ),
        ("tests/payments/test_disputes.py::test_an_approved_order_is_stopped_and_the_undisputed_part_is_paid_in_time",),
    ),
    Mutant(
        "a dispute stops what is on the wire already",
        (
            (
                "marketplace/payments/disputes.py",
                '    if row.state in rules.SENT or row.sends:\n        return "sent"\n',
                "",
            ),
        ),
        (
            "tests/payments/test_disputes.py::test_what_is_on_the_wire_is_only_put_on_record_and_what_is_paid_is_too_late",
        ),
    ),
    Mutant(
        "a milestone that was added keeps its share of the first amount",
        (
            (
                "marketplace/contracts/changes.py",
                "    found.amount_fen += row.amount_fen\n    ctx.session.add(part)\n    ctx.session.flush()\n    _share_out(ctx, found)\n",
                "    found.amount_fen += row.amount_fen\n    ctx.session.add(part)\n    ctx.session.flush()\n",
            ),
        ),
        ("tests/contracts/test_changes.py::test_an_increase_is_reserved_first_and_obligated_when_the_agency_agrees",),
    ),
)
