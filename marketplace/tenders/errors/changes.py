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


class ChangeNotAllowed(DomainError):
    kind = Kind.INVALID
    code = "tender.change_not_allowed"
    message = "公告发布后不能变更“{label}”"
    remedy = "确需变更的，请取消后重新发布"


class NothingChanges(DomainError):
    kind = Kind.INVALID
    code = "tender.nothing_changes"
    message = "没有任何变更"
    remedy = "请修改需要变更的内容后再提交"


class ClosingBroughtForward(DomainError):
    """Source: rulebook posting.change_extends_workdays."""

    kind = Kind.INVALID
    code = "tender.closing_brought_forward"
    message = "变更后的报名截止时间不得早于{earliest}"
    remedy = "请推迟截止时间；留空则按规则自动顺延"


class NothingToConfirm(DomainError):
    kind = Kind.CONFLICT
    code = "tender.nothing_to_confirm"
    message = "贵机构的报价已对应最新公告，无须确认"
    remedy = "需要更改报价的，请在截止前修改"


class BidInvalidated(DomainError):
    """What was changed was in the envelope: confirming cannot mend it."""

    kind = Kind.CONFLICT
    code = "tender.bid_invalidated"
    message = "公告变更涉及价格或者选取方式，原报价已失效，不能确认"
    remedy = "请按最新公告重新填写报价"


class ClarificationNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "tender.clarification_not_found"
    message = "没有找到该提问"
    remedy = "请从公告页面进入"


class QuestionsClosed(DomainError):
    """Source: rulebook posting.clarify_until_workdays_before_close."""

    kind = Kind.CONFLICT
    code = "tender.questions_closed"
    message = "提问已截止"
    remedy = "对公告内容有异议的，可以向项目业主或者监管部门反映"


class QuestionNamesAsker(DomainError):
    """Nobody may learn who takes part."""

    kind = Kind.INVALID
    code = "tender.question_names_asker"
    message = "提问中含有贵机构的名称或者代码"
    remedy = "请删去能够识别提问机构的内容后再提交"


class AnsweredAlready(DomainError):
    kind = Kind.CONFLICT
    code = "tender.answered_already"
    message = "该提问已经答复"
    remedy = "需要补充的，请变更公告"


class AnswerNeedsAmendment(DomainError):
    """What changes the notice is said in the notice, not in an answer."""

    kind = Kind.CONFLICT
    code = "tender.answer_needs_amendment"
    message = "该答复改变了公告内容，须先变更公告"
    remedy = "请先办理公告变更，再答复"


class CancelKindUnfit(DomainError):
    kind = Kind.CONFLICT
    code = "tender.cancel_kind_unfit"
    message = "当前环节不能以“{label}”方式取消"
    remedy = "请选择其他方式；已有中选结果确认的，按合同或者投诉程序办理"


class RepostedAlready(DomainError):
    kind = Kind.CONFLICT
    code = "tender.reposted_already"
    message = "该项目已经重新发布为{number}"
    remedy = "请在新的采购项目上继续办理"


class HistoryUnreadable(DomainError):
    kind = Kind.INVALID
    code = "tender.history_unreadable"
    message = "历史数据文件无法读取：{why}"
    remedy = "请使用UTF-8编码的CSV文件，并保持规定的表头"
