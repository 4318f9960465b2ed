"""Builders for credit: a review of finished work, a decided fact."""

from typing import Any

from marketplace.contracts.models import Contract
from marketplace.credit import service
from marketplace.credit.models import Review, ScoreEntry
from marketplace.testing.contracts import Parties, Work, a_finished_contract


def marks(each: int = 5, **over: int) -> dict[str, int]:
    """The five marks, all alike unless told otherwise."""
    return {**dict.fromkeys(("quality", "time", "attitude", "charge", "conformity"), each), **over}


def a_review(work: Work, parties: Parties, contract: Contract | None = None, *, each: int = 5, **over: Any) -> Review:
    """The buyer's review of a finished contract."""
    contract = contract or a_finished_contract(work, parties)
    with work(parties.buyer) as ctx:
        return service.review(ctx, contract.id, **{**marks(each), "comment": "按期交付，成果规范", **over})


def an_incident(work: Work, agency_id: str, *, kind: str = "complaint", reference: str = "finding/1") -> ScoreEntry:
    """A decided fact about an agency, decided now."""
    with work() as ctx:
        return service.record_incident(ctx, agency_id=agency_id, kind=kind, reference=reference, decided_at=ctx.now)
