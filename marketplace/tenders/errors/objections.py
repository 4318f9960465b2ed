"""Refusals about objections to an award (异议)."""

from marketplace.kernel.errors import DomainError, Kind


class ObjectionNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "tender.objection_not_found"
    message = "没有找到该异议"
    remedy = "请从公告页面进入"


class NotParticipant(DomainError):
    kind = Kind.FORBIDDEN
    code = "tender.not_participant"
    message = "只有参与本项目报价的机构可以提出异议"
    remedy = "其他情形可以向监管部门投诉"


class ObjectionClosed(DomainError):
    """Source: rulebook objection.window_workdays, and not after confirmation."""

    kind = Kind.CONFLICT
    code = "tender.objection_closed"
    message = "异议期已过"
    remedy = "可以向监管部门投诉"


class ObjectionAlreadyFiled(DomainError):
    kind = Kind.CONFLICT
    code = "tender.objection_already_filed"
    message = "贵机构已对该中选结果提出异议"
    remedy = "请等待答复"
    constraint = "uq_marketplace_objection_award_id_agency_id"


class ObjectionDecidedAlready(DomainError):
    kind = Kind.CONFLICT
    code = "tender.objection_decided_already"
    message = "该异议已有处理结果"
    remedy = "请刷新页面查看"


class ObjectionAtDepartment(DomainError):
    """The time to answer passed, and whoever objected has complained about it."""

    kind = Kind.CONFLICT
    code = "tender.objection_at_department"
    message = "该异议逾期未答复，异议机构已投诉，由主管部门处理"
    remedy = "请配合主管部门处理，并等待处理决定"
