"""Refusals of the payments domain."""

from marketplace.kernel.errors import DomainError, Kind
from marketplace.payments.errors.papers import (
    ChangeNotFound as ChangeNotFound,
)
from marketplace.payments.errors.papers import (
    ChangePending as ChangePending,
)
from marketplace.payments.errors.papers import (
    ChangeSamePerson as ChangeSamePerson,
)
from marketplace.payments.errors.papers import (
    ContractPayeeDiffers as ContractPayeeDiffers,
)
from marketplace.payments.errors.papers import (
    DeductionBooked as DeductionBooked,
)
from marketplace.payments.errors.papers import (
    DeductionDisputed as DeductionDisputed,
)
from marketplace.payments.errors.papers import (
    DeductionTooLarge as DeductionTooLarge,
)
from marketplace.payments.errors.papers import (
    DisputeOpen as DisputeOpen,
)
from marketplace.payments.errors.papers import (
    DuplicateInvoice as DuplicateInvoice,
)
from marketplace.payments.errors.papers import (
    InvoiceAlreadyRed as InvoiceAlreadyRed,
)
from marketplace.payments.errors.papers import (
    InvoiceFuture as InvoiceFuture,
)
from marketplace.payments.errors.papers import (
    InvoiceMissing as InvoiceMissing,
)
from marketplace.payments.errors.papers import (
    InvoiceNotAdding as InvoiceNotAdding,
)
from marketplace.payments.errors.papers import (
    InvoiceNotFound as InvoiceNotFound,
)
from marketplace.payments.errors.papers import (
    InvoiceNumberInvalid as InvoiceNumberInvalid,
)
from marketplace.payments.errors.papers import (
    InvoicePartyWrong as InvoicePartyWrong,
)
from marketplace.payments.errors.papers import (
    InvoiceRedUnfit as InvoiceRedUnfit,
)
from marketplace.payments.errors.papers import (
    InvoiceTooLarge as InvoiceTooLarge,
)
from marketplace.payments.errors.papers import (
    NothingToChange as NothingToChange,
)
from marketplace.payments.errors.papers import (
    NothingUndisputed as NothingUndisputed,
)
from marketplace.payments.errors.papers import (
    ReceiptFileChanged as ReceiptFileChanged,
)
from marketplace.payments.errors.papers import (
    ReceiptFileDamaged as ReceiptFileDamaged,
)
from marketplace.payments.errors.papers import (
    ReceiptFileForeign as ReceiptFileForeign,
)
from marketplace.payments.errors.papers import (
    ReceiptNotOffered as ReceiptNotOffered,
)
from marketplace.payments.errors.papers import (
    ReleaseDayWrong as ReleaseDayWrong,
)
from marketplace.payments.errors.papers import (
    RetentionAboveCap as RetentionAboveCap,
)


class PaymentNotFound(DomainError):
    """No such payment order, or not for the one who asks."""

    kind = Kind.NOT_FOUND
    code = "payments.not_found"
    message = "没有找到该支付指令"
    remedy = "请核对支付指令号，或从支付列表进入"


class NothingDue(DomainError):
    """The milestone has no amount that is due from a budget."""

    kind = Kind.CONFLICT
    code = "payments.nothing_due"
    message = "该付款节点没有应由部门预算支付的到期金额"
    remedy = "请确认成果已验收，且合同由部门预算占用"


class AlreadyPaying(DomainError):
    """A live payment order exists for the milestone."""

    kind = Kind.CONFLICT
    code = "payments.already_paying"
    message = "该付款节点已有支付指令"
    remedy = "请在支付列表中查看该指令；被拒或退票后才能重新发起"
    constraint = "uq_marketplace_payment_order_live_key"


class PayeeMissing(DomainError):
    """The agency has not said where to pay."""

    kind = Kind.CONFLICT
    code = "payments.payee_missing"
    message = "收款机构“{agency}”尚未登记收款账户"
    remedy = "请通知机构在“收款信息”中登记后再提交"


class PayeeChanged(DomainError):
    """The agency changed its account after the order was submitted."""

    kind = Kind.CONFLICT
    code = "payments.payee_changed"
    message = "收款信息在提交后发生了变更，不能按原信息核准"
    remedy = "请退回指令，由经办人按新的收款信息重新提交"


class PayeeUnsuited(DomainError):
    """The gateway cannot pay this kind of account, or the text is not an account."""

    kind = Kind.INVALID
    code = "payments.payee_unsuited"
    message = "该支付渠道不能向这种账户付款，或账户信息不完整"
    remedy = "国库集中支付须登记银行账户和开户银行；请机构更正收款信息"


class AccountInvalid(DomainError):
    """Text that is not an account number of its kind."""

    kind = Kind.INVALID
    code = "payments.account_invalid"
    message = "收款账号格式不正确"
    remedy = "银行账号为8至32位数字；支付宝账号为手机号、邮箱或2088开头的16位用户号"


class BankMissing(DomainError):
    """A bank account without its bank."""

    kind = Kind.INVALID
    code = "payments.bank_missing"
    message = "银行账户须填写开户银行"
    remedy = "请填写开户银行全称，精确到支行"


class SamePerson(DomainError):
    """Maker and checker are one person."""

    kind = Kind.FORBIDDEN
    code = "payments.same_person"
    message = "经办人和复核人不能是同一人"
    remedy = "请由另一名有核准权限的人员办理"
    constraint = "ck_marketplace_payment_order_two_persons"


class ReceiptSamePerson(DomainError):
    """One person entered and confirmed a receipt."""

    kind = Kind.FORBIDDEN
    code = "payments.receipt_same_person"
    message = "回单的录入人和确认人不能是同一人"
    remedy = "请由另一名有核准权限的人员确认"
    constraint = "ck_marketplace_payment_receipt_two_persons"


class ReceiptNotFound(DomainError):
    """No such receipt waits for confirmation."""

    kind = Kind.NOT_FOUND
    code = "payments.receipt_not_found"
    message = "没有找到待确认的回单"
    remedy = "请从支付指令页面进入"


class ReceiptNotFitting(DomainError):
    """A receipt for an order that was never sent, or sent by a rail that answers by itself."""

    kind = Kind.CONFLICT
    code = "payments.receipt_not_fitting"
    message = "该指令当前不能录入回单"
    remedy = "只有已送国库、尚未了结的指令，或已支付后被退票的指令，才凭回单办理"


class AlreadySent(DomainError):
    """The order may have left; it can no longer be held."""

    kind = Kind.CONFLICT
    code = "payments.already_sent"
    message = "支付指令已发出，不能再暂停"
    remedy = "请等待支付渠道的结果；如被退票，可重新发起"


class NotReplaceable(DomainError):
    """Only a refused or returned order may be followed by a new one."""

    kind = Kind.CONFLICT
    code = "payments.not_replaceable"
    message = "只有被拒绝或退票的支付指令才能重新发起"
    remedy = "结果未明的指令不得重发，请等待查询结果"


class GatewayMissing(DomainError):
    """The configured gateway is not installed."""

    kind = Kind.UNAVAILABLE
    code = "payments.gateway_missing"
    message = "支付渠道“{gateway}”未安装"
    remedy = "请系统管理员检查支付渠道设置"


class ReasonNeeded(DomainError):
    """A step that must be explained was not."""

    kind = Kind.INVALID
    code = "payments.reason_needed"
    message = "请填写理由"
    remedy = "理由将记入支付留痕"
