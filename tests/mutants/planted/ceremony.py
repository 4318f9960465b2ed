"""The ceremony of the draw: what was frozen, and seeds that are withheld."""

from tests.mutants.planted.mutant import Mutant

CEREMONY = "tests/selection/test_ceremony.py"
STOCK = "tests/selection/test_stock.py"
SOURCES = "tests/selection/test_public_sources.py"

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
                "    record = _record(pool, rows, seeds, public, queries.plan(ctx, tender_id))\n",
                "    ctx.session.expunge(pool)\n    pool.labels = sorted(labels)\n    record = _record(pool, rows, seeds, public, queries.plan(ctx, tender_id))\n",
            ),
        ),
        (f"{CEREMONY}::test_a_frozen_pool_does_not_change_whoever_is_left_when_the_draw_is_held",),
    ),
    Mutant(
        "one person's lottery numbers count",
        (("marketplace/selection/sources/lottery.py", "    entries = 2\n", "    entries = 1\n"),),
        (f"{SOURCES}::test_lottery_numbers_count_when_two_people_entered_the_same",),
    ),
    Mutant(
        "the numbers of any issue are taken",
        (
            (
                "marketplace/selection/sources/lottery.py",
                'if str(given.get(field) or "").strip() != wanted:',
                "if not given.get(field):",
            ),
        ),
        (f"{SOURCES}::test_another_game_or_issue_and_misread_numbers_are_refused",),
    ),
    Mutant(
        "a drawing that is due at once counts",
        (
            (
                "marketplace/selection/sources/games.py",
                "        if at >= earliest and",
                "        if at >= frozen_at and",
            ),
        ),
        (f"{SOURCES}::test_the_drawing_that_counts_follows_from_the_calendar_alone",),
    ),
    Mutant(
        "who publishes makes the seeds although there is a stock",
        (
            (
                "marketplace/selection/stock.py",
                "_oldest(ctx, keeper, used_for) or _on_the_spot(ctx, keeper)",
                "_on_the_spot(ctx, keeper)",
            ),
            (
                "marketplace/selection/stock.py",
                "    if keeper not in ctx.keys.private:\n        raise StockEmpty",
                "    if False:\n        raise StockEmpty",
            ),
        ),
        (f"{STOCK}::test_who_publishes_never_has_a_seed_in_hand_and_a_dump_has_none_either",),
    ),
    Mutant(
        "a commitment in stock is taken twice",
        (("marketplace/selection/stock.py", ".values(used_for=used_for)", ".values(used_for=None)"),),
        (f"{STOCK}::test_notices_that_are_published_at_once_never_share_a_commitment",),
    ),
    Mutant(
        "who holds both keys calls itself two parties",
        (
            (
                "marketplace/selection/stock.py",
                "alone = set(rules.KEEPERS) & set(ctx.keys.private) == {keeper}",
                "alone = True",
            ),
        ),
        (f"{STOCK}::test_who_holds_both_keys_is_one_party_and_says_so",),
    ),
)
