"""Facts about agencies that enter the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class AgencyAdmitted(Event):
    """An agency entered by commitment; again: it had been in the market before."""

    type: ClassVar[str] = "agency.entry.admitted"
    name: str
    uscc: str
    entity_type: str
    region: str
    scopes: list[str]
    commitments: list[str]
    again: bool


@dataclass(frozen=True, slots=True)
class AgencyProfileAmended(Event):
    """An agency changed what it says of itself."""

    type: ClassVar[str] = "agency.profile.amended"
    public: ClassVar[bool] = False
    changed: list[str]


@dataclass(frozen=True, slots=True)
class ScopeDeclared(Event):
    """An agency offers one more service."""

    type: ClassVar[str] = "agency.scope.declared"
    item_code: str


@dataclass(frozen=True, slots=True)
class ScopeDropped(Event):
    """An agency gave up a service."""

    type: ClassVar[str] = "agency.scope.dropped"
    item_code: str


@dataclass(frozen=True, slots=True)
class QualificationRegistered(Event):
    """A certificate or its renewal was registered."""

    type: ClassVar[str] = "agency.qualification.registered"
    item_code: str
    number: str
    valid_from: str
    valid_to: str | None
    renews: str | None


@dataclass(frozen=True, slots=True)
class QualificationLapsed(Event):
    """A certificate ran out."""

    type: ClassVar[str] = "agency.qualification.lapsed"
    item_code: str
    number: str
    valid_to: str


@dataclass(frozen=True, slots=True)
class PractitionerListed(Event):
    """A practitioner was listed; no personal data."""

    type: ClassVar[str] = "agency.practitioner.listed"
    public: ClassVar[bool] = False
    practitioner_id: str
    certificates: list[str]


@dataclass(frozen=True, slots=True)
class PractitionerRemoved(Event):
    """A practitioner was taken off the list."""

    type: ClassVar[str] = "agency.practitioner.removed"
    public: ClassVar[bool] = False
    practitioner_id: str


@dataclass(frozen=True, slots=True)
class AgencySuspended(Event):
    """All services or one were suspended."""

    type: ClassVar[str] = "agency.standing.suspended"
    suspension_id: str
    reach: str
    cause: str
    reason: str
    until: str | None


@dataclass(frozen=True, slots=True)
class AgencyReinstated(Event):
    """A suspension ended."""

    type: ClassVar[str] = "agency.standing.reinstated"
    suspension_id: str
    reach: str


@dataclass(frozen=True, slots=True)
class AgencyExpelled(Event):
    """An agency was expelled until an instant."""

    type: ClassVar[str] = "agency.standing.expelled"
    reason: str
    until: str


@dataclass(frozen=True, slots=True)
class AgencyWithdrawn(Event):
    """An agency left of its own will."""

    type: ClassVar[str] = "agency.entry.withdrawn"


@dataclass(frozen=True, slots=True)
class GradeChanged(Event):
    """Score (hundredths) or stars changed."""

    type: ClassVar[str] = "agency.grade.changed"
    score_points: int
    stars: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class AfterCheckDone(Event):
    """The after-check of an entry was made."""

    type: ClassVar[str] = "agency.check.completed"
    passed: bool
    note: str
