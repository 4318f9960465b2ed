"""What supervision puts on record. What is still being looked into is not public; what was decided is."""

from dataclasses import dataclass
from typing import ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class ComplaintFiled(Event):
    """Somebody complained."""

    type: ClassVar[str] = "supervision.complaint.filed"
    public: ClassVar[bool] = False
    number: str
    about_kind: str
    about_number: str
    category: str


@dataclass(frozen=True, slots=True)
class ComplaintAccepted(Event):
    """A complaint was taken up."""

    type: ClassVar[str] = "supervision.complaint.accepted"
    public: ClassVar[bool] = False
    number: str


@dataclass(frozen=True, slots=True)
class ComplaintAnswered(Event):
    """The agency complained of gave its answer."""

    type: ClassVar[str] = "supervision.complaint.answered"
    public: ClassVar[bool] = False
    number: str


@dataclass(frozen=True, slots=True)
class ComplaintRefused(Event):
    """A complaint was not taken up, for a reason."""

    type: ClassVar[str] = "supervision.complaint.refused"
    public: ClassVar[bool] = False
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class ComplaintDecided(Event):
    """A complaint was decided."""

    type: ClassVar[str] = "supervision.complaint.decided"
    public: ClassVar[bool] = False
    number: str
    upheld: bool
    decision: str


@dataclass(frozen=True, slots=True)
class ComplaintOverdue(Event):
    """A clock of a complaint has run out: stage is accept or decide."""

    type: ClassVar[str] = "supervision.complaint.delayed"
    public: ClassVar[bool] = False
    number: str
    stage: str


@dataclass(frozen=True, slots=True)
class FindingDecided(Event):
    """A breach was found."""

    type: ClassVar[str] = "supervision.finding.decided"
    finding_id: str
    kind: str
    reference: str


@dataclass(frozen=True, slots=True)
class ExitCaseOpened(Event):
    """An exit rule was met: the agency got notice and time to defend itself."""

    type: ClassVar[str] = "supervision.case.opened"
    public: ClassVar[bool] = False
    case_id: str
    number: str
    rule: str
    finding_ids: list[str]
    ruleset_id: str


@dataclass(frozen=True, slots=True)
class DefenceFiled(Event):
    """The agency defended itself."""

    type: ClassVar[str] = "supervision.defence.filed"
    public: ClassVar[bool] = False
    case_id: str
    number: str


@dataclass(frozen=True, slots=True)
class ExitCaseDecided(Event):
    """An exit case was decided."""

    type: ClassVar[str] = "supervision.case.decided"
    case_id: str
    number: str
    rule: str
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class SanctionEnded(Event):
    """A sanction ended by its term."""

    type: ClassVar[str] = "supervision.sanction.ended"
    sanction_id: str


@dataclass(frozen=True, slots=True)
class SanctionLifted(Event):
    """A sanction was lifted before its term, for a reason."""

    type: ClassVar[str] = "supervision.sanction.lifted"
    sanction_id: str
    reason: str
