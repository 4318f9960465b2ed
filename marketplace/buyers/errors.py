"""Refusals about buyers and their delegates."""

from marketplace.kernel.errors import DomainError, Kind


class BuyerNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "buyer.not_found"
    message = "没有找到该项目业主"
    remedy = "请核对地址，或从采购公告进入业主页面"


class BuyerKindUnknown(DomainError):
    kind = Kind.INVALID
    code = "buyer.kind_unknown"
    message = "项目业主只有企业和部门两类"
    remedy = "请选择企业或部门"


class BuyerDetailMissing(DomainError):
    kind = Kind.INVALID
    code = "buyer.detail_missing"
    message = "请填写此项内容"
    remedy = "请补充该项后重新提交"


class BuyerPhoneInvalid(DomainError):
    kind = Kind.INVALID
    code = "buyer.phone_invalid"
    message = "联系电话应为手机号码或带区号的固定电话"
    remedy = "例如 13800001234 或 0518-85551234"


class BuyerCommitmentMissing(DomainError):
    kind = Kind.INVALID
    code = "buyer.commitment_missing"
    message = "请阅读并确认承诺"
    remedy = "承诺所填信息真实、依约付款后即可注册，无须审批"


class DelegateNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "buyer.delegate_not_found"
    message = "没有找到该采购受托人"
    remedy = "请刷新页面查看现有受托人"


class DelegateExists(DomainError):
    kind = Kind.CONFLICT
    code = "buyer.delegate_exists"
    message = "该采购受托人的授权仍然有效"
    remedy = "如须变更期限，请先结束原授权再重新添加"


class DelegateTermInvalid(DomainError):
    kind = Kind.INVALID
    code = "buyer.delegate_term_invalid"
    message = "授权截止日期不能早于今天"
    remedy = "请按授权书填写截止日期"
