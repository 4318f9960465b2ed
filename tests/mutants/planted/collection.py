"""Collections and refunds: what is paid, held, let go and given back."""

from tests.mutants.planted.mutant import Mutant

REFUNDS, FACTS = "tests/collection/test_refunds.py", "tests/collection/test_facts.py"

MUTANTS = (
    Mutant(
        "a notice is applied before it is stored",
        (
            (
                "marketplace/payments/inbox.py",
                '    stored = _put(ctx, gateway, notice_id[:128], fact.number[:64], kept, body, "stored")\n',
                "    _applied(ctx, gateway, fact)\n"
                '    stored = _put(ctx, gateway, notice_id[:128], fact.number[:64], kept, body, "stored")\n',
            ),
        ),
        (f"{FACTS}::test_a_notice_is_stored_first_and_settles_the_collection_when_applied",),
    ),
    Mutant(
        "a refund is repeated while the first may be under way",
        (
            (
                "marketplace/collection/rules.py",
                "outcome is Outcome.NOT_FOUND and settling <= timedelta(0)",
                "outcome is Outcome.NOT_FOUND",
            ),
        ),
        (f"{REFUNDS}::test_a_refund_still_on_its_way_when_it_is_not_found_is_never_followed_by_another",),
    ),
    Mutant(
        "a refund that moved although it was refused calls nobody",
        (
            (
                "marketplace/collection/rules.py",
                '(state, outcome) in {("refused", Outcome.SUCCEEDED), ("refunded", Outcome.REFUSED)}',
                'state == "nowhere"',
            ),
        ),
        (f"{REFUNDS}::test_a_fact_that_denies_the_end_of_a_refund_moves_nothing_and_calls_a_person",),
    ),
    Mutant(
        "late money pays a closed collection",
        (
            (
                "marketplace/collection/evidence.py",
                "fact.outcome is Outcome.SUCCEEDED and row.state in rules.OVER",
                "False",
            ),
        ),
        ("tests/collection/test_collecting.py::test_money_that_comes_late_has_no_owner_until_somebody_allocates_it",),
    ),
    Mutant(
        "a notice closes a collection",
        (("marketplace/collection/rules.py", '    if source == "notice":\n        return ""\n', ""),),
        (f"{FACTS}::test_any_order_and_repetition_of_facts_gives_one_result",),
    ),
    Mutant(
        "a lost refund is sent under a new chance",
        (
            (
                "marketplace/collection/service.py",
                "    if known is not None:\n        if known.amount_fen != amount_fen:",
                "    if False:\n        if known.amount_fen != amount_fen:",
            ),
        ),
        (f"{REFUNDS}::test_refunds_in_parts_never_exceed_what_was_paid_and_a_request_counts_once",),
    ),
    Mutant(
        "held money counts as the agency's at once",
        (
            (
                "marketplace/collection/evidence.py",
                '"payer", "held" if row.hold_days else "collected", row.amount_fen',
                '"payer", "collected", row.amount_fen',
            ),
        ),
        ("tests/collection/test_holding.py::test_acceptance_lets_it_go_once_and_nothing_is_due_again",),
    ),
    Mutant(
        "one person alone lets held money go",
        (
            (
                "marketplace/collection/holding.py",
                "    if row.release_asked_by == who(ctx):\n        raise ReleaseSamePerson\n    row.released_by = who(ctx)\n",
                "",
            ),
        ),
        (
            "tests/collection/test_holding.py::test_two_persons_of_the_payer_let_it_go_and_a_refund_before_takes_its_part",
        ),
    ),
    Mutant(
        "the provider settles by itself what nobody has accepted",
        (
            (
                "marketplace/collection/evidence.py",
                "paid_at + timedelta(days=row.hold_days) - rules.HELD_BACK",
                "paid_at + timedelta(days=row.hold_days) + rules.HELD_BACK",
            ),
        ),
        ("tests/collection/test_holding.py::test_what_nobody_accepts_goes_back_before_the_provider_would_settle_it",),
    ),
)
