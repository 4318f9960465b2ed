"""What the selection domain remembers for ever."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class DrawCommitted(Event):
    """Both keepers' commitments were published, and the public sources that the draw will use beside them.

    deposits: keeper → when its commitment came into stock (null: made on the spot), and whether it was made alone.
    """

    type: ClassVar[str] = "selection.commitment.published"
    commitments: dict[str, str]
    sources: list[str] = field(default_factory=list)
    reveal_minutes: int = 0
    lottery: dict[str, Any] = field(default_factory=dict)
    deposits: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CommitmentsDeposited(Event):
    """A keeper put commitments into its stock. alone: whether who made them held no other keeper's key."""

    type: ClassVar[str] = "selection.commitment.deposited"
    keeper: str
    commitments: list[str]
    alone: bool


@dataclass(frozen=True, slots=True)
class PoolFrozen(Event):
    """The candidates of a draw were fixed before any seed was shown."""

    type: ClassVar[str] = "selection.pool.frozen"
    number: str
    pool: list[str]
    pool_hash: str
    excluded: list[dict[str, str]] = field(default_factory=list)
    reveal_due_at: str = ""
    awaited: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeedWithheld(Event):
    """An incident: a keeper's seed does not match its commitment; the fixed fallback was used."""

    type: ClassVar[str] = "selection.seed.withheld"
    number: str
    keeper: str
    commitment: str


@dataclass(frozen=True, slots=True)
class DrawHeld(Event):
    """The draw with everything that is needed to repeat it."""

    type: ClassVar[str] = "selection.draw.held"
    number: str
    record: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SeedRevealed(Event):
    """A keeper revealed its seed after the pool was frozen; the seed itself is published with the draw."""

    type: ClassVar[str] = "selection.seed.revealed"
    number: str
    keeper: str


@dataclass(frozen=True, slots=True)
class NumbersEntered(Event):
    """Somebody entered the numbers of a public source; they count once as many as the source asks for agree."""

    type: ClassVar[str] = "selection.numbers.entered"
    number: str
    source: str
    value: dict[str, Any]


@dataclass(frozen=True, slots=True)
class SourceMissing(Event):
    """An incident: a public source was not entered in time; the draw was held without it, by the fixed rule."""

    type: ClassVar[str] = "selection.source.missed"
    number: str
    source: str


@dataclass(frozen=True, slots=True)
class WitnessNamed(Event):
    """A witness was named before the draw."""

    type: ClassVar[str] = "selection.witness.named"
    number: str
    name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class WitnessSigned(Event):
    """A witness signed the record of the draw, with a remark or without."""

    type: ClassVar[str] = "selection.witness.signed"
    number: str
    name: str
    pool_hash: str
    remark: str
