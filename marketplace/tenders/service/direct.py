"""A first bid in two journeys: what is asked has been asked, and all that a bid writes is written by one deed."""

from collections.abc import Mapping
from typing import Any

from marketplace.identity.service import USED
from marketplace.kernel import answered, events
from marketplace.kernel.context import lock_key
from marketplace.kernel.direct import Deed, Direct
from marketplace.tenders import queries
from marketplace.tenders.events import BidPlaced
from marketplace.tenders.models import Receipt
from marketplace.tenders.queries.direct import Bidder
from marketplace.tenders.service.bidding import PLACE, guard, in_envelope, require_open
from marketplace.tenders.service.steps import lock_name, receipt, subject_of

_BID = ("lock", "tender", "seen", "received", "id", "bidder_index", "envelope", "digest")
_EVENT = ("new_id", "new_subject", "new_type", "new_actor", "new_public", "new_sealed", "new_leaf", "new_body")
# The function and the steps do the same; tests/tenders/test_direct.py holds them and the whole way together.
PLACED = Deed(
    "marketplace_place_bid",
    (*_BID, *_EVENT, "held_for", "used_hash", "last_used", *answered.ARGUMENTS),
    {"id": PLACE.alone, **events.STEPS, "used_hash": USED, "kept_key": answered.STEP},
)


def place_at_once(
    direct: Direct,
    bidder: Bidder,
    inside: Mapping[str, Any],
    *,
    notice_version: int,
    keyed: answered.Keyed | None = None,
) -> Receipt | None:
    """Seal and write a first bid as `place_bid` does; None where it was not written, and the whole way knows why.

    inside: price_fen, rate_bp, days, lead and note. keyed: a request whose answer is kept with the bid. Raises Doubt,
    and what `place_bid` refuses.
    """
    ctx, notice = bidder.ctx, bidder.notice
    ctx.require("bid.place")
    require_open(ctx, notice)
    if notice_version != notice.notice_version:
        return None
    sealed = in_envelope(notice, bidder.agency_id, inside)
    event = BidPlaced(subject_of(notice), sealed["digest"])
    row, recorded = events.prepared(event, ctx.new_id(), ctx.received_at, ctx.actor)
    answer = receipt(ctx, notice, recorded)
    values = {
        "id": ctx.new_id(),
        "bidder_index": queries.bidder_index(ctx, notice.id, bidder.agency_id),
        "version": 1,
        "lock": lock_key(lock_name(notice.id)),
        "used_hash": bidder.used_hash,
        "last_used": answered.day_of(ctx.now),
        **sealed,
        **guard(ctx, notice),
        **events.bound(row, event),
        **answered.bound(ctx, keyed, answer),
    }
    return answer if direct.do(PLACED, values) else None
