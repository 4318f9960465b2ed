"""Pure rules of collecting: states, what a fact changes, when to ask again, how long a code is good."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from marketplace.kernel.states import States
from marketplace.payments.ports import Outcome

STATES = States(
    "collection",
    {
        ("created", "offer"): "waiting",
        ("created", "refuse"): "refused",
        ("created", "cancel"): "closing",
        ("waiting", "cancel"): "closing",
        ("waiting", "close"): "closed",
        ("closing", "close"): "closed",
        ("created", "pay"): "paid",
        ("waiting", "pay"): "paid",
        ("closing", "pay"): "paid",
        ("closed", "allocate"): "paid",
        ("refused", "allocate"): "paid",
    },
)
REFUND = States(
    "refund",
    {
        ("created", "take"): "accepted",
        ("accepted", "take"): "accepted",
        ("created", "finish"): "refunded",
        ("accepted", "finish"): "refunded",
        ("created", "refuse"): "refused",
        ("accepted", "refuse"): "refused",
    },
)
SETTLEMENT = States(
    "settlement",
    {
        ("created", "take"): "accepted",
        ("accepted", "take"): "accepted",
        ("created", "finish"): "settled",
        ("accepted", "finish"): "settled",
        ("created", "refuse"): "refused",
        ("accepted", "refuse"): "refused",
    },
)
AGAIN = timedelta(minutes=10)  # a settlement waits for a refund that is open
HELD_BACK = timedelta(days=1)  # so long before the provider settles by itself, what nobody accepted goes back
OPEN = ("created", "waiting", "closing")
REFUND_OPEN = ("created", "accepted")
OVER = ("closed", "refused")
GOOD_FOR = timedelta(minutes=30)  # a code or page; then it is closed at the provider
LEASE = timedelta(seconds=60)
WIRE_SECONDS = 15.0
MOST_TRIES = 12  # fruitless exchanges before a person looks
_POLL = tuple(timedelta(seconds=s) for s in (5, 10, 20, 30, 60, 120, 300))
_SELLER = re.compile(r"2088\d{12}", re.ASCII)


def refundable(state: str, hold_state: str) -> bool:
    """Whether money may go back: it has come, and no settlement is under way."""
    return state == "paid" and hold_state != "settling"


def seller_fits(text: str) -> bool:
    """Whether a text can be a merchant number at Alipay."""
    return _SELLER.fullmatch(text) is not None


def poll(tries: int) -> timedelta:
    """How long to wait before asking again: seconds first, five minutes at last."""
    return _POLL[min(tries, len(_POLL) - 1)]


def what_next(state: str) -> str:
    """The exchange that a collection wants: send it, ask about it, or close it."""
    return {"created": "send", "waiting": "query", "closing": "cancel"}[state]


def verb_for(state: str, outcome: Outcome, source: str, *, offered: bool, expired: bool) -> str:
    """What a fact does to a collection; empty for nothing.

    offered: the payer has seen a code. expired: the code is no longer good. A notice may only show that money came;
    everything else it says is asked for. NOT_FOUND closes what was never offered, or is past its time: a code that
    nobody scanned is no trade, but it is good until it expires.
    """
    if outcome is Outcome.SUCCEEDED:
        return "pay" if STATES.allows(state, "pay") else ""
    if source == "notice":
        return ""
    if outcome is Outcome.REFUSED:
        return "refuse" if state == "created" else "close" if STATES.allows(state, "close") else ""
    if outcome is Outcome.ACCEPTED:
        return "offer" if state == "created" else ""
    if outcome is Outcome.UNKNOWN and state == "created":
        return "cancel"
    if outcome is Outcome.NOT_FOUND and state == "closing" and (expired or not offered):
        return "close"
    return ""


REFUND_VERBS: Mapping[Outcome, str] = {
    Outcome.SUCCEEDED: "finish",
    Outcome.REFUSED: "refuse",
    Outcome.ACCEPTED: "take",
    Outcome.UNKNOWN: "take",
}


def refund_contradicts(state: str, outcome: Outcome) -> bool:
    """Whether a fact denies what we hold for certain about a refund, so that a person must look."""
    return (state, outcome) in {("refused", Outcome.SUCCEEDED), ("refunded", Outcome.REFUSED)}


def refund_next(outcome: Outcome, settling: timedelta) -> str:
    """What a refund wants after an exchange that settled nothing: only what the provider does not know is re-sent.

    settling: how long the newest send may still be on its way there; so long NOT_FOUND proves nothing.
    """
    proved = outcome is Outcome.NOT_FOUND and settling <= timedelta(0)
    return "send" if proved or outcome is Outcome.NOT_SENT else "query"


def expired(expires_at: datetime, now: datetime) -> bool:
    """Whether a code is past its time, with a minute for the provider's clock."""
    return now >= expires_at + timedelta(minutes=1)
