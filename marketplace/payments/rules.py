"""Pure rules of paying: states, what a provider's codes mean, what an observation changes, when payment is late."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources
from typing import Literal, NotRequired, TypedDict

from marketplace.kernel.money import Fen
from marketplace.kernel.states import States
from marketplace.payments.ports import Outcome

STATES = States(
    "payment_order",
    {
        ("draft", "submit"): "submitted",
        ("submitted", "submit"): "submitted",
        ("draft", "deduct"): "draft",
        ("submitted", "approve"): "approved",
        ("submitted", "send_back"): "draft",
        ("draft", "hold"): "held",
        ("submitted", "hold"): "held",
        ("approved", "hold"): "held",
        ("held", "resume_draft"): "draft",
        ("held", "resume_submitted"): "submitted",
        ("held", "resume_approved"): "approved",
        ("held", "withdraw"): "withdrawn",
        ("approved", "send"): "sending",
        ("sending", "unsent"): "approved",
        ("unknown", "resend"): "unknown",
        ("sending", "accept"): "accepted",
        ("accepted", "accept"): "accepted",
        ("unknown", "accept"): "accepted",
        ("sending", "lose"): "unknown",
        ("sending", "settle"): "paid",
        ("accepted", "settle"): "paid",
        ("unknown", "settle"): "paid",
        ("sending", "refuse"): "refused",
        ("accepted", "refuse"): "refused",
        ("unknown", "refuse"): "refused",
        ("sending", "return_paid"): "returned",
        ("accepted", "return_paid"): "returned",
        ("unknown", "return_paid"): "returned",
        ("paid", "return_paid"): "returned",
    },
)

OPEN = ("approved", "sending", "accepted", "unknown")
SENT = ("sending", "accepted", "unknown")
LIVE = ("draft", "submitted", "held", *OPEN, "paid")
REPLACEABLE = ("refused", "returned", "withdrawn")
RECEIVABLE = {"paid": ("accepted", "unknown"), "refused": ("accepted", "unknown"), "returned": ("paid", "accepted")}
RECEIPT_OUTCOMES = {"paid": Outcome.SUCCEEDED, "refused": Outcome.REFUSED, "returned": Outcome.RETURNED}


class InvoiceFacts(TypedDict):
    """What stands on an invoice. amounts: fen, net and tax add up to gross.

    number: 20 digits of a fully digital invoice, or 8 with the code (10 or 12 digits) of a paper one. red_of: number of
    the invoice that a red one takes back, whole.
    """

    number: str
    issued_on: date
    buyer_code: str
    seller_code: str
    net_fen: int
    tax_fen: int
    gross_fen: int
    code: NotRequired[str]
    red_of: NotRequired[str]


_INVOICE = re.compile(r"\d{20}|(?:\d{10}|\d{12})/\d{8}", re.ASCII)


def invoice_number_fits(code: str, number: str) -> bool:
    """A fully digital invoice has 20 digits and no code; a paper one 8 digits under a code of 10 or 12."""
    return _INVOICE.fullmatch(f"{code}/{number}" if code else number) is not None


_ACCOUNTS = {
    "bank_account": re.compile(r"\d{8,32}", re.ASCII),
    "alipay_user_id": re.compile(r"2088\d{12}", re.ASCII),
    "alipay_logon_id": re.compile(r"1\d{10}|[^@\s]{1,60}@[^@\s]{1,60}\.[a-z]{2,20}", re.ASCII | re.IGNORECASE),
}


def account_fits(kind: str, account: str) -> bool:
    """Whether a text can be an account of its kind."""
    return kind in _ACCOUNTS and _ACCOUNTS[kind].fullmatch(account) is not None


def read_classifier(text: str) -> dict[tuple[str, str, str, str], Outcome]:
    """A table of answers, written as TOML, by (exchange, code, sub_code, status). Raises ValueError if it is none.

    An answer that stands under two outcomes is an error of the table.
    """
    found: dict[tuple[str, str, str, str], Outcome] = {}
    for operation, exchanges in tomllib.loads(text).items():
        for exchange, outcomes in exchanges.items():
            for outcome, answers in outcomes.items():
                for answer in answers:
                    code, sub_code, status = (word if word != "-" else "" for word in answer.split())
                    key = (f"{operation}.{exchange}", code, sub_code, status)
                    if found.setdefault(key, Outcome[outcome]) is not Outcome[outcome]:
                        raise ValueError(f"{answer} means two things")
    return found


CLASSIFIER = read_classifier(
    resources.files("marketplace.payments").joinpath("gateways/alipay.toml").read_text(encoding="utf-8")
)


def classify(exchange: str, http: int, code: str, sub_code: str, status: str) -> Outcome:
    """What an answer means. exchange: transfer.send, transfer.query, payment.notice and so on.

    Total: whatever the table (gateways/alipay.toml) does not list is UNKNOWN.
    """
    if http != 200:
        return Outcome.UNKNOWN
    return CLASSIFIER.get((exchange, code, sub_code, status), Outcome.UNKNOWN)


_VERBS = {
    Outcome.SUCCEEDED: "settle",
    Outcome.REFUSED: "refuse",
    Outcome.RETURNED: "return_paid",
    Outcome.ACCEPTED: "accept",
    Outcome.UNKNOWN: "lose",
    Outcome.NOT_FOUND: "lose",
}


def apply(state: str, outcome: Outcome) -> str:
    """The order's next state after a fact. Facts that change nothing, or come twice, leave the state as it is.

    Nothing leads from unknown to released without REFUSED, so money whose fate is open stays in transit.
    """
    verb = _VERBS.get(outcome)
    return STATES.move(state, verb) if verb and STATES.allows(state, verb) else state


def contradicts(state: str, outcome: Outcome) -> bool:
    """Whether a fact denies what we already hold for certain, so that a person must look."""
    denied = {
        "paid": {Outcome.REFUSED},
        "refused": {Outcome.SUCCEEDED, Outcome.RETURNED},
        "returned": {Outcome.REFUSED},
    }
    unsent = {"draft", "submitted", "approved", "held", "withdrawn"}
    moved = {Outcome.SUCCEEDED, Outcome.RETURNED}
    return outcome in denied.get(state, set()) or (state in unsent and outcome in moved)


BACK_OFF = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600))
MAX_SENDS = 5  # of one number; afterwards only questions are asked and a person looks
LEASE = timedelta(seconds=60)
WIRE_SECONDS = 20.0  # well inside the lease, so a worker that lost its lease has lost the wire before


# 电子回单: first a minute after the money moved, then later and later; after ten questions a person asks again.
RECEIPT_AFTER = timedelta(minutes=1)
RECEIPT_WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 720))
RECEIPT_LONGEST = timedelta(days=1)
RECEIPT_TRIES = 10


def receipt_wait(tries: int) -> timedelta | None:
    """How long until the official receipt is asked for again after `tries` questions; None when it is enough."""
    if tries >= RECEIPT_TRIES:
        return None
    return RECEIPT_WAITS[tries - 1] if 1 <= tries <= len(RECEIPT_WAITS) else RECEIPT_LONGEST


def back_off(tries: int) -> timedelta:
    """How long to wait after `tries` fruitless exchanges: 5 s, 30 s, 2 min, 10 min, then hourly."""
    return BACK_OFF[min(max(tries, 1), len(BACK_OFF)) - 1]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do next with an order whose fate is open."""

    what: Literal["send", "query"]
    wait: timedelta
    attention: bool = False  # a person must look


