"""What a rail for money must be able to do, and the few words that may leave it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from hashlib import sha256
from typing import Any, Literal, Protocol, runtime_checkable

from marketplace.kernel.clock import Clock
from marketplace.kernel.money import Fen

Operation = Literal["transfer"]
Source = Literal["answer", "query", "notice", "receipt"]
PayeeKind = Literal["alipay_user_id", "alipay_logon_id", "bank_account"]


class Outcome(Enum):
    """All that may be concluded from one exchange with a provider."""

    NOT_SENT = "not_sent"  # no byte of the request left us: free to send again
    ACCEPTED = "accepted"  # taken, but not final
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


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What callers and the conformance suite must know about a rail."""

    dedupes_forever: bool  # a number repeated however late never moves money twice
    can_return: bool  # SUCCEEDED is not the end
    min_amount: Fen
    max_amount: Fen
    remark_required_from: Fen | None
    payee_kinds: frozenset[PayeeKind]


@runtime_checkable
class Gateway(Protocol):
    """One rail for money.

    An adapter keeps no state between calls, may be shared by threads, opens no database, repeats nothing and
    never sleeps: those belong to the caller. Whatever a provider or a network does becomes an Observation. It
    raises ValueError for a command that can never be sent and for a notice that is not genuine, nothing else.
    """

    @property
    def name(self) -> str:
        """The word stored in the payment order; never reused for another meaning."""
        ...

    @property
    def caps(self) -> Capabilities:
        """What this rail promises."""
        ...

    def prepare_transfer(self, number: str, amount: Fen, payee: Payee, title: str, remark: str) -> Prepared:
        """Turn a pay-out into bytes. Pure: equal facts, equal digest. Raises ValueError if it can never be sent."""
        ...

    def send(self, prepared: Prepared, *, deadline: float) -> Observation:
        """Put the stored bytes on the wire once; `deadline` (time.monotonic, seconds) bounds the whole exchange."""
        ...

    def query(self, prepared: Prepared, *, deadline: float) -> Observation:
        """Ask what became of our number. Safe at any time; number and amount of the answer are compared with ours."""
        ...

    def parse_notice(self, body: bytes) -> tuple[str, Observation]:
        """Verify and read a notice: (its own id, the fact). No side effect. Raises ValueError if it is not genuine."""
        ...

    def notice_ack(self, *, stored: bool) -> tuple[int, str]:
        """HTTP status and body that mean `received` or `send it again`."""
        ...


GatewayFactory = Callable[[Mapping[str, Any], Clock], Gateway]
