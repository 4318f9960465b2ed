"""The ceremony of the draw: what was frozen, and seeds that are withheld."""

from tests.mutants.planted.mutant import Mutant

CEREMONY = "tests/selection/test_ceremony.py"

MUTANTS = (
    Mutant(
        "a withheld seed is drawn anew",
        (
            (
                "marketplace/selection/rules.py",
                "            seed = bytes.fromhex(commitment)\n",
                "            seed = __import__('secrets').token_bytes(32)\n",
            ),
        ),
        (f"{CEREMONY}::test_a_withheld_seed_is_an_incident_and_is_replaced_by_its_commitment_never_drawn_anew",),
    ),
    Mutant(
        "a withheld seed is not mentioned",
        (
            (
                "marketplace/selection/ceremony.py",
                '    for keeper in record.get("withheld", []):\n',
                "    for keeper in ():\n",
            ),
        ),
        (f"{CEREMONY}::test_a_withheld_seed_is_an_incident_and_is_replaced_by_its_commitment_never_drawn_anew",),
    ),
    Mutant(
        "whoever is left when the draw is held is the pool",
        (
            (
                "marketplace/selection/ceremony.py",
                "    record = _record(pool, rows, seeds, public)\n",
                "    ctx.session.expunge(pool)\n    pool.labels = sorted(labels)\n    record = _record(pool, rows, seeds, public)\n",
            ),
        ),
        (f"{CEREMONY}::test_a_frozen_pool_does_not_change_whoever_is_left_when_the_draw_is_held",),
    ),
    Mutant(
        "one person's lottery numbers count",
        (("marketplace/selection/sources/lottery.py", "    entries = 2\n", "    entries = 1\n"),),
        ("tests/selection/test_public_sources.py::test_lottery_numbers_count_when_two_people_entered_the_same",),
    ),
    Mutant(
        "numbers drawn before the freezing are taken",
        (
            (
                "marketplace/selection/sources/lottery.py",
                "if not frozen_at < drawn_at <= now:",
                "if not drawn_at <= now:",
            ),
        ),
        (
            "tests/selection/test_public_sources.py::test_numbers_drawn_before_the_freezing_or_not_yet_or_misread_are_refused",
        ),
    ),
)
