"""What a method needs to be told by the buyer, as a page of the posting; and how a notice says it to everybody."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from marketplace.kernel.clock import add_months
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import yuan
from marketplace.selection import queries as selection
from marketplace.selection.quotes import percent
from marketplace.tenders import queries
from marketplace.tenders.models import Tender
from marketplace.tenders.queries import asking
from marketplace.tenders.schemas import TenderDraftIn
from marketplace.tenders.schemas.weighing import PercentAsBp
from marketplace.web.language import t
from marketplace.web.schemas import Schema

PARTS = ("price", "credit", "time", "plan")
# Fields of the page by method; a method that is not here has nothing to be told.
ASKED: dict[str, tuple[str, ...]] = {
    "average": ("variant",),
    "merit": ("weights", "assessors"),
    "inquiry": ("invited",),
    "shortlist": ("size",),
}


class MethodStep(TenderDraftIn):
    """The parameters of a method and the people it needs; weights in percent."""

    variant = fields.String(load_default=None, validate=validate.OneOf(("A", "B")))
    size = fields.Integer(load_default=None, validate=validate.Range(1, 1000))
    weight_price, weight_credit, weight_time, weight_plan = (PercentAsBp(load_default=0) for _ in range(4))

    class Meta(Schema.Meta):
        """The fields of this page."""

        fields = ("variant", "size", *(f"weight_{part}" for part in PARTS), "assessors", "invited")


def facts_of(data: Mapping[str, Any], method: str) -> dict[str, Any]:
    """The facts of a notice from the answers on the page; what the method does not ask is emptied."""
    asked = ASKED.get(method, ())
    plain = ("variant", "size")
    params: dict[str, Any] = {name: data[name] for name in plain if name in asked and data[name] is not None}
    if "weights" in asked:
        params["weights"] = {part: data[f"weight_{part}"] for part in PARTS}
    people = {name: data[name] if name in asked else [] for name in ("assessors", "invited")}
    return {"method_params": params, **people}


def form_of(tender: Tender) -> dict[str, str]:
    """What is saved, as the page's form would post it."""
    params = tender.method_params
    weights = {f"weight_{part}": percent(bp) for part, bp in params.get("weights", {}).items()}
    plain: dict[str, str] = {name: str(params[name]) for name in ("variant", "size") if name in params}
    people = {name: "\n".join(getattr(tender, name)) for name in ("assessors", "invited")}
    return {**plain, **weights, **people}


def arrangement(ctx: Ctx, tender: Tender) -> list[tuple[str, str]]:
    """How quotes are made and weighed, in words, for the notice and the check page."""
    rows = [*_quote(tender), *_params(tender.method_params)]
    asks = selection.asks(ctx, tender.method)
    book = queries.rules_for(ctx, tender)
    if asks == "scores":
        rows.append((t("评审人员"), t("{n} 名，评审结束后公布", n=len(tender.assessors))))
    if asks == "comparison":
        least, drawn = book["inquiry.invited_min"], book["inquiry.drawn_min"]
        rows.append((t("邀请方式"), t("至少 {n} 家，其中至少 {k} 家由系统抽取，开标后公布", n=least, k=drawn)))
    return [*rows, *_history(ctx, tender)]


def _quote(tender: Tender) -> list[tuple[str, str]]:
    if tender.quote != "rate":
        return []
    low, high = tender.rate_floor_bp, tender.rate_cap_bp
    rows = [(t("报价形式"), t("按下浮率报价，以最高限价为基数"))]
    if low is not None:
        rows.append((t("最低下浮率"), f"{percent(low)}%"))
    if high is not None:
        rows.append((t("最高下浮率"), f"{percent(high)}%"))
    return rows


def _params(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = []
    if "variant" in params:
        words = {"A": t("全部有效报价的平均"), "B": t("去掉一个最高和一个最低后的平均")}
        rows.append((t("均价算法"), f"{params['variant']}　{words.get(params['variant'], '')}"))
    if "size" in params:
        rows.append((t("进入摇号的家数"), t("报价最低的 {n} 家", n=params["size"])))
    if "weights" in params:
        shares = {part: percent(bp) for part, bp in params["weights"].items()}
        rows.append((t("评分权重"), t("价格 {price}%，信用 {credit}%，工期 {time}%，方案 {plan}%", **shares)))
    if "tickets" in params:
        tickets = t("五星 {five}，四星 {four}，三星 {three}，二星 {two}，一星 {one}，新入驻 {new}", **params["tickets"])
        rows.append((t("各信用等级的签数"), tickets))
    return rows


def _history(ctx: Ctx, tender: Tender) -> list[tuple[str, str]]:
    """Past direct awards of the pair, for everybody to see. Source: rulebook monitor.pair_repeat_months."""
    if tender.method != "direct" or tender.direct_agency_id is None:
        return []
    months = queries.rules_for(ctx, tender)["monitor.pair_repeat_months"]
    until = tender.published_at or ctx.now
    past = [
        row
        for row in asking.direct_history(ctx, tender, since=add_months(until, -months))
        if row.direct_agency_id == tender.direct_agency_id and row.published_at and row.published_at < until
    ]
    words = "；".join(f"{row.number}（{yuan(row.ceiling_fen)}）" for row in past) or t("没有")
    return [(t("前 {n} 个月内直接选取该机构的项目（元）", n=months), words)]