def plan(outcome: Outcome, *, tries: int, sends: int, may_repeat: bool, settling: timedelta = timedelta(0)) -> Plan:
    """What follows an exchange that settled nothing.

    tries: fruitless exchanges so far. sends: requests that may have left. may_repeat: the rail never pays one number
    twice, or a person has allowed another send. settling: how long the last of them may still be on its way there; so
    long NOT_FOUND proves nothing. Only a NOT_FOUND that proves something leads to another send, everything else asks.
    """
    if outcome is Outcome.NOT_SENT:
        return Plan("query" if sends else "send", back_off(tries))
    if outcome is Outcome.NOT_FOUND and settling > timedelta(0):
        return Plan("query", settling)
    if outcome is Outcome.NOT_FOUND:
        if may_repeat and sends < MAX_SENDS:
            return Plan("send", timedelta(0) if sends <= 1 else back_off(tries))
        return Plan("query", back_off(tries), attention=True)
    return Plan("query", back_off(tries), attention=tries >= len(BACK_OFF))


def mask(account: str) -> str:
    """An account number as people may see it: only its last four characters."""
    return "•" * 4 + account[-4:] if len(account) > 8 else "•" * 8


@dataclass(frozen=True, slots=True)
class PayClock:
    """The statutory clock of one payment."""

    due_on: date
    days_late: int
    interest_fen: Fen

    @property
    def late(self) -> bool:
        """Whether the date has passed."""
        return self.days_late > 0


YEAR_DAYS = 365


def interest_fen(amount_fen: int, days: int, *, daily_bp: int, yearly_bp: int | None) -> int:
    """Interest for whole days of lateness, rounded half up, once.

    daily_bp: basis points a day by law; yearly_bp: as agreed a year instead, counted over 365 days.
    """
    if days <= 0 or amount_fen <= 0:
        return 0
    if yearly_bp is None:
        part, whole = amount_fen * daily_bp * days, 10_000
    else:
        part, whole = amount_fen * yearly_bp * days, 10_000 * YEAR_DAYS
    return (part * 2 + whole) // (whole * 2)


def pay_clock(due_on: date, today: date, amount_fen: int, *, daily_bp: int, yearly_bp: int | None) -> PayClock:
    """What lateness costs (State Council Order 802; rulebook payment.overdue_daily_bp, or as agreed).

    due_on: last day in time; the day itself is still in time. today: day of payment, or of looking. Rates: see
    interest_fen.
    """
    late = max((today - due_on).days, 0)
    return PayClock(due_on, late, Fen(interest_fen(amount_fen, late, daily_bp=daily_bp, yearly_bp=yearly_bp)))
