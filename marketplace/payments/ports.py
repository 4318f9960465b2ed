"""What a rail for money must be able to do, and the few words that may leave it.

The vocabulary is Stripe's: a payment is its PaymentIntent (collection), a transfer its Transfer with Payout, a refund
its Refund, a notice its Event, and our number its idempotency key, kept for ever.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any, Literal, Protocol, runtime_checkable

from marketplace.kernel.clock import Clock
from marketplace.kernel.money import Fen

Operation = Literal["payment", "transfer", "refund", "settlement"]
Source = Literal["answer", "query", "notice", "receipt", "statement"]
Way = Literal["qr", "page"]
PayeeKind = Literal["alipay_user_id", "alipay_logon_id", "bank_account"]
ReceiptState = Literal["ready", "waiting", "refused", "unknown"]


class Outcome(Enum):
    """All that may be concluded from one exchange with a provider."""

    NOT_SENT = "not_sent"  # no byte of the request left us: free to send again
    ACCEPTED = "accepted"  # taken, but not final; a payment that waits for its payer
    SUCCEEDED = "succeeded"  # the money moved; a bank may still send it back
    REFUSED = "refused"  # final: under this number nothing moved
    RETURNED = "returned"  # it moved and came back later
    NOT_FOUND = "not_found"  # the provider does not know the number; that is not a refusal
    UNKNOWN = "unknown"  # time-outs, bad signatures, codes we do not list: ask, never guess


@dataclass(frozen=True, slots=True)
class Payee:
    """Who receives the money, as the contract names it."""

    kind: PayeeKind
    account: str
    name: str
    bank_name: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A command as the bytes that identify it, kept before the first send and sent unchanged ever after.

    Signature and timestamp are not part of it; `send` adds them each time.
    """

    operation: Operation
    number: str  # ours, and the provider's key against doubles
    amount: Fen
    payload: bytes
    digest: str  # sha256 of payload, hex

    @classmethod
    def of(cls, operation: Operation, number: str, amount: Fen, payload: bytes) -> "Prepared":
        """Seal payload under its own digest."""
        return cls(operation, number, amount, payload, sha256(payload).hexdigest())


@dataclass(frozen=True, slots=True)
class Observation:
    """One fact learnt from the far side. It is stored as it came and applied afterwards."""

    source: Source
    number: str
    outcome: Outcome
    amount: Fen | None = None
    provider_ids: Mapping[str, str] = field(default_factory=dict)
    code: str = ""  # the provider's raw code, for people
    occurred_at: datetime | None = None  # aware
    raw: bytes = b""  # the very bytes that were verified
    operation: Operation = "transfer"
    action: str = ""  # QR text or address that the payer must open; payments only


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One line of the provider's own book. line_id is unique in one account at the provider."""

    line_id: str
    account: str
    number: str | None  # ours, where the provider repeats it
    provider_id: str | None
    amount: Fen  # signed: into the account +, out of it -
    fee: Fen
    balance_after: Fen | None  # lets an importer prove that no line is missing
    at: datetime  # aware
    kind: str
    raw: str


@dataclass(frozen=True, slots=True)
class Statement:
    """The provider's book of one account for one closed day."""

    account: str
    day: date  # of Asia/Shanghai
    lines: tuple[StatementLine, ...]
    opening: Fen | None
    closing: Fen | None
    sha256: str  # of the file as it came, hex
    complete: bool  # trailer totals and running balance agree with the lines
    file: bytes = b""


