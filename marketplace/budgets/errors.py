"""Refusals of the department budget."""

from marketplace.kernel.errors import DomainError, Kind


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
