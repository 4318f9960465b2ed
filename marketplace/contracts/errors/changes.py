"""Refusals about changes of running contracts and about disputed money."""

from marketplace.kernel.errors import DomainError, Kind


class ChangeNotFound(DomainError):
    """No such change, or not for the one who asks, or decided already."""

    kind = Kind.NOT_FOUND
    code = "contract.change_not_found"
    message = "没有找到待确认的补充协议"
    remedy = "请从合同页面进入"


class ChangeStillOpen(DomainError):
    """A proposed change has to be decided first."""

    kind = Kind.CONFLICT
    code = "contract.change_still_open"
    message = "该合同还有一份补充协议等待中介服务机构确认"
    remedy = "请先由机构确认或不同意，或由业主撤回，再继续办理"
    constraint = "uq_marketplace_contract_change_open_key"


class ChangeIncomplete(DomainError):
    """An increase needs a title and a date, a reduction the milestone it reduces."""

    kind = Kind.INVALID
    code = "contract.change_incomplete"
    message = "增加合同金额须写明新增节点的名称和不早于今天的交付期限；扣减须选择尚未验收的节点"
    remedy = "请补充后重新提交"


class IncreaseAboveCap(DomainError):
    """Source: rulebook contract.increase_max_bp."""

    kind = Kind.INVALID
    code = "contract.increase_above_cap"
    message = "追加金额累计不得超过原合同金额的{percent}%，本次最多可追加{most}元"
    remedy = "请减少追加金额，或另行发布采购公告"


class ReductionTooLarge(DomainError):
    """More than the milestone, or all of the contract."""

    kind = Kind.INVALID
    code = "contract.reduction_too_large"
    message = "扣减金额须大于零、不超过该节点金额{most}元，且合同不能减为零"
    remedy = "请核对金额；合同不再履行的，请办理提前终止"


class DisputeTooLarge(DomainError):
    """More is disputed than the milestone holds."""

    kind = Kind.INVALID
    code = "contract.dispute_too_large"
    message = "争议金额须大于零且不超过{most}元"
    remedy = "请填写有争议部分的金额，无争议部分须按期支付"


class NotDisputable(DomainError):
    """Nothing that may be disputed, or that still is."""

    kind = Kind.CONFLICT
    code = "contract.not_disputable"
    message = "该付款节点当前不能提出或了结争议"
    remedy = "已验收、从未提出过争议的付款节点可以提出争议；只有未了结的争议可以撤回或认可"


class DisputeTooLate(DomainError):
    """The department has paid it."""

    kind = Kind.CONFLICT
    code = "contract.dispute_too_late"
    message = "该节点的款项已经支付，不能再提出争议"
    remedy = "请在款项发出之前提出争议；已支付的款项请与机构协商，或从后续款项中按合同约定扣款"
