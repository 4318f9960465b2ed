"""Shapes of rates and parameters, and of what people are asked once the bids are open."""

import re
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from marketplace.selection.quotes import percent
from marketplace.web.schemas import InstantField, Schema, Text

_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?")


class PercentAsBp(fields.Field[int]):
    """A rate or weight: percent as text on the way in ("12.5"), integer basis points inside, percent text out."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else percent(value)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        found = _PERCENT.fullmatch(value.strip().removesuffix("%")) if isinstance(value, str) else None
        if found is None:
            raise ma.ValidationError('请以文字填写百分数，最多两位小数，例如 "12.50"')
        return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


class LinesField(fields.Field[list[str]]):
    """A list of codes or names, or one per line in a form."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> list[str]:
        return list(value or [])

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[str]:
        rows = value.splitlines() if isinstance(value, str) else value
        if not isinstance(rows, list) or not all(isinstance(row, str) for row in rows):
            raise ma.ValidationError("每行填写一个")
        return [row.strip() for row in rows if row.strip()]


class WeightsIn(Schema):
    """Weights of a merit selection, in basis points; together 10,000."""

    price, credit, time, plan = (fields.Integer(validate=validate.Range(0, 10_000), load_default=0) for _ in range(4))


class MethodParamsIn(Schema):
    """What a buyer may say about its method: variant of the average, size of the shortlist, weights of merit."""

    variant = fields.String(validate=validate.Length(max=1))
    size = fields.Integer(validate=validate.Range(1, 1000))
    weights = fields.Nested(WeightsIn)


class ExplanationIn(Schema):
    """Why the quote is so low."""

    text = Text(required=True, longest=5000)


class ExplanationJudgementIn(Schema):
    """Whether the explanation holds, and why."""

    accepted = fields.Boolean(required=True)
    reason = Text(required=True, longest=2000)


class ExplanationOut(Schema):
    """A low quote and what became of it."""

    id, tender_id, offer_id, agency_id, status = (fields.String() for _ in range(5))
    due_at = InstantField()
    given_at = InstantField(allow_none=True)
    reason = fields.String()
    decided_at = InstantField(allow_none=True)


class ConflictIn(Schema):
    """A conflict of interest in words; empty: there is none."""

    conflict = Text(longest=2000, load_default="")


class PointsIn(Schema):
    """Points of one assessor: offer id → 0 to 100, and comments likewise."""

    points = fields.Dict(keys=fields.String(), values=fields.Integer(strict=True), required=True)
    comments = fields.Dict(
        keys=fields.String(), values=fields.String(validate=validate.Length(max=2000)), load_default=dict
    )


class ReplacementIn(Schema):
    """Who takes the seat, and why."""

    username = fields.String(required=True)
    reason = Text(required=True, longest=2000)


class AssessorOut(Schema):
    """One seat among the assessors, for the buyer and for the assessor."""

    id, tender_id, name, organisation, status = (fields.String() for _ in range(5))
    declared_at = InstantField(allow_none=True)
    done_at = InstantField(allow_none=True)


class RankingOut(Schema):
    """The ranking record, as it stands in the event log (docs/proof.md)."""

    format, tender, method, quote = (fields.String() for _ in range(4))
    params = fields.Dict()
    ceiling_fen = fields.Integer()
    offers = fields.List(fields.Dict())
    exclusions = fields.List(fields.Dict())
    assessors = fields.List(fields.Dict())
    draw = fields.Dict(allow_none=True)
    figures = fields.Dict()
    order = fields.List(fields.Dict())


class ProofsOut(Schema):
    """What the offline verifier needs to check how a tender was decided."""

    minutes = fields.Dict()
    ranking = fields.Dict()
    head = fields.Dict()
