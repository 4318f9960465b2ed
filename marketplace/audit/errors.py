"""Refusals of the audit domain."""

from __future__ import annotations

from marketplace.kernel.errors import DomainError, Kind


class EventNotFound(DomainError):
    """No event or leaf of this name."""

    kind = Kind.NOT_FOUND
    code = "audit.event_not_found"
    message = "日志中没有这一事件"
    remedy = "请核对回执上的事件编号或叶子散列"


class EventNotSealed(DomainError):
    """The event waits for the next tree head."""

    kind = Kind.CONFLICT
    code = "audit.event_not_sealed"
    message = "该事件已记录，尚未封存入树"
    remedy = "日志每分钟封存一次，请稍候重试"


class HeadNotFound(DomainError):
    """No head was signed at this size, or none yet."""

    kind = Kind.NOT_FOUND
    code = "audit.head_not_found"
    message = "没有大小为 {size} 的树头"
    remedy = "请使用已公布的树头大小"


class SizesReversed(DomainError):
    """Consistency is asked from the older to the newer head."""

    kind = Kind.INVALID
    code = "audit.sizes_reversed"
    message = "旧树头的大小应大于零，且不大于新树头"
    remedy = "请交换两个树头的次序"


class ReceiptNotFound(DomainError):
    """No receipt of one's own has this leaf; somebody else's is not found either."""

    kind = Kind.NOT_FOUND
    code = "audit.receipt_not_found"
    message = "没有找到该回执，或者它不属于本机构"
    remedy = "请从“我的报价”进入该项目的回执列表"
