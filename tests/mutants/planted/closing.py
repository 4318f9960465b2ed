"""Closing a tender: races with bids, the keepers of the key, and what is sifted out."""

from tests.mutants.planted.mutant import Mutant

BIDDING = "marketplace/tenders/service/bidding.py"
STEPS = "marketplace/tenders/service/steps.py"
MACHINE = "tests/tenders/test_closing_machine.py::test_no_bid_with_a_receipt_is_lost_in_any_order_of_events"
PLACING = "marketplace/tenders/queries/placing.py"
RACE = "tests/tenders/test_races.py::test_a_bid_against_the_closing_is_never_accepted_and_ignored"
KEEPERS = "marketplace/tenders/service/keepers.py"
KEPT = "tests/tenders/test_keepers.py"
WAITING = "tests/tenders/test_races.py::test_a_bid_that_waits_for_the_closer_is_refused_by_what_the_closer_wrote"
CLOSING = "tests/tenders/test_closing.py"

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
                "marketplace/kernel/context.py",
                "            if taken:\n                kind = ",
                "            ctx.session.commit()\n            if taken:\n                kind = ",
            ),
        ),
        (f"{CLOSING}::test_one_that_cannot_be_closed_holds_up_no_other",),
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
)
