"""Draws and rankings as they are published, made by the market's own code: what the verifiers must agree to."""

from datetime import UTC, datetime
from hashlib import sha256, sha384
from typing import Any

from marketplace.selection import rules
from marketplace.selection.methods import BUILTINS
from marketplace.selection.ports import Offer, Seed, TenderFacts, entering, with_params
from marketplace.selection.ranking import ranking_record
from marketplace.selection.sources import beacon

NUMBER = "ZJ-2026-000001"
FROZEN = "2026-03-05T09:00:00+08:00"
SEEDS = {"operator": bytes(range(32)), "regulator": bytes(range(32, 64))}
COMMITMENTS = {name: rules.commitment_of(seed) for name, seed in SEEDS.items()}
FIRMS = [f"9132020000000{n:04d}A" for n in range(6)]
LABELS = [rules.label_of(firm, NUMBER) for firm in FIRMS]
CLOSED = ["2026-02-14/2026-02-23", "2026-10-01/2026-10-04"]
TERMS = {"game": "ssq", "days": [2, 4, 7], "time": "21:15", "closed": CLOSED, "lead_minutes": 30}
# A Thursday; Tuesdays, Thursdays and Sundays from 1 January on without the closed days: the 24th.
LOTTERY = {
    "source": "lottery",
    "game": "ssq",
    "issue": "2026024",
    "drawn_at": "2026-03-05T21:15:00+08:00",
    "numbers": [[3, 9, 17, 20, 28, 31], [4]],
}
# As records were before a notice named the game.
UNNAMED = {
    "source": "lottery",
    "issue": "2026025",
    "drawn_at": "2026-03-05T20:30:00.5+08:00",
    "numbers": [[3, 9, 17, 28, 31], [4, 11]],
}


# A round of quicknet as published.
ROUND = 657413
SIGNATURE = "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b"
DRAND = {
    "source": "drand",
    "chain": beacon.CHAIN,
    "public_key": beacon.PUBLIC_KEY,
    "round": ROUND,
    "signature": SIGNATURE,
    "randomness": "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587",
}
BEFORE_ROUND = (beacon.published_at(ROUND) - beacon.DELAY).isoformat()


def draw_of(
    labels: list[str],
    *public: dict[str, Any],
    withheld: tuple[str, ...] = (),
    frozen_at: str = FROZEN,
    terms: dict[str, Any] | None = None,
) -> dict[str, Any]:
    around: dict[str, Any] = {"excluded": [], "frozen_at": frozen_at, **({"lottery": terms} if terms else {})}
    used = {name: bytes.fromhex(COMMITMENTS[name]) if name in withheld else seed for name, seed in SEEDS.items()}
    return rules.draw_record(NUMBER, used, withheld, COMMITMENTS, labels, public, **around)


def draws() -> list[dict[str, Any]]:
    return [draw_of(LABELS[:4]), lottery_draw(), beacon_draw()]


def lottery_draw(terms: dict[str, Any] = TERMS, **over: Any) -> dict[str, Any]:
    """A draw with the numbers of a lottery. terms: the game and calendar of the notice; over: other numbers."""
    return draw_of(LABELS[:3], {**LOTTERY, **over}, terms=terms)


def unnamed_draw() -> dict[str, Any]:
    return draw_of(LABELS[:3], UNNAMED)


def chosen() -> list[dict[str, Any]]:
    """Draws whose enterers chose: another game, issue or drawing, numbers that the game has not, a notice without."""
    other = {"numbers": [[3], [1], [4]], "game": "fc3d"}
    return [
        lottery_draw(**other),
        lottery_draw(issue="2026025"),
        lottery_draw(issue="2026025", drawn_at="2026-03-08T21:15:00+08:00"),
        lottery_draw(drawn_at="2026-03-03T21:15:00+08:00", issue="2026023"),
        lottery_draw(numbers=[[3, 9, 17, 20, 28, 34], [4]]),
        lottery_draw(numbers=[[3, 9, 17, 20, 28], [31]]),
        lottery_draw(terms={}),
        draw_of(LABELS[:3], UNNAMED, terms=TERMS) | {"lottery": {**TERMS, "lead_minutes": -1}},
    ]


def beacon_draw(**over: Any) -> dict[str, Any]:
    """A draw with a round of drand; over: other fields of the round, its randomness following the signature."""
    value = {**DRAND, **over}
    digest = sha256(bytes.fromhex(value["signature"])).hexdigest()
    return draw_of(LABELS[:3], {**value, "randomness": digest}, frozen_at=BEFORE_ROUND)


