"""Every refusal of the credit domain."""

from marketplace.kernel.errors import DomainError, Kind


class ReviewNotFound(DomainError):
    """No such review, or it is not of the actor's organisation."""

    kind = Kind.NOT_FOUND
    code = "credit.review_not_found"
    message = "找不到该服务评价"
    remedy = "请从合同页面或信用页面进入"


class EntryNotFound(DomainError):
    """No such entry, or it is not of the actor's organisation."""

    kind = Kind.NOT_FOUND
    code = "credit.entry_not_found"
    message = "找不到该加减分记录"
    remedy = "请从信用页面进入"


class AppealNotFound(DomainError):
    """No such appeal."""

    kind = Kind.NOT_FOUND
    code = "credit.appeal_not_found"
    message = "找不到该申诉"
    remedy = "请从评价管理列表进入"


class ReviewNotOpen(DomainError):
    """Work is reviewed when every milestone is accepted."""

    kind = Kind.CONFLICT
    code = "credit.review_not_open"
    message = "成果全部验收后才能评价"
    remedy = "请先完成验收"


class ReviewWindowClosed(DomainError):
    """The time to rate has run out (rulebook rating.deadline_workdays)."""

    kind = Kind.CONFLICT
    code = "credit.review_window_closed"
    message = "评价期限已过，本合同按未评价统计"
    remedy = ""


class AlreadyReviewed(DomainError):
    """One contract, one review (一事一评)."""

    kind = Kind.CONFLICT
    code = "credit.already_reviewed"
    message = "本合同已评价"
    remedy = "评价提交后不能修改"
    constraint = "uq_marketplace_review_contract_id"


class MarkOutOfRange(DomainError):
    """A mark is a whole number from 1 to the scale's top (rulebook rating.scale_max)."""

    kind = Kind.INVALID
    code = "credit.mark_out_of_range"
    message = "请在1至{most}分之间评分"
    remedy = ""


class AlreadyAnswered(DomainError):
    """An agency replies once."""

    kind = Kind.CONFLICT
    code = "credit.already_answered"
    message = "贵机构已回应该评价"
    remedy = ""


class ReplyWindowClosed(DomainError):
    """The time to reply has run out (rulebook rating.reply_workdays)."""

    kind = Kind.CONFLICT
    code = "credit.reply_window_closed"
    message = "回应评价的期限已过"
    remedy = "如对评价有异议且在申诉期内，可以提出申诉"


class BlockReasonUnknown(DomainError):
    """A review is blocked only for a reason of the rulebook (rating.block_reasons)."""

    kind = Kind.INVALID
    code = "credit.block_reason_unknown"
    message = "只能因辱骂或泄露个人信息屏蔽评价文字"
    remedy = "对评分本身有异议的，请由机构提出申诉"


class AlreadyBlocked(DomainError):
    """The words of this review are blocked already."""

    kind = Kind.CONFLICT
    code = "credit.already_blocked"
    message = "该评价文字已屏蔽"
    remedy = ""


class IncidentKindUnknown(DomainError):
    """The rulebook gives no points for this kind (credit.deduct.*, credit.add.*)."""

    kind = Kind.INVALID
    code = "credit.incident_kind_unknown"
    message = "评分规则中没有“{name}”这一类别"
    remedy = "请从评分规则所列类别中选择"


class NotDecidedYet(DomainError):
    """Only decided facts count (rulebook credit.count_only_decided_breaches)."""

    kind = Kind.INVALID
    code = "credit.not_decided_yet"
    message = "认定日期晚于今天，未认定的事实不计分"
    remedy = "请在作出认定后登记"


class AppealWindowClosed(DomainError):
    """The time to appeal has run out (rulebook credit.appeal_file_workdays)."""

    kind = Kind.CONFLICT
    code = "credit.appeal_window_closed"
    message = "申诉期限已过"
    remedy = "符合条件的，可以申请信用修复"


class AlreadyAppealed(DomainError):
    """One appeal per entry or review."""

    kind = Kind.CONFLICT
    code = "credit.already_appealed"
    message = "已就此提出过申诉"
    remedy = "请等待处理结果"
    constraint = "uq_marketplace_appeal_subject_subject_id"


class AppealAlreadyDecided(DomainError):
    """A decision stands."""

    kind = Kind.CONFLICT
    code = "credit.appeal_already_decided"
    message = "该申诉已有处理决定"
    remedy = ""


class ReasonRequired(DomainError):
    """An appeal and its decision need a reason."""

    kind = Kind.INVALID
    code = "credit.reason_required"
    message = "请写明理由"
    remedy = "理由将通知对方并记入留痕"


class FeedUnknown(DomainError):
    """No credit feed of this name is configured."""

    kind = Kind.NOT_FOUND
    code = "credit.feed_unknown"
    message = "没有名为“{name}”的信用信息来源"
    remedy = "请在设置中启用该来源"


class FeedUnreadable(DomainError):
    """The file as a whole is not what the feed reads."""

    kind = Kind.INVALID
    code = "credit.feed_unreadable"
    message = "无法读取该文件：{reason}"
    remedy = "请使用UTF-8或GB18030编码的CSV文件，并保留表头"