@dataclass(frozen=True, slots=True)
class OfficialReceipt:
    """What one question for the provider's official receipt (电子回单) of a pay-out has brought.

    ready: `file` is whole. waiting: it is being made. refused: it will not be made under this ticket. unknown:
    anything else; ask again.
    """

    state: ReceiptState
    ticket: str = ""  # the provider's name for what was asked for; handed back with the next question
    file: bytes = b""
    media_type: str = ""
    document: str = ""  # the number of the receipt
    code: str = ""  # the provider's raw code, for people


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What callers and the conformance suite must know about a rail."""

    dedupes_forever: bool  # a number repeated however late never moves money twice
    can_return: bool  # SUCCEEDED is not the end
    min_amount: Fen
    max_amount: Fen
    remark_required_from: Fen | None
    payee_kinds: frozenset[PayeeKind]  # empty where nothing is paid out
    operations: frozenset[Operation] = frozenset({"transfer"})
    refused_number_may_succeed_later: bool = False  # re-sent after a top-up the same number pays
    query_horizon_days: int | None = None  # older numbers are no longer answered for
    settles_within: timedelta = timedelta(minutes=5)  # after that a request that left is done, or never will be
    gives_receipts: bool = False  # official receipts of pay-outs can be fetched


@runtime_checkable
class Gateway(Protocol):
    """One rail for money.

    An adapter keeps no state between calls, may be shared by threads, opens no database, repeats nothing and
    never sleeps: those belong to the caller. Whatever a provider or a network does becomes an Observation. It
    raises ValueError for a command that can never be sent and for a notice that is not genuine, LookupError for a
    statement that is not ready and for a receipt where the rail has none, nothing else. `deadline`
    (time.monotonic, seconds) bounds a whole exchange.
    """

    @property
    def name(self) -> str:
        """The word stored in the payment order; never reused for another meaning."""
        ...

    @property
    def caps(self) -> Capabilities:
        """What this rail promises."""
        ...

    def prepare_payment(
        self, number: str, amount: Fen, subject: str, *, expires_at: datetime, notify_url: str, seller: str = "",
        way: Way = "qr",
    ) -> Prepared:  # fmt: skip
        """Turn a collection into bytes. seller: the agency's own account there; the market then never holds the money.

        way: a code to scan, or a page of the provider to go to. Pure. Raises ValueError if it can never be sent, or
        where the rail collects nothing.
        """
        ...

    def prepare_transfer(self, number: str, amount: Fen, payee: Payee, title: str, remark: str) -> Prepared:
        """Turn a pay-out into bytes. Pure: equal facts, equal digest. Raises ValueError if it can never be sent."""
        ...

    def prepare_refund(self, number: str, payment_number: str, amount: Fen, reason: str) -> Prepared:
        """Turn a refund of a collection into bytes; number is the refund's own. Pure. Raises ValueError likewise."""
        ...

    def send(self, prepared: Prepared, *, deadline: float) -> Observation:
        """Put the stored bytes on the wire once. NOT_SENT only if no byte left."""
        ...

    def query(self, prepared: Prepared, *, deadline: float) -> Observation:
        """Ask what became of our number. Safe at any time; number and amount of the answer are compared with ours."""
        ...

    def cancel(self, prepared: Prepared, *, deadline: float) -> Observation:
        """Make sure that an unpaid payment can no longer happen: REFUSED once it is closed; UNKNOWN where in doubt."""
        ...

    def parse_notice(self, headers: Mapping[str, str], body: bytes) -> tuple[str, Observation]:
        """Verify and read a notice: (its own id, the fact). No side effect. Raises ValueError if it is not genuine."""
        ...

    def notice_ack(self, *, stored: bool) -> tuple[int, str]:
        """HTTP status and body that mean `received` or `send it again`."""
        ...

    def statements(self, day: date, *, deadline: float) -> Iterator[Statement]:
        """The provider's own book for one closed day. Raises LookupError while it is not ready, or has none."""
        ...

    def receipt(
        self, prepared: Prepared, provider_ids: Mapping[str, str], *, ticket: str, deadline: float
    ) -> OfficialReceipt:
        """Ask for the official receipt of a pay-out that moved, one step further each time.

        provider_ids: what the provider has called the pay-out. ticket: what the question before brought, empty at
        first. Raises LookupError where caps.gives_receipts is not set.
        """
        ...


@runtime_checkable
class HoldsMoney(Protocol):
    """延迟结算: a rail that may hold a payment itself until it is told to settle it; caps.operations has `settlement`.

    The market never holds the money. `send` of a settlement may be repeated: its number is the provider's key against
    doubles, so `query` says the same words again.
    """

    def prepare_held_payment(
        self, number: str, amount: Fen, subject: str, *, expires_at: datetime, notify_url: str, seller: str, way: Way,
        hold_days: int,
    ) -> Prepared:  # fmt: skip
        """A collection that the provider holds for its seller, hold_days at most. Pure. Raises ValueError likewise."""
        ...

    def prepare_settlement(
        self, number: str, payment: Prepared, amount: Fen, provider_ids: Mapping[str, str]
    ) -> Prepared:
        """Let so much of a held payment go to its seller. number: the settlement's own. Pure. Raises ValueError."""
        ...


class PaysOnly:
    """For rails that only pay out: the half of the protocol they do not have, answered as it must be."""

    def prepare_payment(
        self, number: str, amount: Fen, subject: str, *, expires_at: datetime, notify_url: str, seller: str = "",
        way: Way = "qr",
    ) -> Prepared:  # fmt: skip
        """See Gateway."""
        raise ValueError("this rail collects nothing")

    def prepare_refund(self, number: str, payment_number: str, amount: Fen, reason: str) -> Prepared:
        """See Gateway."""
        raise ValueError("this rail refunds nothing")

    def cancel(self, prepared: Prepared, *, deadline: float) -> Observation:
        """See Gateway. A pay-out that may have left cannot be called back."""
        return Observation("answer", prepared.number, Outcome.UNKNOWN, code="cannot be called back")

    def statements(self, day: date, *, deadline: float) -> Iterator[Statement]:
        """See Gateway."""
        raise LookupError("this rail keeps no book for us")

    def receipt(
        self, prepared: Prepared, provider_ids: Mapping[str, str], *, ticket: str, deadline: float
    ) -> OfficialReceipt:
        """See Gateway."""
        raise LookupError("this rail gives no receipts")


GatewayFactory = Callable[[Mapping[str, Any], Clock], Gateway]
