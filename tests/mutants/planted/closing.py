"""Closing a tender: races with bids, the keepers of the key, and what is sifted out."""

from tests.mutants.planted.mutant import Mutant

BIDDING = "marketplace/tenders/service/bidding.py"
STEPS = "marketplace/tenders/service/steps.py"
MACHINE = "tests/tenders/test_closing_machine.py::test_no_bid_with_a_receipt_is_lost_in_any_order_of_events"
PLACING = "marketplace/tenders/queries/placing.py"
RACE = "tests/tenders/test_races.py::test_a_bid_against_the_closing_is_never_accepted_and_ignored"
KEEPERS = "marketplace/tenders/service/keepers.py"
CHOOSING = "marketplace/tenders/service/choosing.py"
KEPT = "tests/tenders/test_keepers.py"
WAITING = "tests/tenders/test_races.py::test_a_bid_that_waits_for_the_closer_is_refused_by_what_the_closer_wrote"
CLOSING = "tests/tenders/test_closing.py"
KEEPING, PREPARED = "tests/kernel/test_keeping.py", "tests/tenders/test_preparing.py"
DEADLINES = "marketplace/kernel/deadlines.py"
PREPARING = "marketplace/tenders/service/preparing.py"

MUTANTS = (
    Mutant(
        "closing takes no lock",
        (
            (
                "marketplace/tenders/service/steps.py",
                "    ctx.lock_all([lock_name(id) for id in ids])\n",
                "",
            ),
        ),
        (RACE, "tests/tenders/test_races.py::test_two_closers_make_one_award"),
        postgresql=True,
    ),
    Mutant(
        "the stage is not asked again under the lock",
        (
            (
                BIDDING,
                "for name in _SEALED)).where(_while_open),",
                "for name in _SEALED)).where(_while_open | ~_while_open),",
            ),
        ),
        (WAITING,),
        postgresql=True,
    ),
    Mutant(
        "a bid takes no lock",
        ((PLACING, "(_QUICK_LOCK_AND_LOOK if postgresql else _QUICK_LOOK)", "_QUICK_LOOK"),),
        (f"{CLOSING}::test_bidders_that_stall_across_the_deadline_are_seen_or_refused",),
        postgresql=True,
    ),
    Mutant(
        "what is closed is closed again",
        (
            (
                "marketplace/tenders/service/opening.py",
                'if tender.stage == "open" and tender.closes_at is not None]',
                "if tender.closes_at is not None]",
            ),
        ),
        ("tests/tenders/test_races.py::test_two_closers_make_one_award",),
        postgresql=True,
    ),
    Mutant(
        "in any order of events: the closer takes no lock",
        ((STEPS, "    ctx.lock_all([lock_name(id) for id in ids])\n", ""),),
        (MACHINE,),
        postgresql=True,
    ),
    Mutant(
        "in any order of events: a bid takes no lock",
        ((PLACING, "(_QUICK_LOCK_AND_LOOK if postgresql else _QUICK_LOOK)", "_QUICK_LOOK"),),
        (MACHINE,),
        postgresql=True,
    ),
    Mutant(
        "a promise counts as kept before it is",
        (
            (
                "marketplace/kernel/keeping.py",
                "        if claimed:\n",
                "        ctx.session.commit()\n        if claimed:\n",
            ),
        ),
        (f"{CLOSING}::test_one_that_cannot_be_closed_holds_up_no_other",),
    ),
    Mutant(
        "what a worker has taken is kept without a claim",
        (
            (
                "marketplace/kernel/keeping.py",
                "claimed = deadlines.claim_many(ctx.session, taken, ctx.now)",
                "claimed = deadlines.claim_many(ctx.session, taken, ctx.now) and taken or taken",
            ),
        ),
        (f"{KEEPING}::test_a_worker_whose_lease_runs_out_keeps_nothing_again",),
    ),
    Mutant(
        "two workers think of the same promises",
        ((DEADLINES, '"until": now + LEASE}', '"until": now}'),),
        (f"{KEEPING}::test_two_workers_take_different_ones",),
    ),
    Mutant(
        "what was prepared of a bid stands for the bid that replaced it",
        (
            (
                PREPARING,
                "return bid.tender_id, bid.bidder_index, bid.digest",
                'return bid.tender_id, bid.bidder_index, ""',
            ),
        ),
        (f"{PREPARED}::test_a_bid_that_came_or_changed_after_the_preparation_counts_as_it_is",),
    ),
    Mutant(
        "envelopes are opened while bids in time still stand in line",
        (
            (
                PREPARING,
                "if ctx.now >= drained_at(one, queries.rules_for(ctx, one))]",
                "if ctx.now >= one.closes_at]",
            ),
        ),
        (f"{PREPARED}::test_no_envelope_is_opened_before_the_last_bid_in_time_has_left_the_line",),
    ),
    Mutant(
        "envelopes are opened of a tender that will be prolonged",
        ((PREPARING, "if len(bids[one.id]) >= least_bids(one, queries.rules_for(ctx, one))]", "if bids[one.id]]"),),
        (f"{PREPARED}::test_nothing_is_prepared_where_the_envelopes_may_stay_shut",),
    ),
    Mutant(
        "avoidance is forgotten at closing",
        (
            (
                "marketplace/tenders/service/sifting.py",
                "        elif bars[offer.agency_id]:\n",
                '        elif [one for one in bars[offer.agency_id] if one.code != "tender.avoidance"]:\n',
            ),
        ),
        ("tests/tenders/test_avoidance.py::test_a_relation_that_came_after_the_bid_is_found_at_closing",),
    ),
    Mutant(
        "a share is taken before the closing",
        (
            (
                KEEPERS,
                '    if tender.stage == "open":\n        raise ShareTooEarly',
                '    if tender.stage == "none":\n        raise ShareTooEarly',
            ),
        ),
        (f"{KEPT}::test_a_share_before_the_closing_is_refused_and_stays_unknown",),
    ),
    Mutant(
        "one keeper alone holds the whole key",
        (
            (
                "marketplace/tenders/service/envelopes.py",
                "shares.split(bytes(private), threshold, len(keepers))",
                "shares.split(bytes(private), 1, len(keepers))",
            ),
        ),
        (f"{KEPT}::test_a_dump_every_secret_of_the_web_and_fewer_than_k_keepers_open_no_envelope",),
    ),
    Mutant(
        "any text is a share",
        ((KEEPERS, "    if envelopes.share_digest(part) != row.digest:\n", "    if len(part) != 33:\n"),),
        (f"{KEPT}::test_a_wrong_share_is_refused_and_its_keeper_named",),
    ),
    Mutant(
        "too few shares and the tender waits for ever",
        ((KEEPERS, "        fail(ctx, tender, SILENT_KEEPERS)\n", "        return\n"),),
        (f"{KEPT}::test_too_few_shares_void_the_tender_and_no_bid_is_ever_opened",),
    ),
    Mutant(
        "envelopes count towards the least number of bidders, whatever was in them",
        ((CHOOSING, "lack = _lack(ctx, tender, len(valid))", "lack = _lack(ctx, tender, len(found))"),),
        ("tests/tenders/test_minimum.py::test_offers_that_are_excluded_at_the_opening_do_not_count",),
    ),
)
