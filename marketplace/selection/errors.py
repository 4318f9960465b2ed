"""Every refusal of the selection domain."""

from typing import Any

from marketplace.kernel.errors import DomainError, KeyNotHeld, Kind


class MethodUnknown(DomainError):
    """A code that no installed selection method has."""

    kind = Kind.INVALID
    code = "selection.method_unknown"
    message = "不认识的选取方式“{method}”"
    remedy = "请从列出的选取方式中选择"


class VariantUnknown(DomainError):
    """Source: rulebook average.variant."""

    kind = Kind.INVALID
    code = "selection.variant_unknown"
    message = "不认识的均价算法“{variant}”"
    remedy = "请选择A（全部有效报价的平均）或B（去掉一个最高、一个最低后的平均）"


class WeightsUnfit(DomainError):
    kind = Kind.INVALID
    code = "selection.weights_unfit"
    message = "择优选取的权重不正确：价格、信用、工期、方案四项合计须为100%"
    remedy = "请核对四项权重，不用的项填0"


class ShortlistSizeUnfit(DomainError):
    """Source: rulebook shortlist.size."""

    kind = Kind.INVALID
    code = "selection.shortlist_size_unfit"
    message = "进入摇号的家数不得少于{least}家"
    remedy = "请填写不少于该数的家数，或留空按规则执行"


class RankingNotFound(DomainError):
    """No ranking was made in this tender (yet)."""

    kind = Kind.NOT_FOUND
    code = "selection.ranking_not_found"
    message = "没有采购项目{number}的选取记录"
    remedy = "选取完成后公开；请核对采购项目编号"


class CommitmentMissing(DomainError):
    """A draw without commitments cannot be checked by anyone, so it is not held."""

    kind = Kind.CONFLICT
    code = "selection.commitment_missing"
    message = "采购项目{number}没有事先公布的摇号承诺，不能摇号"
    remedy = "请联系运营机构；如公告有误应撤销后重新发布"


class AlreadyCommitted(DomainError):
    """The commitments of a tender are made once."""

    kind = Kind.CONFLICT
    code = "selection.already_committed"
    message = "摇号承诺已公布，不能更换"
    remedy = ""
    constraint = "uq_marketplace_draw_commitment_tender_id_keeper"


class StockEmpty(DomainError):
    """Nobody but the keeper may make its seeds, and it has deposited no more commitments."""

    kind = Kind.UNAVAILABLE
    code = "selection.stock_empty"
    message = "{keeper}预存的摇号承诺已用完，需要摇号的公告暂不能发布"
    remedy = (
        "请{keeper}启动持有其私钥的后台进程自动补存，或用 marketplace keeper seeds 生成后在“密钥保管”页交存，再重新发布"
    )


class DepositUnfit(DomainError):
    kind = Kind.INVALID
    code = "selection.deposit_unfit"
    message = "交存的内容不是摇号承诺文件，或不是贵单位可以交存的"
    remedy = "请完整粘贴 marketplace keeper seeds 生成的文件内容，一次不超过{most}份"


class AlreadyDrawn(DomainError):
    """A draw is never repeated."""

    kind = Kind.CONFLICT
    code = "selection.already_drawn"
    message = "该采购项目已摇号，结果不可更改"
    remedy = "请查看公开的摇号记录"
    constraint = "uq_marketplace_draw_tender_id"


class DrawNotFound(DomainError):
    """No draw was held for this tender (yet)."""

    kind = Kind.NOT_FOUND
    code = "selection.draw_not_found"
    message = "没有采购项目{number}的摇号记录"
    remedy = "只有随机选取或出现同价时才会摇号；请核对采购项目编号"


class DrawAwaited(KeyNotHeld):
    """The pool is frozen; the draw is held as soon as the seeds are revealed and the public numbers entered.

    pool: what `ceremony.freeze` needs, for a caller that must undo what it did before.
    """

    code = "selection.draw_awaited"
    message = "摇号名单已冻结并公布，等待公开种子：{missing}"
    remedy = "种子公开后自动摇号，请稍后查看公开摇号页"

    def __init__(self, *, pool: dict[str, Any], missing: str) -> None:
        super().__init__(missing=missing)
        self.pool = pool


