"""The blueprint, and what several pages of the domain share."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.agencies.rules import PROVINCES, Bar
from marketplace.catalogue import queries as catalogue
from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import yuan
from marketplace.rulebook import queries as rulebook
from marketplace.selection import queries as selection
from marketplace.selection.quotes import percent
from marketplace.tenders import queries
from marketplace.tenders.errors import AwardNotFound
from marketplace.tenders.models import Award, Offer, Receipt, Tender
from marketplace.tenders.pages.arranging import arrangement
from marketplace.tenders.queries import asking, changes, openings
from marketplace.tenders.rules import changing
from marketplace.web.doors import page_door, see_other
from marketplace.web.filters import label
from marketplace.web.language import locale, t

door = page_door("tenders", __name__)

DONE = {
    "saved": "已保存",
    "amended": "公告变更已发布",
    "bid_confirmed": "报价已确认，按最新公告有效",
    "asked": "提问已公开，答复后在本页显示",
    "answered": "答复已向所有人公开",
    "reposted": "原公告已结束，请核对新的草稿后发布",
    "published": "采购公告已发布",
    "cancelled": "采购项目已取消",
    "placed": "报价已加密提交，请保存本回执。",
    "withdrawn": "报价已撤回，信封已销毁",
    "accepted": "已接受中选，请在期限内签订合同",
    "declined": "已放弃中选",
    "lapsed": "已取消逾期未签约机构的中选",
    "objected": "异议已提交，公示期停止计算",
    "decided": "异议已答复",
    "excluded": "已记录排除理由",
    "awarded": "选取已完成，结果进入公示",
    "asking": "已进入下一环节，结果以页面所示为准",
    "explained": "低价说明已提交，等待项目业主审查",
    "judged": "低价说明已审查",
    "named": "已选定，系统随即完成选取",
    "declared": "声明已提交",
    "scored": "打分已提交，不能更改",
    "replaced": "评审人员已更换",
    "awarding": "已提交，由开标程序启封种子后完成选取，请稍后刷新",
    "confirmed": "已确认中选，通知书已生成",
    "handed_in": "密钥份额已提交",
    "revealed": "种子已提交，摇号时公布",
    "deposited": "摇号承诺已交存",
    "entered": "号码已录入",
    "signed": "已签署，感谢见证",
}


def done() -> str:
    """What the step before this page has done, in words."""
    return t(DONE.get(request.args.get("done", ""), ""))


def to_receipt(number: str, given: Receipt, done: str) -> ResponseReturnValue:
    """On to the page of the receipt that was just given, which says what was done."""
    return see_other(url_for("marketplace_tenders.receipt", number=number, leaf=given["leaf"]), done=done)


def field_errors(error: DomainError) -> dict[str, list[str]]:
    """A refusal as the error of its field. Raises it again when it is about no field."""
    if error.field is None:
        raise error
    return {error.field: ["　".join(filter(None, (error.say(t), error.advise(t))))]}


def item_names(ctx: Ctx) -> dict[str, str]:
    """Names of all catalogue items by code, kept ones first in the order of codes."""
    return catalogue.item_names(ctx)


def region_names(ctx: Ctx) -> dict[str, str]:
    """Provinces, and the regions with rules of their own."""
    return {**PROVINCES, **rulebook.regions(ctx)}


def region_name(ctx: Ctx, code: str) -> str:
    """The name of a division; one that is not listed by its province and its code."""
    known = region_names(ctx)
    return known.get(code) or f"{known.get(code[:2] + '0000', '')} {code}".strip()


def methods(ctx: Ctx, *, competitive: bool = False) -> list[tuple[str, str]]:
    """Installed selection methods as (code, words)."""
    known = selection.methods(ctx)
    return [(method.code, t(method.label)) for method in known if method.competitive or not competitive]


def names_of(ctx: Ctx, ids: Iterable[str]) -> dict[str, str]:
    """Names of organisations by id, in one statement."""
    return queries.names(ctx, ids)


def opening_of(ctx: Ctx, tender: Tender) -> dict[str, list[Offer]]:
    """Opened bids in three lists: ranked, waiting for the award, excluded. Empty before the opening."""
    if tender.opened_at is None:
        return {"ranked": [], "waiting": [], "excluded": []}
    found = queries.offers(ctx, tender.id)
    valid = [offer for offer in found if offer.status != "excluded"]
    return {
        "ranked": [offer for offer in valid if offer.rank is not None],
        "waiting": [offer for offer in valid if offer.rank is None],
        "excluded": [offer for offer in found if offer.status == "excluded"],
    }


def about(ctx: Ctx, tender: Tender) -> dict[str, Any]:
    """Everything public about one tender, for the notice, the award notice and the buyer's own page."""
    award = queries.live_award(ctx, tender.id)
    return {
        "tender": tender,
        "buyer": names_of(ctx, [tender.buyer_id]).get(tender.buyer_id, ""),
        "item": catalogue.item(ctx, tender.item_code),
        "region": region_name(ctx, tender.region),
        "award": award,
        "opening": opening_of(ctx, tender),
        "draw": selection.draw_or_none(ctx, tender.id),
        "commitments": selection.commitment_rows(ctx, tender.id),
        "pool": selection.pool_or_none(ctx, tender.number),
        "shares": openings.shares(ctx, tender.id),
        "objections": queries.objections(ctx, tender.id),
        "trail": queries.trail(ctx, tender),
        "diff": diff,
        "amendments": changes.amendments(ctx, tender.id),
        "clarifications": changes.clarifications(ctx, tender.id),
        "clarify_until": changes.clarify_until(ctx, tender) if tender.stage == "open" else None,
        "links": changes.links(ctx, tender),
        "arrangement": arrangement(ctx, tender),
        **asked_of(ctx, tender),
        "done": done(),
    }


