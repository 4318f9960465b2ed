"""Pure rules of reconciliation: accounts, states, what a line without a partner is, how a break may end."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from marketplace.kernel.clock import at_shanghai
from marketplace.kernel.states import States

DAY = States(
    "recon_day",
    {
        ("open", "match"): "open",
        ("open", "import"): "open",
        ("open", "close"): "closed",
        ("closed", "reopen"): "open",
    },
)
BREAK = States(
    "recon_break",
    {
        ("found", "assign"): "assigned",
        ("assigned", "assign"): "assigned",
        ("found", "propose"): "proposed",
        ("assigned", "propose"): "proposed",
        ("proposed", "refuse"): "assigned",
        ("proposed", "confirm"): "resolved",
        ("found", "explain"): "resolved",
        ("assigned", "explain"): "resolved",
        ("proposed", "explain"): "resolved",
    },
)
OPEN = ("found", "assigned", "proposed")
ALARM_AFTER = timedelta(days=2)  # a payment without a line may still be under way for two days
LAST_SEND_BEFORE_MIDNIGHT = timedelta(hours=1)  # a request sent later may stand in the next day's book

# How a break may end, by its kind. `matched` joins the proposed pair; `returned` lets the statement count as evidence.
ACTIONS: dict[str, tuple[str, ...]] = {
    "missing_here": ("corrected", "explained", "loss"),
    "missing_there": ("corrected", "explained", "loss"),
    "amount": ("corrected", "explained", "loss"),
    "duplicate": ("corrected", "explained", "loss"),
    "sign": ("corrected", "explained", "loss"),
    "state": ("corrected", "explained", "loss"),
    "fee": ("explained", "corrected", "loss"),
    "proposal": ("matched", "explained", "loss"),
    "timing": ("explained",),
}
GRAVE = frozenset({"missing_here", "duplicate", "amount", "sign"})


@dataclass(frozen=True, slots=True)
class Claim:
    """A movement that our books hold. amount_fen: + into the account, - out of it. live: it stands as final."""

    key: str
    number: str
    amount_fen: int
    at: datetime
    party: str = ""
    final: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """What the classifier needs of a line."""

    amount_fen: int
    number: str
    kind: str


def accounts_of(gateway: str) -> tuple[str, str]:
    """The two books of one rail: money in the account, and trades that go straight to the agencies."""
    return f"{gateway}:account", f"{gateway}:trade"


def gateway_of(account: str) -> str:
    """The rail an account belongs to; `bank` for the bank's own."""
    return account.partition(":")[0]


def kind_of(line: Line, named: Sequence[Claim], *, taken: bool) -> str:
    """What a line is that no pass could match.

    named: our movements under the line's number, final or not. taken: one of them is matched with another line already.
    """
    if "服务费" in line.kind or "手续费" in line.kind:
        return "fee"
    if not named:
        return "missing_here"
    final = [claim for claim in named if claim.final]
    if taken and any(claim.amount_fen == line.amount_fen for claim in final):
        return "duplicate"
    if any(claim.amount_fen == -line.amount_fen for claim in named):
        return "sign"
    if not final:
        return "state"
    return "amount"


class Free:
    """Movements under one name that no line proves and nobody has proposed yet."""

    def __init__(self) -> None:
        self._by_amount: dict[int, dict[str, Claim]] = defaultdict(dict)
        self._number = self._total_fen = 0

    def add(self, claim: Claim) -> None:
        """Count one more."""
        self._by_amount[claim.amount_fen][claim.key] = claim
        self._number, self._total_fen = self._number + 1, self._total_fen + claim.amount_fen

    def take(self, at: datetime, amount_fen: int) -> list[Claim]:
        """What fits a line: the one movement of its amount within a day, or all together, as a bank books a day's sum.

        Nothing where more than one would fit. What was taken is free no longer.
        """
        same = self._by_amount.get(amount_fen, {}).values()
        found = [claim for claim in same if abs(claim.at - at) <= timedelta(days=1)]
        if len(found) != 1:
            whole = self._number > 1 and self._total_fen == amount_fen
            found = [claim for some in self._by_amount.values() for claim in some.values()] if whole else []
        for claim in found:
            del self._by_amount[claim.amount_fen][claim.key]
            self._number, self._total_fen = self._number - 1, self._total_fen - claim.amount_fen
        return found


def ends_at(day: date) -> datetime:
    """The first instant after a Shanghai day."""
    return at_shanghai(day + timedelta(days=1))


def age_days(found_at: datetime, until: datetime) -> int:
    """Whole days a break has stood."""
    return max((until - found_at).days, 0)


def may_decide(last_send_at: datetime, day: date) -> bool:
    """Whether the book of a day speaks about everything that was sent until then."""
    return last_send_at <= ends_at(day) - LAST_SEND_BEFORE_MIDNIGHT
