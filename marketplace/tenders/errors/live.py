"""Refusals about tenders whose bidders go on in a live room."""

from marketplace.kernel.errors import DomainError, Kind


class FloorUnfit(DomainError):
    """Source: rulebook bidding.floor_tie; the step is counted from the floor."""

    kind = Kind.INVALID
    code = "tender.floor_unfit"
    message = "最低限价不正确：须大于零、不高于最高限价；随机类选取和按下浮率报价的不填"
    remedy = "请核对最低限价；不设最低限价的不填"


class ScreeningUnfit(DomainError):
    """In a live room nobody knows who is behind a number before its end, the buyer neither."""

    kind = Kind.INVALID
    code = "tender.screening_unfit"
    message = "竞价选取在竞价结束前不公开参加者，不能先行审查报价"
    remedy = "请取消“先审查报价”；资格条件由系统核对"


class PriceBelowFloor(DomainError):
    """The floor is in the notice."""

    kind = Kind.INVALID
    code = "tender.price_below_floor"
    message = "报价低于最低限价{floor}元"
    remedy = "请填写不低于最低限价的报价"
