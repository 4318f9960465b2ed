"""What happened to the rules and to the calendar."""

from dataclasses import dataclass
from typing import Any, ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class RuleSetPublished(Event):
    """A region's version was published. changed: key → value; withdrawn: keys that inherit again."""

    type: ClassVar[str] = "rulebook.version.published"
    rule_set_id: str
    region: str
    version: int
    valid_from: str
    changed: dict[str, Any]
    withdrawn: list[str]


@dataclass(frozen=True, slots=True)
class CalendarDayChanged(Event):
    """The operator declared a day to be a working day or a day off."""

    type: ClassVar[str] = "rulebook.day.changed"
    day: str
    is_workday: bool
    note: str


@dataclass(frozen=True, slots=True)
class CalendarExtended(Event):
    """The calendar learned further days."""

    type: ClassVar[str] = "rulebook.calendar.extended"
    first: str
    last: str
