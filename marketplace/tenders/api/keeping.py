"""JSON door, the part of the keepers: shares, minutes, witnesses of the draw."""

from typing import Any

from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import NotPermitted
from marketplace.selection.schemas import SeedIn, WitnessIn, WitnessNamedOut
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


@api.post("/tenders/<tender_id>/invitation/seeds")
@requires("share.hand_in")
@unit_of_work
@api.arguments(SeedIn)
@api.response(200, NoticeOut)
def reveal_invitation_seed(ctx: Ctx, data: dict[str, Any], tender_id: str) -> Tender:
    """A keeper reveals its seed for the draw of an inquiry's invited; with the last one the draw follows by itself."""
    keeper = data["keeper"] or keeper_of(ctx)
    return service.reveal_invitation_seed(ctx, tender_id, keeper=keeper, seed=data["seed"])


@api.post("/tenders/<tender_id>/witnesses")
@requires("tender.publish")
@unit_of_work
@api.arguments(WitnessIn)
@api.response(201, WitnessNamedOut)
def name_witness(ctx: Ctx, data: dict[str, Any], tender_id: str) -> dict[str, Any]:
    """The buyer names a witness of a possible draw; the code is shown once, to be handed over."""
    return {"name": data["name"], "code": service.name_witness(ctx, tender_id, **data)}


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
