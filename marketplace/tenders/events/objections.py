"""What is remembered of objections that nobody answers in time."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class ObjectionUnanswered(Event):
    """An objection was not answered in time. means: what the rulebook makes of it; until: when a complaint is due."""

    type: ClassVar[str] = "tender.objection.unanswered"
    number: str
    objection_id: str
    agency: str
    means: str
    until: str


@dataclass(frozen=True, slots=True)
class ObjectionTakenUp(Event):
    """Whoever got no answer complained in time: the department decides until then, and the award's clock stands."""

    type: ClassVar[str] = "tender.objection.taken_up"
    number: str
    objection_id: str
    agency: str
    until: str


@dataclass(frozen=True, slots=True)
class ObjectionUndecided(Event):
    """The department did not decide in time; the award's clock goes on, and so does the complaint."""

    type: ClassVar[str] = "tender.objection.undecided"
    number: str
    objection_id: str
    agency: str
