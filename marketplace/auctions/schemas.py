"""What goes in and out of the auction rooms, and their words."""

from marshmallow import fields

from marketplace.tenders.schemas.weighing import PercentAsBp
from marketplace.web.schemas import InstantField, Schema, YuanAsFen

LABELS = {
    "auction.status": {"scheduled": "待开始", "running": "竞价中", "ended": "已结束", "cancelled": "已取消"},
    "auction.form": {"countdown": "倒计时竞价", "rounds": "分轮密封竞价", "turns": "轮流竞价"},
    "auction.stage": {
        "open": "开放竞价",
        "round": "密封报价",
        "turn": "轮流报价",
        "last": "末轮密封报价",
        "pause": "间隔",
    },
    "auction.why": {
        "start": "竞价开始",
        "reset": "有更低报价，倒计时重新开始",
        "worst_first": "本轮由报价最差的先报，最优的最后报",
        "next_seat": "轮到下一号报价",
        "next_round": "下一轮开始",
        "between": "两轮之间的间隔，请查看名次",
        "late": "系统迟延，本阶段将完整地重来一次",
        "again": "因系统迟延重来的阶段",
        "sealed_last": "竞价已到最长时间，各家在末轮密封报价",
    },
    "auction.entry": {
        "scheduled": "竞价安排",
        "rescheduled": "改期",
        "stage": "阶段开始",
        "key": "密封公钥",
        "quote": "报价",
        "refused": "不计的报价",
        "ended": "竞价结束",
        "cancelled": "竞价取消",
    },
}


class QuoteIn(Schema):
    """One quote: an amount in yuan, or in a room of discounts a rate in per cent."""

    price_fen = YuanAsFen(load_default=None)
    rate_bp = PercentAsBp(load_default=None)


class StandingOut(Schema):
    """One line of the standings: a number, never a name."""

    seat = fields.Integer()
    value = fields.Integer()
    place = fields.Integer()


class StageOut(Schema):
    """One stage. seat: whose turn it is; then: what follows a pause."""

    number = fields.Integer()
    kind = fields.String()
    why = fields.String()
    round = fields.Integer()
    seat = fields.Integer(allow_none=True)
    starts_at, ends_at = fields.String(), fields.String()
    then = fields.String()


class AuctionOut(Schema):
    """What everybody may see of a room. Values and step in `unit`: fen, or bp of discount."""

    version = fields.Integer()
    form, unit, status = fields.String(), fields.String(), fields.String()
    step, rounds, slot_seconds, best = (fields.Integer() for _ in range(4))
    floor = fields.Integer(allow_none=True)
    starts_at = fields.String()
    stage = fields.Nested(StageOut, allow_none=True)
    standings = fields.List(fields.Nested(StandingOut))
    next_at, ended_at = fields.String(allow_none=True), fields.String(allow_none=True)


class AuctionListedOut(Schema):
    """One room of the schedule."""

    number = fields.String(attribute="room.number")
    title = fields.String()
    status = fields.String(attribute="room.status")
    starts_at = InstantField(attribute="room.starts_at")


class AuctionSeatOut(Schema):
    """One's own seat: number, quote, place, and what may be quoted next. sealed_at: of the quote that is still shut."""

    number = fields.String()
    seat, value, place = fields.Integer(), fields.Integer(), fields.Integer()
    may_quote = fields.Boolean()
    limit = fields.Integer(allow_none=True)
    ladder = fields.List(fields.Integer())
    sealed_at = InstantField(allow_none=True)
    face = fields.Nested(AuctionOut)


class AuctionReceiptOut(Schema):
    """A signed receipt of a quote; `signature` covers all other fields in canonical JSON. digest: of the envelope."""

    tender, kind, leaf, at, digest = (fields.String() for _ in range(5))
    event = fields.Dict()
    public_key, signature = fields.String(), fields.String()


class AuctionAuditOut(Schema):
    """The audit file of an ended room, as `marketplace auction verify` reads it. envelope_key: opens its envelopes."""

    format, tender, digest, envelope_key = (fields.String() for _ in range(4))
    seats = fields.List(fields.Dict())
    entries = fields.List(fields.Dict())
