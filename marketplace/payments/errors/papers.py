"""Refusals about invoices, deductions and the accounts of contracts."""

from marketplace.kernel.errors import DomainError, Kind


class ContractPayeeDiffers(DomainError):
    """The agency's registered account is not the one its contract was signed with."""

    kind = Kind.CONFLICT
    code = "payments.contract_payee_differs"
    message = "机构现登记的收款账户与合同“{contract}”签订时的收款账户不一致，不能付款"
    remedy = "请机构凭补充协议申请变更合同收款账户，经部门同意后再提交；或恢复登记原账户"


class NothingToChange(DomainError):
    """The contract pays to the registered account already."""

    kind = Kind.CONFLICT
    code = "payments.nothing_to_change"
    message = "合同收款账户与现登记的收款账户一致，无须变更"
    remedy = "请先在“收款信息”中登记新账户"


class ChangePending(DomainError):
    """A change of the contract's account waits for the department."""

    kind = Kind.CONFLICT
    code = "payments.change_pending"
    message = "该合同已有待部门办理的收款账户变更申请"
    remedy = "请等待部门办理后再申请"
    constraint = "uq_marketplace_payee_change_open_key"


class ChangeNotFound(DomainError):
    """No such change waits for this department."""

    kind = Kind.NOT_FOUND
    code = "payments.change_not_found"
    message = "没有找到待办理的收款账户变更申请"
    remedy = "请从支付管理页面进入"


class ChangeSamePerson(DomainError):
    """One person asked and decided."""

    kind = Kind.FORBIDDEN
    code = "payments.change_same_person"
    message = "申请人不能办理自己的收款账户变更申请"
    remedy = "请由部门有核准权限的人员办理"
    constraint = "ck_marketplace_payee_change_two_persons"


class InvoiceNotFound(DomainError):
    """No such invoice, or it was checked already."""

    kind = Kind.NOT_FOUND
    code = "payments.invoice_not_found"
    message = "没有找到该发票，或已经查验"
    remedy = "请从发票列表进入"


class DuplicateInvoice(DomainError):
    """The number was taken in before."""

    kind = Kind.CONFLICT
    code = "payments.duplicate_invoice"
    message = "该发票号码已经登记，不能重复使用"
    remedy = "请核对发票号码；同一发票只能用于一次付款"
    constraint = "uq_marketplace_invoice_code_number"


class InvoiceAlreadyRed(DomainError):
    """A second red invoice for the same one."""

    kind = Kind.CONFLICT
    code = "payments.invoice_already_red"
    message = "该发票已有对应的红字发票"
    remedy = "请核对被冲红的发票号码"
    constraint = "uq_marketplace_invoice_red_of"


class InvoiceNumberInvalid(DomainError):
    """Not a number of an invoice."""

    kind = Kind.INVALID
    code = "payments.invoice_number_invalid"
    message = "发票号码格式不正确"
    remedy = "数电票填20位号码、不填代码；纸质发票填10位或12位代码和8位号码"


class InvoiceFuture(DomainError):
    """Issued after today."""

    kind = Kind.INVALID
    code = "payments.invoice_future"
    message = "开票日期晚于今天"
    remedy = "请按票面日期填写"


class InvoiceNotAdding(DomainError):
    """Net and tax are not the gross amount."""

    kind = Kind.INVALID
    code = "payments.invoice_not_adding"
    message = "不含税金额与税额之和不等于价税合计"
    remedy = "请按票面金额填写；免税填0"


class InvoicePartyWrong(DomainError):
    """Buyer or seller on the invoice is not the contract's."""

    kind = Kind.INVALID
    code = "payments.invoice_party_wrong"
    message = "发票上的统一社会信用代码与合同当事方“{name}”不一致"
    remedy = "请核对票面的购买方和销售方；不一致的发票应重新开具"


class InvoiceTooLarge(DomainError):
    """More is invoiced than the milestone is worth."""

    kind = Kind.INVALID
    code = "payments.invoice_too_large"
    message = "已登记的发票合计超过该付款节点的金额"
    remedy = "请核对价税合计；多开的发票应冲红后重开"


