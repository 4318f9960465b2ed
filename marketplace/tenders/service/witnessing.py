"""见证人 of a draw, named by the buyer."""

from marketplace.kernel.context import Ctx
from marketplace.selection import witnessing
from marketplace.tenders import queries


def name_witness(ctx: Ctx, tender_id: str, *, name: str, organisation: str = "") -> str:
    """Name a witness of a possible draw before it is held; returns the code to hand over, which is shown once.

    Raises TenderNotFound for another buyer, WitnessesFull, WitnessTooLate (409). Source: rulebook draw.witness_max.
    """
    tender = queries.own(ctx, tender_id)
    most = queries.rules_for(ctx, tender)["draw.witness_max"]
    return witnessing.name_witness(ctx, tender.id, tender.number, name=name, organisation=organisation, most=most)
