"""Every refusal of the contracts domain."""

from marketplace.contracts.errors.changes import (
    ChangeIncomplete as ChangeIncomplete,
)
from marketplace.contracts.errors.changes import (
    ChangeNotFound as ChangeNotFound,
)
from marketplace.contracts.errors.changes import (
    ChangeStillOpen as ChangeStillOpen,
)
from marketplace.contracts.errors.changes import (
    DisputeTooLarge as DisputeTooLarge,
)
from marketplace.contracts.errors.changes import (
    DisputeTooLate as DisputeTooLate,
)
from marketplace.contracts.errors.changes import (
    IncreaseAboveCap as IncreaseAboveCap,
)
from marketplace.contracts.errors.changes import (
    NotDisputable as NotDisputable,
)
from marketplace.contracts.errors.changes import (
    ReductionTooLarge as ReductionTooLarge,
)
from marketplace.kernel.errors import DomainError, Kind


class ContractNotFound(DomainError):
    """No such contract, or the actor is not one of its parties."""

    kind = Kind.NOT_FOUND
    code = "contract.not_found"
    message = "找不到该合同"
    remedy = "请从合同列表进入；若您代表多个单位，请先切换单位"


class MilestoneNotFound(DomainError):
    """No such milestone in a contract of the actor."""

    kind = Kind.NOT_FOUND
    code = "contract.milestone_not_found"
    message = "找不到该付款节点"
    remedy = "请从合同页面进入"


class DeliverableNotFound(DomainError):
    """No such file, or the actor may not read it."""

    kind = Kind.NOT_FOUND
    code = "contract.deliverable_not_found"
    message = "找不到该成果文件"
    remedy = "请从合同页面进入"


class AwardNotFound(DomainError):
    """No such award."""

    kind = Kind.NOT_FOUND
    code = "contract.award_not_found"
    message = "找不到该中选结果"
    remedy = "请从采购项目页面进入"


class AwardNotConfirmed(DomainError):
    """A contract needs a confirmed award of the actor's own organisation."""

    kind = Kind.CONFLICT
    code = "contract.award_not_confirmed"
    message = "中选结果尚未确认，不能起草合同"
    remedy = "请先确认中选结果"


class ContractAlreadyDrawn(DomainError):
    """One contract per award; a draft is revised, a contract in force is left alone."""

    kind = Kind.CONFLICT
    code = "contract.already_drawn"
    message = "该中选结果已有合同"
    remedy = "请打开已有合同；草稿退回后可以修改"
    constraint = "uq_marketplace_contract_award_id"


class AmountDiffers(DomainError):
    """The contract amount must be the award price (rulebook contract.amount_equals_award)."""

    kind = Kind.INVALID
    code = "contract.amount_differs"
    message = "合同金额应与中选金额{award}元一致"
    remedy = "请按中选金额填写"


class SharesIncomplete(DomainError):
    """The shares of all milestones must make exactly the whole."""

    kind = Kind.INVALID
    code = "contract.shares_incomplete"
    message = "各付款节点比例合计应为100%，现为{percent}%"
    remedy = "请调整各节点比例"


class PeriodInvalid(DomainError):
    """The contract ends before it begins, or a milestone lies outside."""

    kind = Kind.INVALID
    code = "contract.period_invalid"
    message = "履行期限不正确：完成日期应不早于开始日期，各节点日期应在履行期内"
    remedy = "请核对日期"


class TextChanged(DomainError):
    """The text was written anew after it was read: one confirms what one has seen."""

    kind = Kind.CONFLICT
    code = "contract.text_changed"
    message = "合同文本在您阅读后已被修改，本次确认未生效"
    remedy = "请重新打开合同，阅读修改后的文本再确认"


class AlreadyConfirmed(DomainError):
    """This side has already confirmed the present text."""

    kind = Kind.CONFLICT
    code = "contract.already_confirmed"
    message = "贵方已确认本合同，请等待对方确认"
    remedy = ""


class ReasonMissing(DomainError):
    """A return or a termination needs a reason."""

    kind = Kind.INVALID
    code = "contract.reason_missing"
    message = "请写明理由"
    remedy = "理由将通知对方并记入留痕"


class ContractInForce(DomainError):
    """A confirmed contract is never deleted."""

    kind = Kind.CONFLICT
    code = "contract.in_force"
    message = "合同已由双方确认，不能删除"
    remedy = "如需结束，请办理合同终止"


