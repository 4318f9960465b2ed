"""Facts about agencies that enter the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class AgencyAdmitted(Event):
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
    type: ClassVar[str] = "agency.profile.amended"
    public: ClassVar[bool] = False
    changed: list[str]


@dataclass(frozen=True, slots=True)
class ScopeDeclared(Event):
    type: ClassVar[str] = "agency.scope.declared"
    item_code: str


@dataclass(frozen=True, slots=True)
class ScopeDropped(Event):
    type: ClassVar[str] = "agency.scope.dropped"
    item_code: str


@dataclass(frozen=True, slots=True)
class QualificationRegistered(Event):
    type: ClassVar[str] = "agency.qualification.registered"
    item_code: str
    number: str
    valid_from: str
    valid_to: str | None
    renews: str | None


@dataclass(frozen=True, slots=True)
class QualificationLapsed(Event):
    type: ClassVar[str] = "agency.qualification.lapsed"
    item_code: str
    number: str
    valid_to: str


@dataclass(frozen=True, slots=True)
class PractitionerListed(Event):
    type: ClassVar[str] = "agency.practitioner.listed"
    public: ClassVar[bool] = False
    practitioner_id: str
    certificates: list[str]


@dataclass(frozen=True, slots=True)
class PractitionerRemoved(Event):
    type: ClassVar[str] = "agency.practitioner.removed"
    public: ClassVar[bool] = False
    practitioner_id: str


@dataclass(frozen=True, slots=True)
class AgencySuspended(Event):
    type: ClassVar[str] = "agency.standing.suspended"
    suspension_id: str
    reach: str
    cause: str
    reason: str
    until: str | None


@dataclass(frozen=True, slots=True)
class AgencyReinstated(Event):
    type: ClassVar[str] = "agency.standing.reinstated"
    suspension_id: str
    reach: str


@dataclass(frozen=True, slots=True)
class AgencyExpelled(Event):
    type: ClassVar[str] = "agency.standing.expelled"
    reason: str
    until: str


@dataclass(frozen=True, slots=True)
class AgencyWithdrawn(Event):
    type: ClassVar[str] = "agency.entry.withdrawn"


@dataclass(frozen=True, slots=True)
class GradeChanged(Event):
    type: ClassVar[str] = "agency.grade.changed"
    score_points: int
    stars: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class AfterCheckDone(Event):
    type: ClassVar[str] = "agency.check.completed"
    passed: bool
    note: str
