"""Every refusal of the selection domain."""

from marketplace.kernel.errors import DomainError, Kind


class MethodUnknown(DomainError):
    """A code that no installed selection method has."""

    kind = Kind.INVALID
    code = "selection.method_unknown"
    message = "不认识的选取方式“{method}”"
    remedy = "请从列出的选取方式中选择"


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
