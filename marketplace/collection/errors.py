"""Refusals of the collection domain."""

from marketplace.kernel.errors import DomainError, Kind


class CollectionNotFound(DomainError):
    """No such collection, or not for the one who asks."""

    kind = Kind.NOT_FOUND
    code = "collection.not_found"
    message = "没有找到该收款单"
    remedy = "请核对收款单号，或从付款列表进入"


class NothingToCollect(DomainError):
    """The milestone has nothing that an enterprise has to pay now."""

    kind = Kind.CONFLICT
    code = "collection.nothing_due"
    message = "该付款节点目前没有应由企业支付的款项"
    remedy = "成果验收后才需付款；已付清或全部有争议的部分不在此支付"


class MerchantMissing(DomainError):
    """The agency has not said to which merchant account it is paid."""

    kind = Kind.CONFLICT
    code = "collection.merchant_missing"
    message = "收款机构“{agency}”尚未登记收款商户号"
    remedy = "请通知机构在“企业收款”中登记支付宝商户号；款项直接付给机构，平台不代收"


class MerchantInvalid(DomainError):
    """Text that is not a merchant number."""

    kind = Kind.INVALID
    code = "collection.merchant_invalid"
    message = "商户号格式不正确"
    remedy = "支付宝商户号为2088开头的16位数字"


class AlreadyCollecting(DomainError):
    """An open collection exists for the milestone."""

    kind = Kind.CONFLICT
    code = "collection.already_open"
    message = "该付款节点已有未完成的收款单"
    remedy = "请完成付款；如要更换付款方式，请先取消"
    constraint = "uq_marketplace_collection_live_key"


class CollectionUnsuited(DomainError):
    """The rail cannot collect this."""

    kind = Kind.INVALID
    code = "collection.unsuited"
    message = "支付渠道不能收取该款项"
    remedy = "请核对金额；渠道不支持企业收款的，请改用其他方式"


class NotRefundable(DomainError):
    """Only a paid collection is refunded."""

    kind = Kind.CONFLICT
    code = "collection.not_refundable"
    message = "只有已付款的收款单才能退款"
    remedy = "已关闭的收款单没有款项可退；关闭后到账的款项在“待认领款”中办理"


class RefundTooLarge(DomainError):
    """All refunds together would exceed what was paid."""

    kind = Kind.CONFLICT
    code = "collection.refund_too_large"
    message = "退款金额超过可退余额：可退{left}元，申请{asked}元"
    remedy = "请减少退款金额"


class RefundDiffers(DomainError):
    """The same request number asks for another refund."""

    kind = Kind.CONFLICT
    code = "collection.refund_differs"
    message = "同一退款请求号已用于另一笔退款"
    remedy = "请换一个请求号，或核对金额和收款单"
    constraint = "uq_marketplace_refund_collection_id_request_key"


class ReceiptUnknown(DomainError):
    """No such receipt waits for an owner."""

    kind = Kind.NOT_FOUND
    code = "collection.receipt_not_found"
    message = "没有找到该待认领款"
    remedy = "请从待认领款列表进入"


class ReceiptNotWanted(DomainError):
    """The milestone is paid already, so the late money can only go back."""

    kind = Kind.CONFLICT
    code = "collection.receipt_not_wanted"
    message = "该付款节点已付清，不能再认领"
    remedy = "请办理退款"


class CollectionReasonNeeded(DomainError):
    """A step that must be explained was not."""

    kind = Kind.INVALID
    code = "collection.reason_needed"
    message = "请填写理由"
    remedy = "理由将记入收款留痕"


class HoldingOff(DomainError):
    """The operator has no contract for delayed settlement, or the rail cannot hold."""

    kind = Kind.CONFLICT
    code = "collection.holding_off"
    message = "本平台未开通由支付机构保管款项（延迟结算）"
    remedy = "请在成果验收后直接付款；如需开通，请平台与支付机构签约后设置保管天数"


class ReleaseNotAsked(DomainError):
    """Nobody of the payer has asked for an early settlement, or the money is not held."""

    kind = Kind.CONFLICT
    code = "collection.release_not_asked"
    message = "该款项当前不能提前结算"
    remedy = "款项由支付机构保管期间，先由一人申请提前结算，再由另一人确认"


class ReleaseSamePerson(DomainError):
    """One person asked and confirmed."""

    kind = Kind.FORBIDDEN
    code = "collection.release_same_person"
    message = "提前结算的申请人和确认人不能是同一人"
    remedy = "请由本单位另一名有付款权限的人员确认"
    constraint = "ck_marketplace_collection_two_persons"
