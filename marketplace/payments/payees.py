"""Where an agency is paid, where a contract pays to, and how both sides change the latter."""

from typing import Any

from marketplace.contracts import queries as contracts
from marketplace.contracts.errors import ContractNotFound
from marketplace.kernel.context import Ctx
from marketplace.payments import queries, rules
from marketplace.payments.errors import (
    AccountInvalid,
    BankMissing,
    ChangeNotFound,
    ChangeSamePerson,
    ContractPayeeDiffers,
    NothingToChange,
    PayeeChanged,
    PayeeMissing,
    PaymentNotFound,
    ReasonNeeded,
)
from marketplace.payments.events import PayeeChangeAsked, PayeeChangeDecided, PayeeFixed, PayeeRegistered
from marketplace.payments.evidence import who
from marketplace.payments.models import ContractPayee, PayeeChange, PayeeDetails, PaymentOrder
from marketplace.payments.ports import Payee

_ACCOUNT = ("kind", "account_hint", "name", "bank_name")


def set_payee(ctx: Ctx, agency_id: str, *, kind: str, account: str, bank_name: str = "") -> PayeeDetails:
    """收款信息: say where an agency is paid; the name is always the registered one.

    kind: bank_account, alipay_user_id or alipay_logon_id. Contracts that are signed already keep their account until
    both sides change it (ask_change). Raises AccountInvalid, BankMissing, PaymentNotFound.
    """
    ctx.require("agency.edit")
    if ctx.actor.kind not in {"system", "terminal"} and ctx.actor.organisation_id != agency_id:
        raise PaymentNotFound
    account = account.replace(" ", "")
    if not rules.account_fits(kind, account):
        raise AccountInvalid(field="account")
    if kind == "bank_account" and not bank_name.strip():
        raise BankMissing(field="bank_name")
    row = queries.payee(ctx, agency_id) or PayeeDetails(agency_id=agency_id)
    row.kind, row.account, row.account_hint = kind, ctx.keys.encrypt(account.encode()), rules.mask(account)
    row.name, row.bank_name = queries.agency_name(ctx, agency_id), bank_name.strip()
    row.changed_at, row.changed_by = ctx.now, who(ctx)
    ctx.session.add(row)
    ctx.record(PayeeRegistered(subject=f"agency/{agency_id}", kind=kind))
    ctx.session.flush()
    return row


def fix(ctx: Ctx, contract_id: str) -> ContractPayee | None:
    """Write down the account of a signed contract, once; None while the agency has registered none."""
    known = queries.contract_payee(ctx, contract_id)
    details = queries.payee(ctx, contracts.contract(ctx, contract_id).agency_id)
    if known is not None or details is None:
        return known
    row = ContractPayee(contract_id=contract_id, document="", fixed_at=ctx.now, **_copied(details))
    ctx.session.add(row)
    ctx.record(PayeeFixed(subject=f"contract/{contract_id}", contract_id=contract_id, document=""))
    ctx.session.flush()
    return row


def ask_change(ctx: Ctx, contract_id: str, *, document: str) -> PayeeChange:
    """变更收款账户: the agency asks that a signed contract pays to the account it has registered now.

    document: number of the supplement (补充协议) both sides signed. Raises NothingToChange, ReasonNeeded,
    PayeeMissing, ContractNotFound for anybody else's, and ChangePending when one waits already.
    """
    ctx.require("agency.edit")
    contract = contracts.contract(ctx, contract_id)
    if ctx.actor.kind not in {"system", "terminal"} and ctx.actor.organisation_id != contract.agency_id:
        raise ContractNotFound
    if not document.strip():
        raise ReasonNeeded(field="document")
    details = queries.payee(ctx, contract.agency_id)
    if details is None:
        raise PayeeMissing(agency=queries.agency_name(ctx, contract.agency_id))
    fixed = fix(ctx, contract_id)
    if fixed is None or _same(ctx, fixed, details):
        raise NothingToChange
    row = PayeeChange(
        id=ctx.new_id(),
        contract_id=contract_id,
        open_key=contract_id,
        department_id=contract.buyer_id,
        agency_id=contract.agency_id,
        document=document.strip(),
        state="asked",
        asked_at=ctx.now,
        asked_by=who(ctx),
        **_copied(details),
    )
    ctx.session.add(row)
    ctx.session.flush()
    ctx.record(PayeeChangeAsked(subject=f"contract/{contract_id}", contract_id=contract_id, document=row.document))
    return row


def decide_change(ctx: Ctx, change_id: str, *, agree: bool, reason: str = "") -> PayeeChange:
    """The department agrees to another account of a contract, or refuses and says why.

    Raises ChangeNotFound, ChangeSamePerson, ReasonNeeded.
    """
    ctx.require("payment.approve")
    row = ctx.session.get(PayeeChange, change_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != "asked" or not _of_department(ctx, row.department_id):
        raise ChangeNotFound
    if row.asked_by == who(ctx):
        raise ChangeSamePerson
    if not agree and not reason.strip():
        raise ReasonNeeded(field="reason")
    row.state, row.reason, row.open_key = "agreed" if agree else "refused", reason.strip()[:400], None
    row.decided_at, row.decided_by = ctx.now, who(ctx)
    if agree:
        fixed = queries.contract_payee(ctx, row.contract_id)
        assert fixed is not None
        for name, value in {**_copied(row), "document": row.document, "fixed_at": ctx.now}.items():
            setattr(fixed, name, value)
    subject = f"contract/{row.contract_id}"
    ctx.record(PayeeChangeDecided(subject=subject, contract_id=row.contract_id, state=row.state, document=row.document))
    return row


def for_order(ctx: Ctx, row: PaymentOrder) -> PayeeDetails:
    """The account an order is to pay: registered, of the registered name, and the one of its contract.

    Raises PayeeMissing, PayeeChanged, ContractPayeeDiffers.
    """
    name = queries.agency_name(ctx, row.agency_id)
    details = queries.payee(ctx, row.agency_id)
    if details is None:
        raise PayeeMissing(agency=name)
    if details.name != name:
        raise PayeeChanged
    fixed = fix(ctx, row.contract_id)
    if fixed is None or not _same(ctx, fixed, details):
        raise ContractPayeeDiffers(contract=row.contract_number)
    return details


def unchanged(ctx: Ctx, row: PaymentOrder) -> Payee:
    """The payee as submitted, if agency and contract still say the same. Raises PayeeChanged, ContractPayeeDiffers."""
    details = for_order(ctx, row)
    now = (details.kind, ctx.keys.decrypt(details.account), details.name, details.bank_name)
    assert row.payee_account is not None
    if now != (row.payee_kind, ctx.keys.decrypt(row.payee_account), row.payee_name, row.payee_bank):
        raise PayeeChanged
    return Payee(details.kind, now[1].decode(), details.name, details.bank_name)  # type: ignore[arg-type]


def _copied(source: PayeeDetails | PayeeChange) -> dict[str, Any]:
    return {name: getattr(source, name) for name in (*_ACCOUNT, "account")}


def _same(ctx: Ctx, one: ContractPayee, other: PayeeDetails) -> bool:
    # Encrypted anew each time, so the texts at rest never compare.
    shown = all(getattr(one, name) == getattr(other, name) for name in _ACCOUNT)
    return shown and ctx.keys.decrypt(one.account) == ctx.keys.decrypt(other.account)


def _of_department(ctx: Ctx, department_id: str) -> bool:
    return ctx.actor.kind in {"system", "terminal"} or ctx.actor.organisation_id == department_id
