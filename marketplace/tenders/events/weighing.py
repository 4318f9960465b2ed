"""What is remembered of methods: their parameters, what people were asked and answered, and the ranking."""

from dataclasses import dataclass
from typing import Any, ClassVar

from marketplace.kernel.events import Event


@dataclass(frozen=True, slots=True)
class MethodPublished(Event):
    """How the quotes of a notice are made and weighed. quote: amount or rate; invitation: keeper → commitment."""

    type: ClassVar[str] = "tender.method.published"
    number: str
    quote: str
    bounds: dict[str, int | None]
    params: dict[str, Any]
    invitation: dict[str, str]


@dataclass(frozen=True, slots=True)
class InviteesDrawn(Event):
    """Who was drawn to be invited to an inquiry, with all that is needed to repeat the draw; sealed till opening."""

    type: ClassVar[str] = "tender.invitees.drawn"
    sealed: ClassVar[bool] = True
    record: dict[str, Any]
    taken: int


@dataclass(frozen=True, slots=True)
class ExplanationAsked(Event):
    """These quotes are abnormally low and have to be explained in writing, or are void."""

    type: ClassVar[str] = "tender.explanation.asked"
    number: str
    agencies: list[str]
    due_at: str


@dataclass(frozen=True, slots=True)
class ExplanationGiven(Event):
    """An agency explained its low quote; the text is for the buyer and the supervisors."""

    type: ClassVar[str] = "tender.explanation.given"
    number: str
    agency: str


@dataclass(frozen=True, slots=True)
class ExplanationDecided(Event):
    """An explanation was accepted or refused, or did not come. decision: accepted, refused, silent."""

    type: ClassVar[str] = "tender.explanation.decided"
    number: str
    agency: str
    decision: str
    reason: str


@dataclass(frozen=True, slots=True)
class AssessorRecused(Event):
    """An assessor declared a conflict of interest and gave the seat up."""

    type: ClassVar[str] = "tender.assessor.recused"
    public: ClassVar[bool] = False
    number: str
    name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class AssessorReplaced(Event):
    """The buyer gave the seat of an assessor to somebody else."""

    type: ClassVar[str] = "tender.assessor.replaced"
    public: ClassVar[bool] = False
    number: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class OfferNamed(Event):
    """The buyer compared the quotes of an inquiry and chose this one."""

    type: ClassVar[str] = "tender.offer.named"
    number: str
    agency: str
    reason: str


@dataclass(frozen=True, slots=True)
class RankingPublished(Event):
    """The ranking record: everything a stranger needs to rank the offers again (docs/proof.md)."""

    type: ClassVar[str] = "tender.ranking.published"
    number: str
    record: dict[str, Any]
