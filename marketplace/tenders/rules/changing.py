"""What may change after a notice went out, what that does to sealed bids, and how a tender may be ended. Pure data."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from marketplace.tenders.rules import CANCELLABLE

KEEP, CONFIRM, INVALIDATE = "keep", "confirm", "invalidate"
_ORDER = (KEEP, CONFIRM, INVALIDATE)

# Field of a notice → what its change does to bids sealed before: they count, they count once confirmed, they are void.
# What is not listed is not changed: such a tender is reposted.
AMENDABLE: dict[str, str] = {
    "title": KEEP,
    "project_code": KEEP,
    "authority_id": KEEP,
    "avoidances": KEEP,
    "closes_at": KEEP,
    "content": CONFIRM,
    "conditions": CONFIRM,
    "service_workdays": CONFIRM,
    "ceiling_fen": CONFIRM,
    "floor_fen": CONFIRM,
    "screening": CONFIRM,
    "fixed_price_fen": INVALIDATE,
    "method": INVALIDATE,
}
# Methods that differ in nothing but how the winner is found; between these a notice may change.
INTERCHANGEABLE = frozenset({"lowest", "random", "average"})
LABELS = {
    "title": "项目名称",
    "project_code": "投资项目代码",
    "authority_id": "审批部门",
    "avoidances": "回避单位",
    "closes_at": "报名截止时间",
    "content": "服务内容",
    "conditions": "报名条件",
    "service_workdays": "服务期限（工作日）",
    "ceiling_fen": "最高限价（元）",
    "floor_fen": "最低限价（元）",
    "screening": "资格审查",
    "fixed_price_fen": "固定价格（元）",
    "method": "选取方式",
    "item_code": "服务事项",
    "region": "服务区域",
    "fund_source": "资金来源",
    "payer": "付款方",
    "budget_line_id": "预算指标",
    "further_line_ids": "后续预算指标",
    "government_commissioned": "政府委托",
    "direct_agency_id": "直接选取的机构",
    "direct_reason": "直接选取的理由",
    "urgent": "紧急项目",
    "urgent_reason": "紧急理由",
}

VOID, ABANDONED, REPOSTED = "void", "abandoned", "reposted"
_BEFORE_CONFIRMATION = frozenset(CANCELLABLE) - {"draft"}
# How a buyer may end a tender → the stages in which it may. With prices known nobody posts anew by choice.
CANCEL_KINDS: dict[str, frozenset[str]] = {
    VOID: _BEFORE_CONFIRMATION,
    ABANDONED: _BEFORE_CONFIRMATION | {"draft"},
    REPOSTED: frozenset({"open", "closed"}),
}
KIND_LABELS = {VOID: "作废", ABANDONED: "终止", REPOSTED: "重新发布"}
ENDED = frozenset({"failed", "cancelled"})


def effect_of(fields: Iterable[str]) -> str:
    """The gravest effect among changed fields."""
    return max((AMENDABLE[name] for name in fields), key=_ORDER.index, default=KEEP)


def fixed(name: str, before: Any, after: Any) -> bool:
    """Whether this change is not allowed after publication."""
    if name == "method":
        return not {before, after} <= INTERCHANGEABLE
    return name not in AMENDABLE


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What differs, as it is published: [{field, before, after}] in the order of AMENDABLE, JSON values."""
    names = [name for name in AMENDABLE if name in after and before[name] != after[name]]
    return [{"field": name, "before": _plain(before[name]), "after": _plain(after[name])} for name in names]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def standing(version: int, counts_from: int, invalidated_from: int) -> str:
    """What a sealed bid of a notice version is worth now: counts, confirm or invalid.

    invalidated_from: the last version that invalidated earlier bids, 0 for none.
    """
    if version >= counts_from:
        return "counts"
    return "invalid" if version < invalidated_from else CONFIRM
