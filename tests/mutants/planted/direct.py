"""The direct way of a bid: it must refuse what the whole way refuses and keep what it keeps."""

from pathlib import Path

from tests.mutants.planted.mutant import Mutant

VERSIONS = Path(__file__).parents[3] / "migrations" / "versions"
DIRECT = "tests/tenders/test_direct.py"
[ONE_CALL] = (f"migrations/versions/{found.name}" for found in VERSIONS.glob("*_answers_by_one_call.py"))

MUTANTS = (
    Mutant(
        "a bid that goes the direct way takes no lock",
        ((ONE_CALL, "  PERFORM pg_advisory_xact_lock_shared(p_lock);\n", ""),),
        (f"{DIRECT}::test_a_bid_that_waited_for_the_closer_is_not_taken",),
        postgresql=True,
    ),
    Mutant(
        "the direct way takes a bid for an old notice",
        (
            (
                "marketplace/tenders/service/direct.py",
                "if notice_version != notice.notice_version:",
                "if not notice_version:",
            ),
        ),
        (f"{DIRECT}::test_what_the_whole_way_refuses_the_direct_way_refuses_alike_or_leaves_to_it",),
    ),
    Mutant(
        "the direct way asks no token whether it still counts",
        (
            (
                "marketplace/identity/queries.py",
                "if row.revoked_at is not None or ctx.now >= row.expires_at:",
                "if not row.scopes:",
            ),
        ),
        (f"{DIRECT}::test_what_the_whole_way_refuses_the_direct_way_refuses_alike_or_leaves_to_it",),
    ),
    Mutant(
        "an answer under a key is not kept by the direct way",
        (
            (
                "marketplace/kernel/answered.py",
                "    if asked is None:\n        return _NOTHING",
                "    if asked:\n        return _NOTHING",
            ),
        ),
        (f"{DIRECT}::test_a_key_gets_the_same_answer_by_either_way",),
    ),
    Mutant(
        "who comes late is refused although the same key was answered in time",
        (
            (
                "marketplace/tenders/api/direct.py",
                "return None if known else refusal",
                "return refusal",
            ),
        ),
        (f"{DIRECT}::test_who_comes_too_late_is_refused_without_the_whole_way",),
    ),
    Mutant(
        "the price of a bid is in the keyed hash of its request",
        (("marketplace/web/idempotency.py", "    if names is None:", "    if names is None or names:"),),
        ("tests/flows/test_sealed.py::test_a_dump_and_the_secrets_of_the_web_process_give_no_price_to_try",),
    ),
    Mutant(
        "the use of a token is noted to the microsecond of a bid",
        (
            (
                "marketplace/tenders/service/direct.py",
                '"last_used": answered.day_of(ctx.now)',
                '"last_used": ctx.now',
            ),
        ),
        ("tests/flows/test_sealed.py::test_no_instant_tells_whose_bid_it_is",),
    ),
    Mutant(
        "the use of a sign-in is noted to the microsecond of a bid",
        (
            (
                "marketplace/identity/tokens.py",
                "rounded_down(ctx.now, rules.SIGN_IN_STEP)",
                "ctx.now",
            ),
        ),
        ("tests/flows/test_sealed.py::test_no_instant_tells_whose_bid_it_is",),
    ),
    Mutant(
        "a deed that fails leaves half of itself",
        (("marketplace/kernel/direct.py", '                raw.execute("ROLLBACK TO deed")\n', ""),),
        (f"{DIRECT}::test_a_deed_is_whole_or_not_there",),
    ),
)
