"""Pure rules of the books."""

from marketplace.ledger.rules import Leg, account_id, root_of, sources, walk_back


def test_an_account_is_named_by_what_it_is():
    assert account_id("budget", "due", "line/1", 2026) == account_id("budget", "due", "line/1", 2026)
    assert account_id("budget", "due", "line/1", 2026) != account_id("budget", "due", "line/1", 2027)
    assert account_id("budget", "due", "line/1", 2026) != account_id("budget", "due", "line/12", 2026)


def test_an_encumbrance_belongs_to_its_line():
    assert root_of("line/7/encumbrance/9") == "line/7"
    assert root_of("line/7") == "line/7"


def test_money_from_outside_explains_a_shared_account_alone():
    origin, release = Leg("a", "authority", "line", outside=True), Leg("b", "other", "line", outside=False)
    assert sources([release, origin]) == [origin]
    assert sources([release]) == [release]


def test_the_walk_back_names_every_posting_once_even_in_a_circle():
    paid = Leg("settle", "transit", "paid", outside=False)
    credits_of = {
        "transit": [Leg("transit", "due", "transit", outside=False)],
        "due": [Leg("due", "line", "due", outside=False), Leg("back", "transit", "due", outside=False)],
        "line": [Leg("origin", "authority", "line", outside=True)],
    }
    trail = walk_back([paid], credits_of)
    assert [(depth, leg.id) for depth, leg in trail] == [
        (0, "settle"),
        (1, "transit"),
        (2, "due"),
        (2, "back"),
        (3, "origin"),
    ]
