"""Silence: of a buyer, or of a department, it must not hold a tender for ever."""

from tests.mutants.planted.mutant import Mutant

SILENCE = "marketplace/tenders/service/silence.py"
TESTS = "tests/supervision/test_silence.py"

MUTANTS = (
    Mutant(
        "an objection that nobody answers waits for ever",
        (("marketplace/tenders/service/objecting.py", "    ctx.promise(REPLY_DUE, row.id, due, first=True)\n", ""),),
        (f"{TESTS}::test_silence_is_public_reminds_and_opens_the_way_to_the_department",),
    ),
    Mutant(
        "a department that does not decide holds an award for ever",
        ((SILENCE, "            ctx.promise(LAPSE, row.id, row.waits_until)\n", ""),),
        (f"{TESTS}::test_a_department_that_stays_silent_holds_the_award_no_longer_than_its_time",),
    ),
    Mutant(
        "anybody's complaint takes an objection to the department",
        ((SILENCE, "and row.agency_id == ctx.actor.organisation_id", "and row.agency_id"),),
        (f"{TESTS}::test_others_and_complaints_that_come_too_late_take_nothing_to_the_department",),
    ),
    Mutant(
        "a buyer that never screens holds a tender for ever",
        (
            (
                "marketplace/tenders/service/opening.py",
                '"tender.award", tender.id, tender.asked_until)',
                '"tender.none", tender.id, tender.asked_until)',
            ),
        ),
        ("tests/tenders/test_opening.py::test_a_buyer_that_never_screens_holds_nobody_up_for_ever",),
    ),
)
