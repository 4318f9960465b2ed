"""What happened to the items of the catalogue."""

from dataclasses import dataclass
from typing import Any, ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class ItemAdded(Event):
    """An item entered the catalogue. facts: every field of its first version."""

    type: ClassVar[str] = "catalogue.item.added"
    code: str
    version: int
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ItemEdited(Event):
    """An item has a new version. changed: field → [before, after]."""

    type: ClassVar[str] = "catalogue.item.edited"
    code: str
    version: int
    changed: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ItemWithdrawn(Event):
    """An item is no longer kept from a day on."""

    type: ClassVar[str] = "catalogue.item.cancelled"
    code: str
    version: int
    day: str
    reason: str


@dataclass(frozen=True, slots=True)
class ItemRestored(Event):
    """A cancelled item is kept again."""

    type: ClassVar[str] = "catalogue.item.restored"
    code: str
    version: int
    day: str
    reason: str
