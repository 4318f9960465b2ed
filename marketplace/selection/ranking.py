"""The ranking record: all that a stranger needs to rank the offers of one tender again; JSON without floats. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from marketplace.selection.ports import Choice, Offer, Seed, SelectionMethod, TenderFacts, entering, with_params
from marketplace.selection.rules import verify_draw

FORMAT = "marketplace-ranking/1"

BAD_SHAPE = "记录内容不完整，无法核验"
BAD_FORMAT = "不认识的选取记录格式"
BAD_METHOD = "不认识的选取方式“{method}”"
BAD_POOL = "摇号名单与有效报价不一致"
BAD_RANKING = "重新计算的排序、理由或数值与公布的不同"
BAD_POINTS = "方案得分与评审人员公布的打分不一致"
NEEDS_DRAW = "排序须由摇号决定，记录中没有摇号记录"


def ranking_record(
    tender: TenderFacts,
    method: str,
    params: Mapping[str, Any],
    offers: Sequence[Offer],
    choice: Choice,
) -> dict[str, Any]:
    """The record of one choice. params: of the tender. offers: the valid ones, in any order.

    The caller adds `exclusions` ({label, agency, reason} of each offer not considered) and `assessors`
    ({name, organisation, points: label → points} of each who scored).
    """
    labels = {offer.id: offer.label for offer in offers}
    return {
        "format": FORMAT,
        "tender": tender.number,
        "method": method,
        "params": dict(params),
        "quote": tender.quote,
        "ceiling_fen": tender.ceiling_fen,
        "offers": [_facts(offer) for offer in sorted(offers, key=lambda offer: offer.label)],
        "draw": None if choice.draw is None else dict(choice.draw),
        "figures": dict(choice.figures),
        "order": [
            {"label": labels[id], "reason": choice.reasons[id], "numbers": dict(choice.numbers.get(id, {}))}
            for id in choice.ranking
        ],
    }


def _facts(offer: Offer) -> dict[str, Any]:
    return {
        "label": offer.label,
        "price_fen": offer.price_fen,
        "rate_bp": offer.rate_bp,
        "days": offer.days,
        "received_at": offer.received_at.isoformat(),
        "stars": offer.stars,
        "credit": offer.credit,
        "points": list(offer.points),
        "named": offer.named,
        "place": offer.place,
    }


def _offer(facts: Mapping[str, Any]) -> Offer:
    label = facts["label"]
    return Offer(
        id=label,
        label=label,
        agency_id=label.partition("/")[0],
        price_fen=facts["price_fen"],
        received_at=datetime.fromisoformat(facts["received_at"]),
        days=facts["days"],
        rate_bp=facts["rate_bp"],
        stars=facts["stars"],
        credit=facts["credit"],
        points=tuple(facts["points"]),
        named=facts["named"],
        place=facts["place"],
    )


def verify_ranking(record: object, methods: Mapping[str, SelectionMethod]) -> list[str]:
    """Problems of a published ranking record; an empty list means that it can be recomputed in every step.

    methods: the installed ones by code.
    """
    if not isinstance(record, Mapping) or record.get("format") != FORMAT:
        return [BAD_FORMAT]
    code = record.get("method")
    if not isinstance(code, str) or code not in methods:
        return [BAD_METHOD.format(method=code)]
    try:
        return _problems(record, methods[code])
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError):
        return [BAD_SHAPE]


def _problems(record: Mapping[str, Any], plain: SelectionMethod) -> list[str]:
    if not record["offers"]:
        return [BAD_SHAPE]
    method = with_params(plain, record["params"])
    offers = entering(method, [_offer(facts) for facts in record["offers"]])
    draw, problems = record["draw"], []
    if draw is not None:
        problems = verify_draw(draw)
        if draw["tender"] != record["tender"] or draw["pool"] != sorted(label for o in offers for label in o.labels):
            problems.append(BAD_POOL)
    try:
        choice = method.choose(offers, None if draw is None else Seed.of(draw))
    except ValueError:
        return [*problems, NEEDS_DRAW]
    again = {
        "figures": dict(choice.figures),
        "order": [
            {"label": id, "reason": choice.reasons[id], "numbers": dict(choice.numbers.get(id, {}))}
            for id in choice.ranking
        ],
    }
    same = all(record[name] == value for name, value in again.items()) and choice.chance is (draw is not None)
    given = [[sheet["points"][facts["label"]] for sheet in record["assessors"]] for facts in record["offers"]]
    if given != [facts["points"] for facts in record["offers"]]:
        problems.append(BAD_POINTS)
    return problems if same else [*problems, BAD_RANKING]