def asked_of(ctx: Ctx, tender: Tender) -> dict[str, Any]:
    """What people were asked once the bids were open, as far as it is public now: low prices, sheets, invitations."""
    if tender.opened_at is None:
        return {
            "explanations": [],
            "sheets": [],
            "recused": [],
            "invited": [],
            "named": None,
            "names": {},
            "prices": {},
        }
    explanations = asking.explanations(ctx, tender.id)
    invited = asking.invitations(ctx, tender)
    ids = [row.agency_id for row in explanations] + [row.agency_id for row in invited]
    names = names_of(ctx, ids)
    return {
        "explanations": explanations,
        "low_pct": queries.rules_for(ctx, tender)["low_price.explain_below_pct"] if explanations else 0,
        "sheets": asking.published_sheets(ctx, tender),
        "recused": asking.published_recusals(ctx, tender),
        "invited": invited,
        "named": asking.named(ctx, tender),
        "names": names,
        "prices": {offer.id: offer.price_fen for offer in queries.offers(ctx, tender.id)} if explanations else {},
    }


def told(ctx: Ctx, tender: Tender, bars: Sequence[Bar]) -> list[dict[str, str]]:
    """Why an agency may not bid, in the reader's language: reason, remedy, rule by name, source, article."""
    english = locale() == "en"
    return [
        {
            "text": reason.bar.say(t),
            "remedy": t(reason.bar.remedy),
            "rule": reason.title_en if english else reason.title,
            "source": reason.source_en if english else reason.source,
            "basis": t(reason.bar.basis),
        }
        for reason in queries.explained(ctx, tender, bars)
    ]


def diff(changed: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """The rows of a published difference in words: field, before, after."""
    return [
        (t(changing.LABELS[row["field"]]), _words(row["field"], row["before"]), _words(row["field"], row["after"]))
        for row in changed
    ]


def _words(name: str, value: Any) -> str:
    if value in (None, "", []):
        return "—"
    if name.endswith("_fen"):
        return yuan(int(value))
    if name == "closes_at":
        return datetime.fromisoformat(value).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    if name == "avoidances":
        return "；".join(f"{row['uscc']}：{row['reason']}" for row in value)
    if isinstance(value, bool):
        return t("是") if value else t("否")
    return label(value, "selection.method") if name == "method" else str(value)


def award_of(ctx: Ctx, number: str) -> tuple[Tender, Award]:
    """A tender and its live award. Raises TenderNotFound, AwardNotFound."""
    tender = queries.by_number(ctx, number)
    award = queries.live_award(ctx, tender.id)
    if award is None:
        raise AwardNotFound
    return tender, award


def as_form(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """Stored facts as a form would post them: yuan, Shanghai wall time, true, one avoidance per line."""
    return {name: _posted(name, values[name]) for name in names if values.get(name) is not None}


def _posted(name: str, value: Any) -> str:
    if name.endswith("_fen"):
        return yuan(int(value)).replace(",", "")
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, bool):
        return "true" if value else ""
    if name.endswith("_bp"):
        return percent(int(value))
    if isinstance(value, list):
        return "\n".join(row if isinstance(row, str) else f"{row['uscc']} {row['reason']}" for row in value)
    return str(value)
