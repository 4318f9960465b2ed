"""Refusals of the department budget."""

from marketplace.kernel.errors import DomainError, Kind, Translate


class BudgetLineNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "budgets.line_not_found"
    message = "没有找到该预算指标"
    remedy = "请从本部门的预算指标列表中选择"


class EncumbranceNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "budgets.encumbrance_not_found"
    message = "没有找到该预算占用"
    remedy = ""


class BudgetLineDiffers(DomainError):
    kind = Kind.CONFLICT
    code = "budgets.line_differs"
    message = "{fiscal_year}年度已有同名指标“{name}”，但功能科目、经济科目或资金来源不同"
    remedy = "追加下达请使用原科目和来源，新项目请另起名称"
    constraint = "uq_marketplace_budget_line_department_id_fiscal_year_name"


class BudgetTooSmall(DomainError):
    """The line holds less than is asked; facts available_fen and needed_fen are integers."""

    kind = Kind.CONFLICT
    code = "budgets.too_small"
    message = "预算指标“{line}”可用额度不足：可用{available}元，需要{needed}元"
    remedy = "请降低最高限价，或由财务追加指标后再发布"


class ReferenceTaken(DomainError):
    kind = Kind.CONFLICT
    code = "budgets.reference_taken"
    message = "该指标已为同一事项预留过额度"
    remedy = "请刷新页面查看已有的预算占用"
    constraint = "uq_marketplace_encumbrance_line_id_reference"


class AboveReservation(DomainError):
    kind = Kind.CONFLICT
    code = "budgets.above_reservation"
    message = "中选价{needed}元高于预留额度{reserved}元"
    remedy = "请核对中选价，或先追加预留"


class AboveObligation(DomainError):
    kind = Kind.CONFLICT
    code = "budgets.above_obligation"
    message = "应付金额{needed}元高于合同剩余占用{available}元"
    remedy = "请核对付款节点金额"


class BadClassification(DomainError):
    kind = Kind.INVALID
    code = "budgets.bad_classification"
    message = "“{text}”不是有效的科目编码：功能科目为7位数字，经济科目为5位数字"
    remedy = "请按政府收支分类科目填写"


class BadFiscalYear(DomainError):
    kind = Kind.INVALID
    code = "budgets.bad_fiscal_year"
    message = "{fiscal_year}不是有效的预算年度"
    remedy = "请填写四位年份"


class BudgetLinesDiffer(DomainError):
    kind = Kind.INVALID
    code = "budgets.lines_differ"
    message = "为同一事项安排的几条指标必须属于同一部门、同一年度、同一资金来源，且不得重复"
    remedy = "请重新选择预算指标"


class DocumentDiffers(DomainError):
    kind = Kind.CONFLICT
    code = "budgets.document_differs"
    message = "指标文“{document}”已登记过，但日期或文件与本次不同"
    remedy = "请核对文号、文件日期和所附文件"
    constraint = "uq_marketplace_appropriation_department_id_fiscal_year_number"


class YearFrozen(DomainError):
    kind = Kind.CONFLICT
    code = "budgets.year_frozen"
    message = "{fiscal_year}年度正在年终结转或已经封存，不再办理新的预留、下达、调剂和付款"
    remedy = "请待结转完成后在下一年度办理"


class TransferNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "budgets.transfer_not_found"
    message = "没有找到该调剂申请"
    remedy = "请从本部门的调剂列表中选择"


class TransferUnfit(DomainError):
    kind = Kind.INVALID
    code = "budgets.transfer_unfit"
    message = "只能在本部门同一年度、同一资金来源的两条不同指标之间调剂"
    remedy = "请重新选择调入指标"


class TransferAmountInvalid(DomainError):
    kind = Kind.INVALID
    code = "budgets.transfer_amount_invalid"
    message = "调剂金额必须大于零"
    remedy = "请填写大于零的金额"


class TransferReasonMissing(DomainError):
    kind = Kind.INVALID
    code = "budgets.transfer_reason_missing"
    message = "没有写明理由"
    remedy = "请写明调剂或退回的理由"


class TransferSamePerson(DomainError):
    kind = Kind.FORBIDDEN
    code = "budgets.transfer_same_person"
    message = "申请人不能审批自己的调剂申请"
    remedy = "请由本部门另一位财务人员审批"
    constraint = "ck_marketplace_budget_transfer_two_persons"


class ClosingNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "budgets.closing_not_found"
    message = "没有找到该年度的结转"
    remedy = "请从部门预算页面选择年度"


class ClosingTooEarly(DomainError):
    kind = Kind.CONFLICT
    code = "budgets.closing_too_early"
    message = "{fiscal_year}年度还不能办理这一步"
    remedy = "年终结转最早可在年末前规定天数内发起，结转收回须在该年度结束之后办理"


class ClosingBlocked(DomainError):
    """Something is still open; fact items names it."""

    kind = Kind.CONFLICT
    code = "budgets.closing_blocked"
    message = "还有{count}项未了结：{items}"
    remedy = "请先办结调剂审批，等支付到账或退回，并按规则了结未签合同的事项，再继续"


class ClosingSamePerson(DomainError):
    kind = Kind.FORBIDDEN
    code = "budgets.closing_same_person"
    message = "发起结转的人不能签字"
    remedy = "请由本部门另一位财务人员核对并签字"
    constraint = "ck_marketplace_closing_run_two_persons"


class FiguresChanged(DomainError):
    kind = Kind.CONFLICT
    code = "budgets.figures_changed"
    message = "签字之后账面数字有变化"
    remedy = "请联系系统运维核查账簿，不要继续封存"


class TransitOpen(DomainError):
    kind = Kind.CONFLICT
    code = "budgets.transit_open"
    message = "“{reference}”还有支付在途，不能结转"
    remedy = "请等支付到账或退回后再继续"


class SheetRefused(DomainError):
    """Fact why: too_large, old_excel, headings, too_many_rows, empty, not_a_table, encoding, bomb, macros."""

    kind = Kind.INVALID
    code = "budgets.sheet_refused"
    message = "无法读取该文件：{reason}"
    remedy = "请下载模板，填写后以 .xlsx 或 .csv 格式上传"

    def __init__(self, *, why: str = "not_a_table", **facts: object) -> None:
        super().__init__(field="file", why=why, **facts)

    def say(self, translate: Translate = str) -> str:
        """The refusal with its reason, both in the language of `translate`."""
        facts = {"missing": "", "limit": "", **self.facts}
        reason = translate(_SHEET_REASONS[str(self.facts.get("why", "not_a_table"))]).format_map(facts)
        return translate(self.message).format(reason=reason)


_SHEET_REASONS = {
    "too_large": "超过{limit}兆字节",
    "old_excel": "是旧版 .xls 格式",
    "headings": "首行缺少或重复列标题 {missing}",
    "too_many_rows": "超过{limit}行",
    "empty": "没有数据行",
    "not_a_table": "不是有效的表格文件",
    "encoding": "文字编码不是 UTF-8 或 GBK",
    "bomb": "文件结构异常",
    "macros": "含有宏",
}


class SheetNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "budgets.sheet_not_found"
    message = "没有找到该导入文件"
    remedy = "请重新上传"


class SheetHasFaults(DomainError):
    """Nothing was booked; the trial lists every fault by row and column."""

    kind = Kind.INVALID
    code = "budgets.sheet_has_faults"
    message = "文件中有{count}处错误，没有导入任何一行"
    remedy = "请按试算结果逐处改正后重新上传"
