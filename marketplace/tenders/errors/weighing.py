"""Refusals about quotes, parameters of methods, and what is asked of people once the bids are open."""

from marketplace.kernel.errors import DomainError, Kind


class QuoteUnfit(DomainError):
    kind = Kind.INVALID
    code = "tender.quote_unfit"
    message = "报价形式不正确：“{method}”只能按{kind}报价"
    remedy = "请改选报价形式，或改用其他选取方式"


class QuoteBoundsUnfit(DomainError):
    kind = Kind.INVALID
    code = "tender.quote_bounds_unfit"
    message = "下浮率范围不正确：须在0%以上、100%以下，最低不高于最高；按金额报价的不填"
    remedy = "请核对最低下浮率和最高下浮率"


class RateWanted(DomainError):
    kind = Kind.INVALID
    code = "tender.rate_wanted"
    message = "本项目按下浮率报价，请填写下浮率"
    remedy = "下浮率以百分数填写，最多两位小数，例如 12.50"


class RateNotWanted(DomainError):
    kind = Kind.INVALID
    code = "tender.rate_not_wanted"
    message = "本项目按金额报价，不填写下浮率"
    remedy = "请填写报价金额"


class RateOutside(DomainError):
    """The bounds are in the notice."""

    kind = Kind.INVALID
    code = "tender.rate_outside"
    message = "下浮率须在{low}%至{high}%之间"
    remedy = "请按公告的范围填写"


class WeightedNotEnabled(DomainError):
    """Source: rulebook credit.ticket_weights.enabled."""

    kind = Kind.INVALID
    code = "tender.weighted_not_enabled"
    message = "本地区规则未启用信用加权抽取"
    remedy = "请改用随机选取，或联系运营机构"


class DirectTooOften(DomainError):
    """Source: rulebook monitor.pair_repeat_warn, monitor.pair_repeat_months."""

    kind = Kind.INVALID
    code = "tender.direct_too_often"
    message = "近{months}个月内已直接选取该机构{times}次，达到上限"
    remedy = "请改用竞争选取方式"


class DirectSplit(DomainError):
    """Source: rulebook threshold.split_watch_months, threshold.direct_max_yuan."""

    kind = Kind.INVALID
    code = "tender.direct_split"
    message = "近{months}个月内同一事项直接选取合计{sum}元，加上本项目超过限额{limit}元，涉嫌拆分"
    remedy = "请合并需求后采用竞争选取方式"


class AssessorsTooFew(DomainError):
    """Source: rulebook merit.assessors_min."""

    kind = Kind.INVALID
    code = "tender.assessors_too_few"
    message = "择优选取的评审人员不得少于{least}名，且不得重复"
    remedy = "请填写评审人员的登录名，每行一个"


class AssessorUnknown(DomainError):
    kind = Kind.INVALID
    code = "tender.assessor_unknown"
    message = "“{username}”不是评审人员"
    remedy = "请核对登录名；新的评审人员由安全管理员授予评审人员角色"


class AssessorConflicted(DomainError):
    kind = Kind.INVALID
    code = "tender.assessor_conflicted"
    message = "{name}属于中介服务机构，不能担任评审人员"
    remedy = "请另选评审人员"


class AssessorSeated(DomainError):
    kind = Kind.CONFLICT
    code = "tender.assessor_seated"
    message = "该评审人员已在本项目的评审名单中"
    remedy = "请另选评审人员"
    constraint = "uq_marketplace_assessor_tender_id_login_id"


class AssessorNotAsked(DomainError):
    kind = Kind.NOT_FOUND
    code = "tender.assessor_not_asked"
    message = "您不在本项目的评审名单中"
    remedy = "请从“我的评审”进入"


class AssessorDone(DomainError):
    kind = Kind.CONFLICT
    code = "tender.assessor_done"
    message = "评审已提交或已退出，不能更改"
    remedy = "请刷新页面查看"


class ConflictNotDeclared(DomainError):
    kind = Kind.CONFLICT
    code = "tender.conflict_not_declared"
    message = "打分前请先声明与参加报价的机构有无利害关系"
    remedy = "请先完成声明；有利害关系的应当退出评审"


class PointsUnfit(DomainError):
    kind = Kind.INVALID
    code = "tender.points_unfit"
    message = "请为{agency}的方案打分，0到100分的整数"
    remedy = "请为每一份有效报价打分后再提交"


class InviteesUnfit(DomainError):
    kind = Kind.INVALID
    code = "tender.invitees_unfit"
    message = "受邀机构不正确：{why}"
    remedy = "每行填写一个统一社会信用代码，只能邀请可以承接本事项的机构；也可以不填，全部由系统抽取"


class InviteesTooFew(DomainError):
    """Source: rulebook inquiry.invited_min, inquiry.drawn_min."""

    kind = Kind.INVALID
    code = "tender.invitees_too_few"
    message = "可供抽取的机构只有{found}家，至少需要抽取{wanted}家"
    remedy = "请减少指定邀请的机构，或改用其他选取方式"


class ExplanationNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "tender.explanation_not_found"
    message = "没有要求对该报价作低价说明"
    remedy = "请从“我的报价”进入"


class ExplanationClosed(DomainError):
    """Source: rulebook low_price.explain_workdays."""

    kind = Kind.CONFLICT
    code = "tender.explanation_closed"
    message = "低价说明已提交，或者提交期限已过"
    remedy = "请刷新页面查看"


class ExplanationDecidedAlready(DomainError):
    kind = Kind.CONFLICT
    code = "tender.explanation_decided_already"
    message = "该低价说明尚未提交，或者已有审查结果"
    remedy = "请刷新页面查看"
