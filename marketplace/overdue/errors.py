"""Refusals of the overdue domain."""

from marketplace.kernel.errors import DomainError, Kind


class SizeUnknown(DomainError):
    """A size of firm that the statistics do not know."""

    kind = Kind.INVALID
    code = "overdue.size_unknown"
    message = "请选择企业规模"
    remedy = "按《中小企业划型标准规定》选择微型、小型、中型或大型"


class DeclarantUnknown(DomainError):
    """Only an agency declares its own size."""

    kind = Kind.NOT_FOUND
    code = "overdue.declarant_unknown"
    message = "没有找到该机构"
    remedy = "请用机构账号登录后申报"