class PoolIsFrozen(DomainError):
    """Who takes part in a draw is not changed once it is published."""

    kind = Kind.CONFLICT
    code = "selection.pool_is_frozen"
    message = "摇号名单已冻结并公布，不能再排除报价"
    remedy = "请等待摇号结果；对结果有异议的，在公示期内提出"


class PoolNotFrozen(DomainError):
    """Nothing may be revealed before everybody can see who takes part."""

    kind = Kind.CONFLICT
    code = "selection.pool_not_frozen"
    message = "采购项目{number}的摇号名单尚未冻结，不接受种子或开奖号码"
    remedy = "请在报价开启、名单公布后提交；此前请勿向任何人出示种子"


class SeedWrong(DomainError):
    """What was revealed is not what was committed to."""

    kind = Kind.INVALID
    code = "selection.seed_wrong"
    message = "提交的种子与“{keeper}”事先公布的承诺不符"
    remedy = "请核对采购项目编号，下载本项目的种子文件，用保管的私钥重新解出后完整粘贴"


class SourceNotNamed(DomainError):
    kind = Kind.NOT_FOUND
    code = "selection.source_not_named"
    message = "采购项目{number}的公告没有把“{source}”列为摇号来源"
    remedy = "请核对采购项目编号；来源列在公开摇号页"


class EntryTooEarly(DomainError):
    """A number that could be known before the pool was frozen, or that nobody can know yet."""

    kind = Kind.INVALID
    code = "selection.entry_too_early"
    message = "号码须在摇号名单冻结之后产生，并且已经公布"
    remedy = "请等待名单冻结后的第一次开奖或第一轮信标，公布后再录入"


class EntryOther(DomainError):
    """Numbers of another game or issue than the one that counts."""

    kind = Kind.INVALID
    code = "selection.entry_other"
    message = "本项目只采用{game}第{issue}期（{at}开奖），其他彩种或期次不予采用"
    remedy = "请核对彩种和期号，按该期开奖公告录入；休市安排有变、没有该期的，不录入，到期按规则不计入"


class LotteryCalendarUnfit(DomainError):
    """Source: rulebook draw.lottery_drawings, draw.lottery_closed."""

    kind = Kind.CONFLICT
    code = "selection.lottery_calendar_unfit"
    message = "规则“{key}”的内容不正确，无法确定彩种“{game}”的开奖时间"
    remedy = "请规则管理员更正：开奖日写作“fc3d 1234567 21:15”，休市写作“2026-10-01/2026-10-04”；更正后重新发布"


class EntryUnfit(DomainError):
    kind = Kind.INVALID
    code = "selection.entry_unfit"
    message = "{label}填写不正确"
    remedy = "请对照官方公布的内容逐位核对后重新填写；多组号码之间用“/”隔开"


class EntryDoubled(DomainError):
    """Two different people must have read the numbers."""

    kind = Kind.CONFLICT
    code = "selection.entry_doubled"
    message = "您已录入过该来源的号码，须由另一人独立录入"
    remedy = "请由另一位经办人登录后录入；录入有误的，由两位经办人一致录入正确号码即可"
    constraint = "uq_marketplace_draw_entry_tender_id_source_entered_by"


class WitnessesFull(DomainError):
    """Source: rulebook draw.witness_max."""

    kind = Kind.CONFLICT
    code = "selection.witnesses_full"
    message = "见证人最多{most}名"
    remedy = "如需更换，请说明情况后取消公告重新发布"


class WitnessTooLate(DomainError):
    kind = Kind.CONFLICT
    code = "selection.witness_too_late"
    message = "摇号已经完成，不能再增加见证人"
    remedy = ""


class WitnessUnknown(DomainError):
    kind = Kind.INVALID
    code = "selection.witness_unknown"
    message = "见证码不正确，或摇号尚未完成"
    remedy = "请在摇号完成后输入登记时领取的见证码"
