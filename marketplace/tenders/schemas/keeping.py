"""Marshmallow in and out for keepers, shares and minutes."""

from marshmallow import fields

from marketplace.web.schemas import InstantField, Schema, Text


class ShareIn(Schema):
    """A keeper's share, hexadecimal, as `marketplace keeper unseal` prints it."""

    share = Text(required=True, longest=200)


class KeeperOut(Schema):
    """A keeper of the key to a tender's bids. digest: SHA-256 of its share, from the notice."""

    keeper, digest = fields.String(), fields.String()
    handed_in_at = InstantField(allow_none=True)


class SealedShareOut(Schema):
    """A keeper's share and seeds as they lie in its envelopes; a seed is empty where there is no such draw."""

    tender, keeper, digest, envelope = (fields.String() for _ in range(4))
    commitment, seed_envelope, invite_commitment, invite_envelope = (fields.String() for _ in range(4))


class MinutesOut(Schema):
    """The minutes of an opening; `signature` covers the canonical JSON of `minutes`."""

    number = fields.String()
    minutes = fields.Dict()
    offers = fields.List(fields.Dict())
    public_key, signature = fields.String(), fields.String()