class TerminationPending(DomainError):
    """The same side asked already; the other side has to agree."""

    kind = Kind.CONFLICT
    code = "contract.termination_pending"
    message = "贵方已提出终止，请等待对方同意"
    remedy = "对方不同意的，可请行业主管部门处理"


class FileRefused(DomainError):
    """An upload that is not what it must be; one subclass a reason."""

    kind = Kind.INVALID
    code = "contract.file_refused"
    message = "文件未被接收"
    remedy = "可上传 pdf、docx、xlsx、png、jpg、ofd、zip 文件"


class FileEmpty(FileRefused):
    """Nothing was sent."""

    code = "contract.file_empty"
    message = "文件是空的"
    remedy = "请重新选择文件"


class FileTooLarge(FileRefused):
    """Over the size of the rulebook (file.max_mb)."""

    code = "contract.file_too_large"
    message = "文件超过{max_mb}MB"
    remedy = "请压缩或分成几个文件上传"


class FileNameRefused(FileRefused):
    """A suffix that is missing or names a program, at any place of the name (file.forbidden_suffixes)."""

    code = "contract.file_name_refused"
    message = "文件名的扩展名不被允许"
    remedy = "请使用 pdf、docx、xlsx、png、jpg、ofd、zip 作为扩展名"


class FileUnknown(FileRefused):
    """Content that is none of the accepted kinds."""

    code = "contract.file_unknown"
    message = "无法识别的文件类型"
    remedy = "可上传 pdf、docx、xlsx、png、jpg、ofd、zip 文件"


class FileMismatch(FileRefused):
    """The name says one kind, the content another."""

    code = "contract.file_mismatch"
    message = "扩展名与文件内容不符"
    remedy = "文件内容应为{kind}，请核对后重新上传"


class FileIsProgram(FileRefused):
    """A program, alone or inside a package."""

    code = "contract.file_is_program"
    message = "可执行文件不能上传"
    remedy = "请去掉可执行文件后重新上传"


class FileHasMacro(FileRefused):
    """An office file with macros."""

    code = "contract.file_has_macro"
    message = "文件含有宏"
    remedy = "请另存为不含宏的文件后上传"


class FileInfected(FileRefused):
    """The content carries a known signature."""

    code = "contract.file_infected"
    message = "文件含有病毒特征"
    remedy = "请查杀病毒后重新上传"


class FileEncrypted(FileRefused):
    """A package that cannot be looked into."""

    code = "contract.file_encrypted"
    message = "压缩包已加密，无法检查"
    remedy = "请上传未加密的压缩包"


class FileBroken(FileRefused):
    """A package that does not open."""

    code = "contract.file_broken"
    message = "压缩包已损坏"
    remedy = "请重新打包后上传"


class FileExplodes(FileRefused):
    """A package that grows beyond measure when unpacked."""

    code = "contract.file_explodes"
    message = "压缩包解开后过大"
    remedy = "请分成几个文件上传"


class PaymentDaysTooLong(DomainError):
    """More days to pay than the law lets two sides agree."""

    kind = Kind.INVALID
    code = "contract.payment_days_too_long"
    message = "约定付款期限最长为{most}天"
    remedy = "请填写不超过上限的天数，或留空按法定期限付款（国务院令第802号）"


class LateRateTooLow(DomainError):
    """Interest below what the law lets two sides agree."""

    kind = Kind.INVALID
    code = "contract.late_rate_too_low"
    message = "约定的逾期利率不得低于年利率{least}%"
    remedy = "请提高利率，或留空按每日万分之五计息（国务院令第802号）"


class PayWhenPaid(DomainError):
    """A clause that makes paying depend on being paid by somebody else."""

    kind = Kind.INVALID
    code = "contract.pay_when_paid"
    message = "合同内容含有“{words}”，以收到第三方付款为付款条件的约定无效"
    remedy = "请删除该约定；付款期限自验收合格之日起算（国务院令第802号）"


class FileMissing(DomainError):
    """The row is there, the file is not: storage is damaged or not mounted."""

    kind = Kind.UNAVAILABLE
    code = "contract.file_missing"
    message = "文件暂时无法读取"
    remedy = "请稍后再试；多次失败请联系运营机构"
