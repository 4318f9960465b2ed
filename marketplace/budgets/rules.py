"""Stages of budget money and what may move between them. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.kernel.money import yuan
from marketplace.kernel.states import States

LINE_STAGES = ("available", "lapsed")
ENCUMBRANCE_STAGES = ("reserved", "obligated", "due", "transit", "paid")
STAGES = ("available", *ENCUMBRANCE_STAGES, "lapsed")
SOURCES = ("treasury", "own", "enterprise")
# How tables of people name the sources; the first three are what an export writes.
SOURCE_WORDS = {
    "财政拨款": "treasury",
    "单位自有资金": "own",
    "企业缴存资金": "enterprise",
}

STATES = States(
    "encumbrance",
    {
        ("reserved", "award"): "awarded",
        ("awarded", "award"): "awarded",
        ("awarded", "obligate"): "obligated",
        ("reserved", "release"): "cancelled",
        ("awarded", "release"): "cancelled",
        ("obligated", "due"): "obligated",
        ("obligated", "deduct"): "obligated",
        ("obligated", "more"): "obligated",
        ("obligated", "more-obligate"): "obligated",
        ("obligated", "more-drop"): "obligated",
        ("obligated", "forfeit"): "obligated",
        ("obligated", "transit"): "obligated",
        ("obligated", "settle"): "obligated",
        ("obligated", "back"): "obligated",
        ("obligated", "return"): "obligated",
        ("obligated", "release"): "ending",
        ("obligated", "finish"): "closed",
        ("ending", "forfeit"): "ending",
        ("ending", "transit"): "ending",
        ("ending", "settle"): "ending",
        ("ending", "back"): "ending",
        ("ending", "return"): "ending",
        ("ending", "finish"): "closed",
        ("ending", "cancel"): "cancelled",
        ("closed", "return"): "ending",
    },
)

# verb → (from stage, to stage); "available" belongs to the line, the rest to the encumbrance
MOVES: Mapping[str, tuple[str, str]] = {
    "reserve": ("available", "reserved"),
    "retake": ("available", "reserved"),
    "award": ("reserved", "available"),
    "obligate": ("reserved", "obligated"),
    "due": ("obligated", "due"),
    "deduct": ("obligated", "available"),
    "more": ("available", "reserved"),
    "more-obligate": ("reserved", "obligated"),
    "more-drop": ("reserved", "available"),
    "forfeit": ("due", "available"),
    "transit": ("due", "transit"),
    "settle": ("transit", "paid"),
    "back": ("transit", "due"),
    "return": ("paid", "due"),
    "free-reserved": ("reserved", "available"),
    "free-obligated": ("obligated", "available"),
}

# What settles, comes back or is returned goes the way of the move with the same reference that it follows.
FOLLOWS: Mapping[str, str] = {
    "settle": "transit",
    "back": "transit",
    "return": "settle",
    "more-obligate": "more",
    "more-drop": "more",
}
TRANSFERS = States(
    "budget_transfer",
    {
        ("asked", "approve"): "approved",
        ("asked", "refuse"): "refused",
        ("asked", "withdraw"): "withdrawn",
    },
)
CLOSING_STATES = ("announced", "frozen", "emptied", "settled", "signed", "sealed")
CLOSING = States(
    "closing_run",
    {
        ("announced", "freeze"): "frozen",
        ("announced", "call_off"): "called_off",
        ("called_off", "announce"): "announced",
        ("frozen", "call_off"): "called_off",
        ("frozen", "empty"): "emptied",
        ("emptied", "settle"): "settled",
        ("settled", "sign"): "signed",
        ("signed", "seal"): "sealed",
    },
)
STEPS = ("announce", "freeze", "empty", "settle", "sign", "seal", "call_off")
# From here on a year takes no new need, no appropriation, no transfer and no new payment.
FROZEN = frozenset(CLOSING_STATES[1:])

_FUNCTION = re.compile(r"\d{7}")
_ECONOMIC = re.compile(r"\d{5}")
_CARRIED = re.compile(r"（\d{4}年结转）$")


@dataclass(frozen=True, slots=True)
class BarPart:
    """One stretch of the bar: stage, start and width in drawing units."""

    stage: str
    x: int
    width: int


def line_owner(line_id: str) -> str:
    """Whose purse the accounts of a line are; also the root of its encumbrances."""
    return f"line/{line_id}"


def encumbrance_owner(line_id: str, encumbrance_id: str) -> str:
    """Stage accounts hang under their line, so a line's total is one group."""
    return f"line/{line_id}/encumbrance/{encumbrance_id}"


def authority_owner(department_id: str) -> str:
    """The control account that appropriations come from."""
    return f"department/{department_id}"


def wrong_code(function_code: str, economic_code: str) -> tuple[str, str] | None:
    """Field and text of the first code that is not well formed. Source: 政府收支分类科目, 3+2+2 and 3+2 digits."""
    if not _FUNCTION.fullmatch(function_code):
        return "function_code", function_code
    return None if _ECONOMIC.fullmatch(economic_code) else ("economic_code", economic_code)


def take_in_order(held: Sequence[int], amount_fen: int) -> list[int]:
    """How much of an amount each holding gives, the first ones first; what is missing is asked of the last."""
    parts: list[int] = []
    rest = amount_fen
    for index, fen in enumerate(held):
        last = index == len(held) - 1
        part = rest if last else max(0, min(fen, rest))
        parts.append(part)
        rest -= part
    return parts


def posting_id(encumbrance_id: str, verb: str, reference: str = "", seq: int = 1) -> str:
    """The id of one move: what moves, how, for what, and on which of its lines."""
    base = f"{encumbrance_id}/{verb}/{reference}" if reference else f"{encumbrance_id}/{verb}"
    return base if seq == 1 else f"{base}@{seq}"


def carried_name(name: str, fiscal_year: int) -> str:
    """The name of a line that goes on with the rest of an earlier one; fiscal_year: the year it comes from."""
    return f"{_CARRIED.sub('', name)[:100]}（{fiscal_year}年结转）"


def shortage(available_fen: int, needed_fen: int) -> dict[str, Any]:
    """The facts of a refusal for want of money: integers for programs, yuan for people."""
    return {
        "available_fen": available_fen,
        "needed_fen": needed_fen,
        "available": yuan(available_fen),
        "needed": yuan(needed_fen),
    }


def rest_of(stages: Mapping[str, int]) -> int:
    """Fen that are promised but not yet paid."""
    return sum(stages.get(stage, 0) for stage in ("reserved", "obligated", "due", "transit"))


def final_verb(stages: Mapping[str, int], state: str) -> str | None:
    """What ends an encumbrance of which nothing is left to pay: finish where something was paid, else cancel."""
    if state not in {"obligated", "ending"} or rest_of(stages):
        return None
    if stages.get("paid", 0):
        return "finish"
    return "cancel" if state == "ending" else None


def shown(reference: str) -> str:
    """A reference as people know it: the number without the kind of thing before it."""
    return reference.removeprefix("payment/")


def bar(stages: Mapping[str, int], width: int) -> list[BarPart]:
    """Stretches of a bar of that many units; every stage that holds money is at least one unit wide."""
    total = sum(stages.get(stage, 0) for stage in STAGES)
    held = [(stage, stages[stage]) for stage in STAGES if stages.get(stage, 0) > 0]
    parts: list[BarPart] = []
    x = spent = 0
    for index, (stage, fen) in enumerate(held):
        spent += fen
        waiting = len(held) - index - 1
        end = min(max(x + 1, spent * width // total), width - waiting)
        parts.append(BarPart(stage, x, end - x))
        x = end
    return parts
