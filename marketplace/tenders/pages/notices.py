"""Public lists and notices."""

from typing import Any

from flask import request
from sqlalchemy import Select

from marketplace.kernel.context import Ctx
from marketplace.tenders import queries
from marketplace.tenders.models import Award, Tender
from marketplace.tenders.pages import doorway
from marketplace.tenders.pages.doorway import about, door
from marketplace.tenders.schemas import LABELS
from marketplace.web.doors import public, render, unit_of_work
from marketplace.web.language import t
from marketplace.web.paging import page_of
from marketplace.web.warm import warm

PUBLIC_STAGES = (
    "open",
    "closed",
    "opened",
    "auction",
    "publicity",
    "objected",
    "confirming",
    "awarded",
    "failed",
    "cancelled",
)


@door.get("/tenders")
@public
@warm
@unit_of_work
def notices(ctx: Ctx) -> str:
    """采购公告: filters by link, search by words, newest first. Nothing here tells how many have bid."""
    asked = {name: request.args.get(name, "") for name in ("stage", "method")}
    asked["item_code"], words = request.args.get("item", ""), request.args.get("q", "")[:100]
    cursor = request.args.get("after") or None
    return render("marketplace/tenders/list.html", **list_facts(ctx, words=words, cursor=cursor, asked=asked))


def list_facts(ctx: Ctx, *, words: str, cursor: str | None, asked: dict[str, str]) -> dict[str, Any]:
    """What the page of the list shows. asked: filters of queries.notices."""
    page = queries.page_of_notices(ctx, text=words, cursor=cursor, lines=True, **asked)
    items = doorway.item_names(ctx)
    return {
        "page": page,
        "items": items,
        "choices": list(items.items()),
        "methods": doorway.methods(ctx),
        "stages": [(code, t(LABELS["tender.stage"][code])) for code in PUBLIC_STAGES],
    }


@door.get("/tenders/<number>")
@public
@warm
@unit_of_work
def notice(ctx: Ctx, number: str) -> str:
    """One notice; after the opening also the ranking, the draw and the exclusions with their reasons."""
    tender = queries.by_number(ctx, number)
    return render("marketplace/tenders/notice.html", **about(ctx, tender), reasons=_reasons(ctx, tender))


def _reasons(ctx: Ctx, tender: Tender) -> list[dict[str, str]]:
    """What keeps the agency that is reading from bidding in an open tender."""
    mine = ctx.actor.organisation_id
    if mine is None or tender.stage != "open" or not ctx.actor.may("bid.place"):
        return []
    return doorway.told(ctx, tender, queries.eligibility(ctx, tender, mine))


@door.get("/publicity")
@public
@warm
@unit_of_work
def publicity(ctx: Ctx) -> str:
    """中选公示: results that participants may still object to."""
    heading = t("中选公示")
    lead = t("公示期内，参加报价的机构可以提出异议；异议期间公示期停止计算。")
    found = queries.awards(status="pending").where(Award.live.is_(True))
    return _awards(ctx, found, heading=heading, lead=lead, publicity=True)


@door.get("/awards")
@public
@warm
@unit_of_work
def awards(ctx: Ctx) -> str:
    """中选公告: confirmed results."""
    lead = t("已经公示并由项目业主确认的中选结果；通知书可以凭验真码核对。")
    found = queries.awards(status="active").where(Award.live.is_(True))
    return _awards(ctx, found, heading=t("中选公告"), lead=lead, publicity=False)


def _awards(ctx: Ctx, found: Select[Award], *, heading: str, lead: str, publicity: bool) -> str:
    cursor = request.args.get("after") or None
    page = page_of(ctx.session, found, key=(Award.awarded_at, Award.id), descending=True, cursor=cursor)
    tenders = queries.tenders_of(ctx, page.items)
    parties = [award.agency_id for award in page.items] + [tender.buyer_id for tender in tenders.values()]
    return render(
        "marketplace/tenders/award_list.html",
        page=page,
        tenders=tenders,
        names=doorway.names_of(ctx, parties),
        heading=heading,
        lead=lead,
        publicity=publicity,
    )
