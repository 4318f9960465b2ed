"""What a draw looks like outside, and the words for selection methods."""

from marshmallow import fields

from marketplace.web.schemas import Schema

LABELS = {
    "selection.method": {
        "direct": "直接选取",
        "random": "随机选取",
        "lowest": "最低价选取",
        "bidding": "竞价选取",
    },
    "selection.keeper": {"operator": "运营机构", "department": "行政主管部门", "regulator": "监管部门"},
}


class DrawRecordOut(Schema):
    """The public record of one draw: enough to repeat it with any HKDF."""

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
