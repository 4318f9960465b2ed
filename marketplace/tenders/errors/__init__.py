"""Every refusal of the tenders domain."""

from marketplace.kernel.errors import DomainError, Kind, Translate
from marketplace.tenders.errors.keeping import (
    KeeperNotNamed,
    KeeperWithoutKey,
    NotOpened,
    ShareTooEarly,
    ShareWrong,
    TenderStillOpen,
    ThresholdUnfit,
)
from marketplace.tenders.errors.objections import (
    NotParticipant,
    ObjectionAlreadyFiled,
    ObjectionClosed,
    ObjectionDecidedAlready,
    ObjectionNotFound,
)

__all__ = [
    "KeeperNotNamed",
    "KeeperWithoutKey",
    "NotOpened",
    "NotParticipant",
    "ObjectionAlreadyFiled",
    "ObjectionClosed",
    "ObjectionDecidedAlready",
    "ObjectionNotFound",
    "ShareTooEarly",
    "ShareWrong",
    "TenderStillOpen",
    "ThresholdUnfit",
]


class TenderNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "tender.not_found"
    message = "没有找到该采购项目"
    remedy = "请核对采购项目编号，或在公告列表中查找"


class AwardNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "tender.award_not_found"
    message = "没有找到该中选结果"
    remedy = "请从公告页面进入"


class LetterNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "tender.letter_not_found"
    message = "没有与该验证码对应的中选通知书"
    remedy = "请核对验证码；仍查不到的，所持通知书不是本超市出具"


class OfferNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "tender.offer_not_found"
    message = "没有找到该报价"
    remedy = "请从公告页面的报价列表进入"


class FactsMissing(DomainError):
    kind = Kind.INVALID
    code = "tender.facts_missing"
    message = "请填写{label}"
    remedy = "请补充该项后再发布"


class MethodNotOffered(DomainError):
    """The rulebook of the region does not list this method. Source: selection.methods."""

    kind = Kind.INVALID
    code = "tender.method_not_offered"
    message = "本地区规则未开放“{method}”选取方式"
    remedy = "请改用列出的选取方式"


class GovernmentMustCompete(DomainError):
    """Source: rulebook government_commissioned.method."""

    kind = Kind.INVALID
    code = "tender.government_must_compete"
    message = "行政机关委托的中介服务只能竞争选取，不能直接选取"
    remedy = "请改用随机选取或最低价选取"


class GovernmentMustPay(DomainError):
    """Source: rulebook government_commissioned.payer."""

    kind = Kind.INVALID
    code = "tender.government_must_pay"
    message = "行政机关委托的中介服务由委托部门付费，不得转由行政相对人承担"
    remedy = "请由委托部门发布，付费方选择“本部门预算”"


class PayerNotYours(DomainError):
    kind = Kind.INVALID
    code = "tender.payer_not_yours"
    message = "付费方与项目业主身份不符"
    remedy = "部门从本部门预算支付；企业自行支付"


class BudgetLineMissing(DomainError):
    kind = Kind.INVALID
    code = "tender.budget_line_missing"
    message = "请选择支付本项目的预算指标"
    remedy = "没有可用指标的，请先由财务下达指标"


class BudgetLineNotYours(DomainError):
    kind = Kind.INVALID
    code = "tender.budget_line_not_yours"
    message = "所选预算指标不属于本单位"
    remedy = "请选择本部门的预算指标"


class ConditionForbidden(DomainError):
    """Source: rulebook posting.forbidden_conditions; fair-competition review."""

    kind = Kind.INVALID
    code = "tender.condition_forbidden"
    message = "公告含有不得设置的条件：“{phrase}”"
    remedy = "{advice}"

    def advise(self, translate: Translate = str) -> str:
        """What to write instead."""
        return translate(str(self.facts.get("advice", "")))


class DirectAboveLimit(DomainError):
    """Source: rulebook threshold.direct_max_yuan."""

    kind = Kind.INVALID
    code = "tender.direct_above_limit"
    message = "最高限价超过{limit}元，不能直接选取"
    remedy = "请改用竞争选取方式，或核对最高限价"


class DirectAgencyUnfit(DomainError):
    kind = Kind.INVALID
    code = "tender.direct_agency_unfit"
    message = "指定的中介服务机构不能承接本项目：{why}"
    remedy = "请另选机构，或改用竞争选取方式"


