"""Refusals of the reconciliation domain."""

from marketplace.kernel.errors import DomainError, Kind, Translate


class StatementDamaged(DomainError):
    """A statement file that cannot prove that nothing is missing."""

    kind = Kind.INVALID
    code = "reconciliation.statement_damaged"
    message = "对账文件不完整：{where}"
    remedy = "请从支付渠道重新下载原始文件，不要打开另存后再上传"

    def say(self, translate: Translate = str) -> str:
        """The sentence with what was found, both in one language."""
        found = translate(str(self.facts["where"])).format_map(self.facts)
        return translate(self.message).format_map({"where": found})


class StatementFormUnknown(DomainError):
    """A form of statement that nobody here reads."""

    kind = Kind.INVALID
    code = "reconciliation.form_unknown"
    message = "不支持的对账文件格式"
    remedy = "请选择支付宝账务明细、支付宝业务明细或银行流水"


class StatementGap(DomainError):
    """The opening balance is not the closing balance of the day before."""

    kind = Kind.CONFLICT
    code = "reconciliation.statement_gap"
    message = "期初余额{opening}元与上一账单日期末余额{closing}元不一致"
    remedy = "请先核对上一账单日的文件，或按日期顺序补齐缺少的文件"


class StatementDiffers(DomainError):
    """Another file was already imported for that day."""

    kind = Kind.CONFLICT
    code = "reconciliation.statement_differs"
    message = "该账户当日已导入另一份对账文件"
    remedy = "如渠道更正了文件，请勾选“以更正文件替换”后重新导入"


class StatementRepeatsLine(DomainError):
    """A line whose own number was already imported."""

    kind = Kind.CONFLICT
    code = "reconciliation.line_repeated"
    message = "对账文件中有流水号与已导入的流水重复"
    remedy = "请检查账户和日期是否选错；渠道重复出具流水的，请联系渠道更正"
    constraint = "uq_marketplace_statement_line_account_line_id"


class DayNotFound(DomainError):
    """No statement was imported for that account and day."""

    kind = Kind.NOT_FOUND
    code = "reconciliation.day_not_found"
    message = "没有找到该账户当日的对账记录"
    remedy = "请先导入对账文件"


class DayClosed(DomainError):
    """A closed day does not change."""

    kind = Kind.CONFLICT
    code = "reconciliation.day_closed"
    message = "该账单日已关账，不能再改动"
    remedy = "确需改动的，请先说明理由重新开账"


class DayUnfinished(DomainError):
    """Lines or movements of ours that nobody answers for."""

    kind = Kind.CONFLICT
    code = "reconciliation.day_unfinished"
    message = "还有{n}条差异没有责任人，不能关账"
    remedy = "请为每条差异指定责任人，或处理完毕后再关账"


class EarlierDayOpen(DomainError):
    """Days are closed in their order."""

    kind = Kind.CONFLICT
    code = "reconciliation.earlier_day_open"
    message = "{day}尚未关账"
    remedy = "请按日期顺序关账"


class BreakNotFound(DomainError):
    """No such break."""

    kind = Kind.NOT_FOUND
    code = "reconciliation.break_not_found"
    message = "没有找到该差异"
    remedy = "请从差异列表进入"


class BreakSamePerson(DomainError):
    """One person proposed and confirmed how a break ends."""

    kind = Kind.FORBIDDEN
    code = "reconciliation.same_person"
    message = "差异处理的提出人和确认人不能是同一人"
    remedy = "请由另一名清算人员确认"
    constraint = "ck_marketplace_recon_break_two_persons"


class BreakReasonNeeded(DomainError):
    """A step that must be explained was not."""

    kind = Kind.INVALID
    code = "reconciliation.reason_needed"
    message = "请填写理由"
    remedy = "理由将记入对账留痕"


class BreakActionUnsuited(DomainError):
    """This kind of break cannot end that way."""

    kind = Kind.CONFLICT
    code = "reconciliation.action_unsuited"
    message = "这种差异不能这样处理"
    remedy = "请从页面列出的处理方式中选择"


class SettlementClerkUnknown(DomainError):
    """The person named is not one of those who reconcile."""

    kind = Kind.INVALID
    code = "reconciliation.owner_unknown"
    message = "没有找到该清算人员"
    remedy = "请填写有对账权限的人员的用户名"
