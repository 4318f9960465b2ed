"""JSON door, the part of the keepers: shares, minutes, witnesses of the draw."""

from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import NotPermitted
from marketplace.tenders import queries, rules, service
from marketplace.tenders.api.doorway import api
from marketplace.tenders.models import KeyShare, Tender
from marketplace.tenders.queries import openings
from marketplace.tenders.schemas import NoticeOut
from marketplace.tenders.schemas.keeping import KeeperOut, MinutesOut, SealedShareOut, ShareIn
from marketplace.web.doors import public, requires, unit_of_work


@api.get("/tenders/<number>/keepers")
@public
@unit_of_work
@api.response(200, KeeperOut(many=True))
def keepers(ctx: Ctx, number: str) -> list[KeyShare]:
    """Who keeps the key to the bids, the digest of each share, and who has handed in."""
    return openings.shares(ctx, queries.by_number(ctx, number).id)


@api.get("/tenders/<number>/minutes")
@public
@unit_of_work
@api.response(200, MinutesOut)
def minutes(ctx: Ctx, number: str) -> dict[str, Any]:
    """开启记录: the signed minutes of the opening with the offers they are about."""
    return openings.minutes(ctx, queries.by_number(ctx, number).id)


@api.get("/tenders/<number>/shares/mine")
@requires("share.hand_in")
@unit_of_work
@api.response(200, SealedShareOut)
def sealed_share(ctx: Ctx, number: str) -> dict[str, Any]:
    """One's own share, still sealed; `marketplace keeper unseal` takes it out where the private key is."""
    return openings.sealed(ctx, queries.by_number(ctx, number), keeper_of(ctx))


@api.post("/tenders/<tender_id>/shares")
@requires("share.hand_in")
@unit_of_work
@api.arguments(ShareIn)
@api.response(200, NoticeOut)
def hand_in_share(ctx: Ctx, data: dict[str, Any], tender_id: str) -> Tender:
    """Hand in one's share after the closing; the k-th opens the bids."""
    return service.hand_in_share(ctx, tender_id, keeper=keeper_of(ctx), **data)


def keeper_of(ctx: Ctx) -> str:
    """The keeper for whom the actor speaks. Raises NotPermitted."""
    found = sorted(rules.keepers_of(ctx.actor.roles))
    if not found:
        raise NotPermitted(permission="share.hand_in")
    return found[0]