def forged() -> list[dict[str, Any]]:
    """Draws with invented signatures, every other field as it must be: no point, of another group, of another round."""
    stranger = "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39"
    made = [sha384(bytes([n])).hexdigest() for n in range(3)] + ["80" + "00" * 47, "c0" + "00" * 47, stranger]
    return [beacon_draw(signature=signature) for signature in made]


def withheld() -> dict[str, Any]:
    return draw_of(LABELS[:3], withheld=("regulator",))


# method → parameters, the quote, and what its offers have beside a price
CASES: list[tuple[str, dict[str, Any], str, list[dict[str, Any]]]] = [
    ("direct", {}, "amount", [{"price_fen": 70}]),
    ("random", {}, "amount", [{"price_fen": 70}] * 4),
    (
        "weighted",
        {"tickets": {"five": 5, "four": 4, "three": 3, "two": 2, "one": 0, "new": 3}},
        "amount",
        [{"price_fen": 70, "stars": stars} for stars in (5, 4, None)],
    ),
    ("lowest", {}, "amount", [{"price_fen": p} for p in (90, 70, 80)]),
    ("lowest", {}, "amount", [{"price_fen": p} for p in (70, 90, 70, 80)]),
    ("lowest", {}, "rate", [{"price_fen": p, "rate_bp": r} for p, r in ((80, 2000), (75, 2500), (80, 2000))]),
    (
        "average",
        {"variant": "A", "trim_from": 5, "tie": "lower"},
        "amount",
        [{"price_fen": p} for p in (8_800_000, 9_150_000, 7_900_000, 9_500_000, 9_000_000)],
    ),
    (
        "average",
        {"variant": "B", "trim_from": 5, "tie": "draw"},
        "amount",
        [{"price_fen": p} for p in (8_800_000, 9_150_000, 7_900_000, 9_500_000, 9_000_000)],
    ),
    (
        "average",
        {"variant": "A", "trim_from": 5, "tie": "draw"},
        "rate",
        [{"price_fen": 10_000 - r, "rate_bp": r} for r in (100, 300, 250)],
    ),
    (
        "merit",
        {"weights": {"price": 4000, "credit": 2000, "time": 1000, "plan": 3000}},
        "amount",
        [
            {"price_fen": 90, "days": 10, "credit": 88, "points": (70, 81, 90)},
            {"price_fen": 77, "days": 15, "credit": 95, "points": (60, 99, 71)},
            {"price_fen": 77, "days": 15, "credit": 95, "points": (60, 99, 71)},
        ],
    ),
    ("inquiry", {}, "amount", [{"price_fen": 90, "named": True}, {"price_fen": 70}, {"price_fen": 80}]),
    (
        "bidding",
        {},
        "amount",
        [{"price_fen": 70, "place": 1}, {"price_fen": 70, "place": 2}, {"price_fen": 90, "place": 3}],
    ),
    (
        "bidding",
        {},
        "amount",
        [{"price_fen": 70, "place": 1}, {"price_fen": 70, "place": 1}, {"price_fen": 90, "place": 3}],
    ),
    ("shortlist", {"size": 3}, "amount", [{"price_fen": p} for p in (70, 95, 80, 80, 90, 95)]),
]


def rankings() -> list[dict[str, Any]]:
    return [_ranking(*case) for case in CASES]


def _ranking(code: str, params: dict[str, Any], quote: str, given: list[dict[str, Any]]) -> dict[str, Any]:
    at = datetime(2026, 3, 4, 1, tzinfo=UTC)
    method = with_params(BUILTINS[code], params)
    offers = [
        Offer(id=label, label=label, agency_id=label, received_at=at, **{"days": 10, **facts})
        for label, facts in zip(LABELS, given, strict=False)
    ]
    entered = entering(method, offers)
    record = draw_of([label for offer in entered for label in offer.labels])
    choice = method.choose(entered, Seed.of(record))
    if choice.chance:
        from dataclasses import replace

        choice = replace(choice, draw=record)
    made = ranking_record(TenderFacts(NUMBER, 10_000, quote=quote), code, params, offers, choice)
    sheets = [
        {"name": f"评审{n}", "organisation": "", "points": {offer.label: offer.points[n] for offer in offers}}
        for n in range(len(offers[0].points))
    ]
    return {**made, "exclusions": [], "assessors": sheets}
