"""Refusals about questions, changes and the end of a notice."""

from marketplace.kernel.errors import DomainError, Kind


class NoticeChanged(DomainError):
    """A bid counts only under a notice that its bidder has read. Source: rulebook posting.change_extends_workdays."""

    kind = Kind.CONFLICT
    code = "tender.notice_changed"
    message = "采购项目{number}的公告已变更为第{version}版，本次操作所依据的不是最新公告"
    remedy = "请先查看公告变更内容，再按最新公告操作"


class AuthorityUnknown(DomainError):
    """Units of the approving authority keep away by themselves. Source: rulebook posting.avoidance_auto."""

    kind = Kind.INVALID
    code = "tender.authority_unknown"
    message = "没有找到所选的审批部门"
    remedy = "请从列表中选择；列表中没有的可以不选"
