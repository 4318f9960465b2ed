"""Every refusal of the auction rooms."""

from marketplace.kernel.errors import DomainError, Kind


class AuctionNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "auction.not_found"
    message = "没有找到该项目的网上竞价室"
    remedy = "请从竞价安排页面进入"


class AuctionHeld(DomainError):
    """Lost race: two workers arranged the same room."""

    kind = Kind.CONFLICT
    code = "auction.already_scheduled"
    message = "该项目的竞价室已经安排"
    remedy = "请从竞价安排页面进入"
    constraint = "uq_marketplace_auction_tender_id"


class NoSeat(DomainError):
    kind = Kind.FORBIDDEN
    code = "auction.no_seat"
    message = "贵机构不是本次竞价的参加者"
    remedy = "只有报名截止前提交了有效报价的机构可以参加竞价；其他人可以查看公开的竞价室"


class RoomNotOpen(DomainError):
    """Before the start, between two stages, or while a late stage waits to be run again."""

    kind = Kind.CONFLICT
    code = "auction.not_open"
    message = "现在不能报价，下一阶段{at}开始"
    remedy = "请在该时间之后报价，剩余时间以页面显示的服务器时间为准"


class RoomEnded(DomainError):
    kind = Kind.CONFLICT
    code = "auction.ended"
    message = "竞价已经结束"
    remedy = "请查看竞价结果"


class SlotOver(DomainError):
    """The quote was received after its slot; what counts is when the server had received it in full."""

    kind = Kind.CONFLICT
    code = "auction.slot_over"
    message = "报价收到时本阶段已于{at}结束"
    remedy = "原有报价继续有效；请等待下一阶段"


class NotYourTurn(DomainError):
    kind = Kind.CONFLICT
    code = "auction.not_your_turn"
    message = "现在轮到{seat}号报价"
    remedy = "请在页面显示“轮到您报价”时再报价，原有报价继续有效"


class StepTooSmall(DomainError):
    """Source: rulebook bidding.min_step_bp, bidding.min_step_rate_bp."""

    kind = Kind.INVALID
    code = "auction.step_too_small"
    message = "降价幅度不够：本次报价最高为{limit}"
    remedy = "请填写不高于该数的报价"


class DiscountTooSmall(DomainError):
    """Source: rulebook bidding.min_step_rate_bp."""

    kind = Kind.INVALID
    code = "auction.discount_too_small"
    message = "下浮幅度不够：本次下浮率最低为{limit}"
    remedy = "请填写不低于该数的下浮率"


class BeyondFloor(DomainError):
    kind = Kind.INVALID
    code = "auction.beyond_floor"
    message = "报价越过了底线{floor}"
    remedy = "请填写不越过底线的报价"


class NothingLower(DomainError):
    kind = Kind.CONFLICT
    code = "auction.nothing_lower"
    message = "贵机构的报价已到底线，不能再降"
    remedy = "请等待竞价结束；几家同为底线报价的，按公告的规则确定名次"


class QuoteMissing(DomainError):
    kind = Kind.INVALID
    code = "auction.quote_missing"
    message = "请填写报价"
    remedy = "报金额的竞价室填写金额，报下浮率的竞价室填写下浮率，二者只填一项"


class NotEnded(DomainError):
    kind = Kind.CONFLICT
    code = "auction.not_ended"
    message = "竞价尚未结束，过程文件还没有公布"
    remedy = "竞价结束后公布全部过程"