class FixedPriceUnfit(DomainError):
    kind = Kind.INVALID
    code = "tender.fixed_price_unfit"
    message = "固定价格不正确：随机选取须填写固定价格且不高于最高限价，其他方式不填"
    remedy = "请核对固定价格"


class ReasonMissing(DomainError):
    kind = Kind.INVALID
    code = "tender.reason_missing"
    message = "请写明理由"
    remedy = "理由将随公告公开"


class ProjectCodeInvalid(DomainError):
    kind = Kind.INVALID
    code = "tender.project_code_invalid"
    message = "投资项目代码格式不正确"
    remedy = "格式为 年份-区划-行业-类型-序号，例如 2026-320000-47-01-123456；没有可不填"


class ClosingTooEarly(DomainError):
    """Source: rulebook posting.signup_min_workdays, posting.signup_min_urgent_workdays."""

    kind = Kind.INVALID
    code = "tender.closing_too_early"
    message = "报名截止时间过早：自发布起至少{days}个工作日，不得早于{earliest}"
    remedy = "请推迟截止时间；确属紧急的请勾选并写明理由"


class TenderNotOpen(DomainError):
    kind = Kind.CONFLICT
    code = "tender.not_open"
    message = "采购项目{number}已不接受报价"
    remedy = "请查看公告的最新状态"


class NotEligible(DomainError):
    """The first reason why the agency may not bid, as fact `bar`; the eligibility query has all of them."""

    kind = Kind.FORBIDDEN
    code = "tender.not_eligible"
    message = "贵机构不能参与本项目：{why}"
    remedy = "{advice}"

    def say(self, translate: Translate = str) -> str:
        """The sentence with the reason in the reader's language."""
        return translate(self.message).format(why=self.facts["bar"].say(translate))

    def advise(self, translate: Translate = str) -> str:
        """What the agency can do about the reason."""
        return translate(self.facts["bar"].remedy) if self.facts["bar"].remedy else ""


class PriceAboveCeiling(DomainError):
    """The ceiling is in the notice, so this tells nobody anything."""

    kind = Kind.INVALID
    code = "tender.price_above_ceiling"
    message = "报价高于最高限价{ceiling}元"
    remedy = "请填写不高于最高限价的报价"


class PriceNotFixed(DomainError):
    kind = Kind.INVALID
    code = "tender.price_not_fixed"
    message = "本项目为固定价格{price}元，报价须与之一致"
    remedy = "请按公告价格报名"


class PriceInvalid(DomainError):
    kind = Kind.INVALID
    code = "tender.price_invalid"
    message = "报价须大于零"
    remedy = "请核对报价"


class BidAlreadyPlaced(DomainError):
    kind = Kind.CONFLICT
    code = "tender.bid_already_placed"
    message = "贵机构已提交报价"
    remedy = "截止前可以修改或撤回已提交的报价"
    constraint = "uq_marketplace_bid_tender_id_bidder_index"


class BidChanged(DomainError):
    kind = Kind.CONFLICT
    code = "tender.bid_changed"
    message = "该报价已被修改或撤回"
    remedy = "请刷新页面，以最新的报价为准"


class BidNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "tender.bid_not_found"
    message = "贵机构没有有效的报价"
    remedy = "截止前可以提交报价"


class AlreadyExcluded(DomainError):
    kind = Kind.CONFLICT
    code = "tender.already_excluded"
    message = "该报价已被排除"
    remedy = "请刷新页面"
    constraint = "uq_marketplace_exclusion_offer_id"


class AlreadyAwarded(DomainError):
    kind = Kind.CONFLICT
    code = "tender.already_awarded"
    message = "该采购项目已有中选结果"
    remedy = "请刷新页面查看"
    constraint = "uq_marketplace_award_tender_id_live"


class AwardNotYours(DomainError):
    kind = Kind.FORBIDDEN
    code = "tender.award_not_yours"
    message = "只有中选机构可以执行该操作"
    remedy = "请用中选机构的账号登录"


class SigningNotOverdue(DomainError):
    kind = Kind.CONFLICT
    code = "tender.signing_not_overdue"
    message = "签订合同的期限尚未届满"
    remedy = "期限届满后仍未签订的，可以取消中选并由候补机构递补"


class ContractInForce(DomainError):
    kind = Kind.CONFLICT
    code = "tender.contract_in_force"
    message = "合同已经生效，不能放弃中选"
    remedy = "请通过合同终止办理"
