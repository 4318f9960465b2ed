"""What a bidding program is asked, in one journey: whose token it is, the notice, and what is against the bid."""

from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import String, bindparam

from marketplace.agencies.models import Agency
from marketplace.identity import queries as identity
from marketplace.identity import rules as secrets
from marketplace.identity.models import Organisation, Token
from marketplace.kernel.context import Ctx
from marketplace.kernel.direct import Direct, Question
from marketplace.tenders.models import Tender
from marketplace.tenders.queries.placing import NOTICE, TENDERS, is_clear, standing


@dataclass(frozen=True, slots=True)
class Bidder:
    """Who bids, by a context of his own, and the notice as he may see it. used_hash: of a token whose use is noted."""

    ctx: Ctx
    notice: Tender
    agency_id: str
    used_hash: str | None


_ASKED = Question(
    identity.HOLDERS.add_columns(*NOTICE, *standing(Token.__table__.c.organisation_id))
    .join(Agency, Agency.id == Organisation.id)
    .join(TENDERS, TENDERS.c.id == bindparam("tender", type_=String(32)))
)


def bidder(ctx: Ctx, direct: Direct, tender_id: str, secret: str) -> Bidder | None:
    """The holder of a token for whom nothing at all speaks against a bid; None on the least doubt.

    ctx: in which nobody has been asked who he is. Raises Doubt.
    """
    hashed = secrets.digest(secret)
    rows = direct.ask(_ASKED, {"secret": hashed, "tender": tender_id, "now": ctx.now})
    row: Any = rows[0] if rows else None
    use = identity.use_in(ctx, row) if row is not None and secret.startswith(secrets.TOKEN_PREFIX) else None
    if use is None or use.actor is None or row.published_at is None:
        return None
    agency_id = use.actor.organisation_id
    if agency_id is None or not is_clear(ctx, row, agency_id):
        return None
    noted = hashed if use.is_stale(ctx.now) else None
    return Bidder(replace(ctx, actor=use.actor), cast("Tender", row), agency_id, noted)
