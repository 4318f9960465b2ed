"""Shapes of the log at the JSON door."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from marketplace.web.schemas import Schema

_HEX_64 = validate.Regexp(r"^[0-9a-fA-F]{64}$", error="请填写 64 位十六进制散列值")


class ProofQuery(Schema):
    """Which leaf."""

    leaf = fields.String(required=True, validate=_HEX_64)


class ConsistencyQuery(Schema):
    """Sizes of two signed heads, the older first."""

    first = fields.Integer(required=True, validate=validate.Range(0, 2**62))
    second = fields.Integer(required=True, validate=validate.Range(0, 2**62))


class TreeHeadOut(Schema):
    """A signed head: the signature covers the canonical JSON of the other four fields."""

    size = fields.Integer()
    root = fields.String()
    at = fields.String()
    public_key = fields.String()
    signature = fields.String()


class InclusionOut(Schema):
    """An inclusion proof (RFC 9162, 2.1.3)."""

    leaf = fields.String()
    index = fields.Integer()
    size = fields.Integer()
    path = fields.List(fields.String())
    root = fields.String()


class LeafProofOut(Schema):
    """An inclusion proof with the head it leads to."""

    inclusion = fields.Nested(InclusionOut)
    head = fields.Nested(TreeHeadOut)


class ConsistencyOut(Schema):
    """A consistency proof (RFC 9162, 2.1.4) between two signed heads."""

    first = fields.Nested(TreeHeadOut)
    second = fields.Nested(TreeHeadOut)
    path = fields.List(fields.String())


class LoggedEventOut(Schema):
    """An event of the log; `event` is null while it is sealed or not public, `inclusion` until it is in the tree."""

    id = fields.String()
    leaf = fields.String()
    event: Any = fields.Dict(keys=fields.String(), allow_none=True)
    inclusion = fields.Nested(InclusionOut, allow_none=True)
    head = fields.Nested(TreeHeadOut, allow_none=True)
