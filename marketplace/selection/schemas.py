"""What a draw looks like outside, and the words for selection methods."""

from marshmallow import fields

from marketplace.selection.sources.games import GAMES
from marketplace.web.schemas import InstantField, Schema, Text

LABELS = {
    "selection.method": {
        "direct": "直接选取",
        "random": "随机选取",
        "weighted": "信用加权随机选取",
        "lowest": "最低价选取",
        "bidding": "竞价选取",
        "average": "均价选取",
        "merit": "择优选取",
        "inquiry": "询比选取",
        "shortlist": "竞价后随机选取",
    },
    "selection.game": {code: game.label for code, game in GAMES.items()},
    "selection.weekday": dict(zip("1234567", ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), strict=True)),
    "selection.keeper": {"operator": "运营机构", "department": "行政主管部门", "regulator": "监管部门"},
}


class DrawRecordOut(Schema):
    """The public record of one draw: enough to repeat it with any HKDF."""

    format = fields.String()
    algorithm = fields.String()
    tender = fields.String()
    salt = fields.String()
    randomness = fields.String()
    commitments = fields.Dict(keys=fields.String(), values=fields.String())
    seeds = fields.Dict(keys=fields.String(), values=fields.String())
    pool = fields.List(fields.String())
    pool_hash = fields.String()
    order = fields.List(fields.String())
    withheld = fields.List(fields.String())
    excluded = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))
    frozen_at = fields.String()
    public = fields.List(fields.Dict())
    lottery = fields.Dict()
    missed = fields.List(fields.String())


class SeedIn(Schema):
    """A keeper's seed, hexadecimal."""

    seed = Text(required=True, longest=200)
    keeper = fields.String(load_default=None, allow_none=True)


class CommitmentIn(Schema):
    """One commitment: SHA-256 of a seed, and the seed in an envelope to its keeper; both hexadecimal."""

    digest = Text(required=True, longest=64)
    envelope = Text(required=True, longest=160)


class DepositIn(Schema):
    """Commitments that a keeper made on its own machine (`marketplace keeper seeds`)."""

    keeper = fields.String(load_default=None, allow_none=True)
    commitments = fields.List(fields.Nested(CommitmentIn), required=True)


class StockOut(Schema):
    """How many commitments of a keeper wait for a notice."""

    keeper = fields.String()
    in_stock = fields.Integer()


class NumbersIn(Schema):
    """What a public source has drawn. game, issue, numbers: of a lottery; signature: of a drand round, hexadecimal."""

    source = fields.String(required=True)
    issue = Text(longest=10, load_default="")
    game = Text(longest=10, load_default="")
    numbers = Text(longest=200, load_default="")
    signature = Text(longest=200, load_default="")


class WitnessIn(Schema):
    """Whom to name as a witness of a draw."""

    name = Text(required=True, longest=60)
    organisation = Text(longest=120, load_default="")


class WitnessNamedOut(Schema):
    """A named witness and the code with which it signs, shown this once."""

    name, code = (fields.String() for _ in range(2))


class WitnessSignIn(Schema):
    """A witness's code and remark."""

    code = Text(required=True, longest=40)
    remark = Text(longest=500, load_default="")


class WitnessOut(Schema):
    """A witness of a draw."""

    name, organisation, remark = (fields.String() for _ in range(3))
    named_at = InstantField()
    signed_at = InstantField(allow_none=True)


class PoolOut(Schema):
    """A frozen pool: who takes part, who does not and why, until when seeds and numbers are awaited, and which."""

    number = fields.String()
    labels = fields.List(fields.String())
    pool_hash = fields.String()
    excluded = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))
    frozen_at = InstantField()
    reveal_due_at = InstantField()
    awaited = fields.Dict(keys=fields.String(), values=fields.Dict())
