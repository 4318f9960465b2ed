"""Refusals of supervision."""

from marketplace.kernel.errors import DomainError, Kind


class ComplaintNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "supervision.complaint_not_found"
    message = "没有找到该投诉"
    remedy = "请核对投诉受理编号"


class ComplainedOfNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "supervision.complained_of_not_found"
    message = "没有找到编号为“{number}”的投诉对象"
    remedy = "采购项目、中选结果填采购编号，合同填合同编号，机构填统一社会信用代码"


class FindingTwice(DomainError):
    kind = Kind.CONFLICT
    code = "supervision.finding_twice"
    message = "该事实已经作出同类认定"
    remedy = "同一事实不重复处理"
    constraint = "uq_marketplace_finding_agency_id_kind_reference"


class FindingNeedsAgency(DomainError):
    kind = Kind.INVALID
    code = "supervision.finding_needs_agency"
    message = "认定“{kind}”须指明被认定的中介服务机构"
    remedy = "请填写机构的统一社会信用代码"


class FindingNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "supervision.finding_not_found"
    message = "没有找到该机构的这项认定"
    remedy = ""


class ExitCaseNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "supervision.case_not_found"
    message = "没有找到该处理案件"
    remedy = "请核对案件编号"


class ExitRuleNotMet(DomainError):
    kind = Kind.CONFLICT
    code = "supervision.rule_not_met"
    message = "现有已生效认定不满足该清退规则，不能立案"
    remedy = "只有已作出认定的事实才能作为处理依据"


class ExitCaseAlreadyOpen(DomainError):
    kind = Kind.CONFLICT
    code = "supervision.case_already_open"
    message = "该机构已有同一事由的案件"
    remedy = "请在已有案件中办理"
    constraint = "uq_marketplace_exit_case_agency_id_rule_basis"


class OpenerMayNotDecide(DomainError):
    kind = Kind.FORBIDDEN
    code = "supervision.opener_may_not_decide"
    message = "立案人不能作出处理决定"
    remedy = "请由其他监管人员审查决定"


class DefenceStillRunning(DomainError):
    kind = Kind.CONFLICT
    code = "supervision.defence_still_running"
    message = "陈述申辩期至{until}届满，期满或收到申辩后方可决定"
    remedy = "机构未申辩的，请待期满后办理"


class DefenceClosed(DomainError):
    kind = Kind.CONFLICT
    code = "supervision.defence_closed"
    message = "陈述申辩期已于{until}届满"
    remedy = "如有新的事实和证据，请联系办案单位"


class NotYourCase(DomainError):
    kind = Kind.NOT_FOUND
    code = "supervision.not_your_case"
    message = "没有找到本机构的该案件"
    remedy = ""


class SanctionNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "supervision.sanction_not_found"
    message = "没有找到该处理决定"
    remedy = ""


class SanctionNotLiftable(DomainError):
    kind = Kind.CONFLICT
    code = "supervision.sanction_not_liftable"
    message = "清退决定不能提前解除，期满后可重新入驻"
    remedy = "只有暂停可以提前解除"


class AnswerClosed(DomainError):
    kind = Kind.CONFLICT
    code = "supervision.answer_closed"
    message = "该投诉现在不能答复：尚未受理、答复期已届满，或者已经办结"
    remedy = "如有新的事实和证据，请联系办理单位"