class InvoiceRedUnfit(DomainError):
    """A red invoice that takes back none of this milestone."""

    kind = Kind.INVALID
    code = "payments.invoice_red_unfit"
    message = "被冲红的发票不存在、不属于该付款节点，或金额不一致"
    remedy = "请填写同一付款节点下原蓝字发票的号码，整张冲红"


class InvoiceMissing(DomainError):
    """No checked invoice covers the order."""

    kind = Kind.CONFLICT
    code = "payments.invoice_missing"
    message = "合同“{contract}”的该笔付款尚无查验通过的足额发票"
    remedy = "请通知机构开具并登记发票，查验后再提交；确需先付款的，填写先付款的理由供复核"


class DeductionTooLarge(DomainError):
    """Nothing would be left to pay."""

    kind = Kind.INVALID
    code = "payments.deduction_too_large"
    message = "扣款金额须大于零且小于本次支付金额"
    remedy = "请核对扣款金额"


class DeductionBooked(DomainError):
    """The deduction has had its effect, or is not of this order."""

    kind = Kind.CONFLICT
    code = "payments.deduction_booked"
    message = "该扣款已入账或不属于该指令，不能取消"
    remedy = "已入账的扣款如有错误，请通过合同变更另行办理"


class RetentionAboveCap(DomainError):
    """More is retained than the rulebook allows."""

    kind = Kind.INVALID
    code = "payments.retention_above_cap"
    message = "质保金超过规定的上限（{percent}%）"
    remedy = "请降低质保金金额"


class ReleaseDayWrong(DomainError):
    """A retention without a day after today."""

    kind = Kind.INVALID
    code = "payments.release_day_wrong"
    message = "质保金须填写晚于今天的返还日期"
    remedy = "请按合同约定的质保期届满日填写"


class DeductionDisputed(DomainError):
    """A disputed part is no deduction that a person takes out."""

    kind = Kind.CONFLICT
    code = "payments.deduction_disputed"
    message = "争议款不能在支付中取消"
    remedy = "请由项目业主在合同页面撤回争议，撤回后该款自动恢复支付"


class DisputeOpen(DomainError):
    """The department disputed a part after the order was submitted."""

    kind = Kind.CONFLICT
    code = "payments.dispute_open"
    message = "该支付指令提交后，项目业主对其中部分款项提出了争议，不能按原金额复核"
    remedy = "请退回经办人重新提交，重新提交时自动扣除争议部分"


class NothingUndisputed(DomainError):
    """All that this order would pay is disputed."""

    kind = Kind.CONFLICT
    code = "payments.nothing_undisputed"
    message = "该款项全部存在争议，暂无可支付的无争议部分"
    remedy = "请等待争议了结：业主撤回后恢复支付，机构认可后不再支付"


class ReceiptFileDamaged(DomainError):
    """A receipt file that does not fit its manifest, or cannot be read."""

    kind = Kind.INVALID
    code = "payments.receipt_file_damaged"
    message = "回执文件与校验文件不符，或格式不对"
    remedy = "请从国库支付系统重新导出回执文件和同名的校验文件（.sha256），不要打开另存"


class ReceiptNotOffered(DomainError):
    """The order is not paid, or its rail has no official receipts."""

    kind = Kind.CONFLICT
    code = "payments.receipt_not_offered"
    message = "该指令没有可申请的电子回单"
    remedy = "只有已支付的指令可以申请；所用支付渠道不提供电子回单的，请录入纸质回单"


class ReceiptFileChanged(DomainError):
    """The kept file is gone, or no longer the one whose hash stands in the log."""

    kind = Kind.UNAVAILABLE
    code = "payments.receipt_file_changed"
    message = "留存的回单文件缺失或已被改动，与登记的摘要不符，不能下载"
    remedy = "请联系运维人员从备份恢复该文件；也可在支付指令页面重新申请电子回单核对"


class ReceiptFileForeign(DomainError):
    """No application of this department waits for that receipt."""

    kind = Kind.INVALID
    code = "payments.receipt_file_foreign"
    message = "本单位没有与该回执单号、金额相符的国库支付申请，或回执结果无法识别"
    remedy = "请核对回执单号和金额；非本单位的回执请退回国库支付机构"
