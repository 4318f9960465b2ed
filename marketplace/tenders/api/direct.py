"""The direct way of the JSON door for a first bid; whatever it cannot answer, the view beside it does."""

from collections.abc import Mapping
from typing import Any

import orjson

from marketplace.kernel import answered
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import Busy, DomainError, NotStored
from marketplace.tenders import service
from marketplace.tenders.queries.direct import bidder
from marketplace.tenders.schemas.direct import plain_bid
from marketplace.web.direct import Asked


def place_bid(ctx: Ctx, asked: Asked) -> Mapping[str, Any] | DomainError | None:
    """A receipt, a refusal, or None: nothing was written, or the whole way will find what was.

    Half of those who bid across the deadline are refused: that has to cost no more than a bid. Raises Doubt, Busy,
    NotStored.
    """
    try:
        read = plain_bid(orjson.loads(asked.body))
    except orjson.JSONDecodeError:
        return None
    found = bidder(ctx, asked.direct, asked.place, asked.secret) if read else None
    if read is None or found is None:
        return None
    inside, version = read
    try:
        return service.place_at_once(asked.direct, found, inside, notice_version=version, keyed=asked.keyed)
    except (Busy, NotStored):
        raise
    except DomainError as refusal:
        # What was answered under this key before is answered again, whatever has changed since.
        known = asked.keyed is not None and answered.is_kept(found.ctx, asked.direct, asked.keyed)
        return None if known else refusal
