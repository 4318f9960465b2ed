"""The direct way of the JSON door for a first bid; whatever it cannot answer, the view beside it does."""

from collections.abc import Mapping
from typing import Any

import orjson

from marketplace.kernel.context import Ctx
from marketplace.tenders import service
from marketplace.tenders.queries.direct import bidder
from marketplace.tenders.schemas.direct import plain_bid
from marketplace.web.direct import Asked


def place_bid(ctx: Ctx, asked: Asked) -> Mapping[str, Any] | None:
    """A receipt, or None: nothing was written, or the whole way will find what was. Raises Doubt and refusals."""
    try:
        read = plain_bid(orjson.loads(asked.body))
    except orjson.JSONDecodeError:
        return None
    found = bidder(ctx, asked.direct, asked.place, asked.secret) if read else None
    if read is None or found is None:
        return None
    inside, version = read
    return service.place_at_once(asked.direct, found, inside, notice_version=version, keyed=asked.keyed)
