"""Bids in tenders: who may send one, when it counts, and what of it may be seen."""

from tests.mutants.planted.mutant import Mutant

BIDDING = "marketplace/tenders/service/bidding.py"
AVOIDANCE = "tests/tenders/test_avoidance.py"
PLACING = "marketplace/tenders/queries/placing.py"
GATE = "tests/web/test_gate.py"

MUTANTS = (
    Mutant(
        "silence explains an abnormally low price",
        (
            (
                "marketplace/tenders/service/explaining.py",
                '_decide(ctx, tender, row, "silent", SILENT)',
                '_decide(ctx, tender, row, "accepted", SILENT)',
            ),
        ),
        ("tests/tenders/test_low_prices.py::test_silence_voids_the_quote_when_the_time_is_up",),
    ),
    Mutant(
        "anybody may quote in an inquiry",
        (
            (
                "marketplace/tenders/queries/eligibility.py",
                "        if id not in listed:\n",
                "        if id not in listed and not listed:\n",
            ),
        ),
        (
            "tests/tenders/test_inviting.py::test_the_named_and_one_that_was_drawn_are_invited_and_nobody_else_may_quote",
        ),
    ),
    Mutant(
        "a bid does not ask about what the bidder has in common with the buyer",
        ((PLACING, "not row.fit or row.linked or", "not row.fit or"),),
        (f"{AVOIDANCE}::test_a_shared_executive_keeps_the_agency_from_bidding",),
    ),
    Mutant(
        "a bid does not ask whether the bidder is fit",
        ((PLACING, "not row.fit or row.linked or", "row.linked or"),),
        (f"{AVOIDANCE}::test_a_bidder_is_clear_only_where_the_whole_question_finds_nothing",),
    ),
    Mutant(
        "a bid is stamped when its turn comes",
        ((BIDDING, '"received": ctx.received_at}', '"received": ctx.now}'),),
        (f"{GATE}::test_a_bid_that_arrived_in_time_and_waited_past_the_closing_is_taken",),
    ),
    Mutant(
        "a bid is judged when its turn comes",
        ((BIDDING, "ctx.received_at >= closes_at", "ctx.now >= closes_at"),),
        (f"{GATE}::test_a_bid_that_arrived_in_time_and_waited_past_the_closing_is_taken",),
    ),
    Mutant(
        "a bid at the closing instant is taken",
        ((BIDDING, "ctx.received_at >= closes_at", "ctx.received_at > closes_at"),),
        ("tests/tenders/test_bidding.py::test_a_bid_at_the_closing_instant_is_refused_though_the_timer_has_not_run",),
    ),
    Mutant(
        "a sealed bid has its price in a column",
        (
            (
                "marketplace/tenders/models/__init__.py",
                '    notice_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")\n\n\nclass KeyShare',
                '    notice_version: Mapped[int] = mapped_column(Integer, default=1, server_default="1")\n'
                "    price_fen: Mapped[int | None] = mapped_column(BigInteger)\n\n\nclass KeyShare",
            ),
            (
                BIDDING,
                "        return receipt(ctx, notice, _insert(ctx, notice, agency_id, replaces, sealed, event))\n",
                "        done = _insert(ctx, notice, agency_id, replaces, sealed, event)\n"
                "        ctx.session.execute(update(Bid).values(price_fen=price_fen))\n"
                "        return receipt(ctx, notice, done)\n",
            ),
        ),
        ("tests/tenders/test_sealing.py::test_no_column_of_any_table_learns_price_or_bidder_from_a_bid",),
    ),
    Mutant(
        "a bid of an old notice is counted",
        (
            (
                "marketplace/tenders/queries/__init__.py",
                "Bid.notice_version >= Tender.counts_from",
                "Bid.notice_version >= 1",
            ),
        ),
        (
            "tests/tenders/test_changes.py::test_only_confirmed_bids_count_and_the_others_stay_shut",
            "tests/tenders/test_races.py::"
            "test_an_amendment_against_bids_has_one_order_and_no_bid_counts_for_a_notice_it_did_not_see",
        ),
    ),
    Mutant(
        "a void bid is revived by confirming a later change",
        (
            (
                "marketplace/tenders/rules/changing.py",
                'return "invalid" if version < invalidated_from else CONFIRM',
                "return CONFIRM",
            ),
        ),
        ("tests/tenders/test_changes.py::test_a_later_change_that_needs_confirmation_does_not_revive_a_void_bid",),
    ),
    Mutant(
        "the log says who asked",
        (("marketplace/kernel/events.py", "if event.sealed or event.anonymous:", "if event.sealed:"),),
        ("tests/tenders/test_questions.py::test_a_question_is_public_and_nobody_learns_who_asked",),
    ),
)
