"""Facts of the reconciliation domain."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class StatementImported(Event):
    """A provider's statement proved that it is whole and was taken in."""

    type: ClassVar[str] = "reconciliation.statement.imported"
    public: ClassVar[bool] = False
    account: str
    day: str
    sha256: str
    lines: int
    income_fen: int
    outgo_fen: int
    replaces: str


@dataclass(frozen=True, slots=True)
class DayMatched(Event):
    """The passes of matching ran over a day."""

    type: ClassVar[str] = "reconciliation.day.matched"
    public: ClassVar[bool] = False
    matched: int
    breaks: int


@dataclass(frozen=True, slots=True)
class DayWasClosed(Event):
    """A day was closed and sealed: the digest covers its lines and matches."""

    type: ClassVar[str] = "reconciliation.day.closed"
    public: ClassVar[bool] = False
    account: str
    day: str
    digest: str
    breaks: int
    decided: int


@dataclass(frozen=True, slots=True)
class DayReopened(Event):
    """A closed day was opened again, with a reason."""

    type: ClassVar[str] = "reconciliation.day.reopened"
    public: ClassVar[bool] = False
    account: str
    day: str
    digest: str
    reason: str


@dataclass(frozen=True, slots=True)
class BreakFound(Event):
    """A line without a movement of ours, or a movement without a line."""

    type: ClassVar[str] = "reconciliation.break.found"
    public: ClassVar[bool] = False
    kind: str
    number: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class BreakAssigned(Event):
    """A person answers for a break."""

    type: ClassVar[str] = "reconciliation.break.assigned"
    public: ClassVar[bool] = False
    owner: str


@dataclass(frozen=True, slots=True)
class BreakEndProposed(Event):
    """One person said how a break ends."""

    type: ClassVar[str] = "reconciliation.break.proposed"
    public: ClassVar[bool] = False
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class BreakRefused(Event):
    """The second person did not agree; the break is open again."""

    type: ClassVar[str] = "reconciliation.break.refused"
    public: ClassVar[bool] = False
    reason: str


@dataclass(frozen=True, slots=True)
class BreakResolved(Event):
    """A break ended: confirmed by a second person, or explained by a later line."""

    type: ClassVar[str] = "reconciliation.break.resolved"
    public: ClassVar[bool] = False
    action: str
