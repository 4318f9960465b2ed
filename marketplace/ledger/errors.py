"""Refusals of the ledger."""

from marketplace.kernel.errors import DomainError, Kind


class LedgerAccountNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "ledger.account_not_found"
    message = "没有科目账户{account}"
    remedy = "请核对账户编号"


class PostingNotFound(DomainError):
    kind = Kind.NOT_FOUND
    code = "ledger.posting_not_found"
    message = "没有找到编号或凭据号为{reference}的分录"
    remedy = "请核对分录编号或凭据号"


class AmountNotPositive(DomainError):
    kind = Kind.INVALID
    code = "ledger.amount_not_positive"
    message = "分录金额必须是大于零的整数分"
    remedy = "请填写大于零的金额"


class SameLedgerAccount(DomainError):
    kind = Kind.INVALID
    code = "ledger.same_account"
    message = "分录的借方和贷方不能是同一个科目账户"
    remedy = ""


class BooksDiffer(DomainError):
    kind = Kind.INVALID
    code = "ledger.books_differ"
    message = "借方属于{debit_book}账，贷方属于{credit_book}账，一笔分录不能跨账"
    remedy = "请分别在两本账内记账"


class Overdrawn(DomainError):
    """The source holds less than the posting needs; facts available_fen and needed_fen are integers."""

    kind = Kind.CONFLICT
    code = "ledger.overdrawn"
    message = "科目账户余额不足：可用{available}元，需要{needed}元"
    remedy = "请减少金额或先补足余额"


class PostingDiffers(DomainError):
    kind = Kind.CONFLICT
    code = "ledger.posting_differs"
    message = "编号为{id}的分录已经存在，但内容不同"
    remedy = "已入账的分录不得修改，更正请另记冲销分录"
    constraint = "pk_marketplace_ledger_posting"


class AlreadyReversed(DomainError):
    kind = Kind.CONFLICT
    code = "ledger.already_reversed"
    message = "分录{id}已经冲销"
    remedy = ""
    constraint = "uq_marketplace_ledger_posting_reverses"


class PostingNotReversible(DomainError):
    kind = Kind.CONFLICT
    code = "ledger.posting_not_reversible"
    message = "分录{id}本身就是冲销分录，不能再冲销"
    remedy = "请按原业务重新记账"


class YearClosed(DomainError):
    kind = Kind.CONFLICT
    code = "ledger.year_closed"
    message = "{fiscal_year}年度账已结账，不能再记账"
    remedy = "请记入未结账的年度"
