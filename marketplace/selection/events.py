"""What the selection domain remembers for ever."""

from dataclasses import dataclass
from typing import Any, ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class DrawCommitted(Event):
    """Both keepers' commitments were published."""

    type: ClassVar[str] = "selection.commitment.published"
    commitments: dict[str, str]


@dataclass(frozen=True, slots=True)
class PoolFrozen(Event):
    """The candidates of a draw were fixed before any seed was shown."""

    type: ClassVar[str] = "selection.pool.frozen"
    number: str
    pool: list[str]
    pool_hash: str


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
