"""The verbs on department money. Amounts are integer fen and move only as ledger postings."""

import hashlib

from marketplace.budgets import queries
from marketplace.budgets.errors import (
    AboveObligation,
    AboveReservation,
    BadClassification,
    BadFiscalYear,
    BudgetLineDiffers,
    BudgetTooSmall,
    EncumbranceNotFound,
)
from marketplace.budgets.events import (
    EncumbranceAwarded,
    EncumbranceMoved,
    EncumbranceObligated,
    EncumbranceReleased,
    EncumbranceReserved,
    LineAppropriated,
)
from marketplace.budgets.models import BudgetLine, Encumbrance
from marketplace.budgets.rules import (
    ENCUMBRANCE_STAGES,
    LINE_STAGES,
    MOVES,
    STATES,
    authority_owner,
    encumbrance_owner,
    final_verb,
    line_owner,
    shortage,
    wrong_code,
)
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import yuan
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger import service as ledger
from marketplace.ledger.errors import Overdrawn


def appropriate(
    ctx: Ctx,
    *,
    department_id: str,
    fiscal_year: int,
    name: str,
    function_code: str,
    economic_code: str,
    source: str,
    amount_fen: int,
    document: str,
) -> BudgetLine:
    """指标下达: put money on a line, opening it the first time; another document adds to it.

    document: number of the appropriation document; the same document for the same line books once.
    Raises BadClassification, BadFiscalYear, BudgetLineDiffers, PostingDiffers, YearClosed.
    """
    if not 2000 <= fiscal_year <= 2100:
        raise BadFiscalYear(field="fiscal_year", fiscal_year=fiscal_year)
    wrong = wrong_code(function_code, economic_code)
    if wrong is not None:
        raise BadClassification(field=wrong[0], text=wrong[1])
    facts = {"function_code": function_code, "economic_code": economic_code, "source": source}
    line = queries.line_named(ctx, department_id, fiscal_year, name)
    if line is None:
        line = _open_line(ctx, department_id, fiscal_year, name, document, facts)
    elif any(getattr(line, key) != value for key, value in facts.items()):
        raise BudgetLineDiffers(field="name", fiscal_year=fiscal_year, name=name)
    _fund(ctx, line, amount_fen, document)
    return line


def reserve(ctx: Ctx, *, line_id: str, amount_fen: int, reference: str) -> Encumbrance:
    """预留: available → reserved for one need, before it is published.

    reference: what the money is for, once per line. Raises BudgetTooSmall, ReferenceTaken, YearClosed.
    """
    line = queries.line(ctx, line_id)
    _require_available(ctx, line, amount_fen)
    row = Encumbrance(
        id=ctx.new_id(), line_id=line.id, reference=reference, state="reserved", moves=0, opened_at=ctx.now, reason=""
    )
    ctx.session.add(row)
    ctx.session.flush()
    owner = encumbrance_owner(line.id, row.id)
    ledger.open_accounts(ctx, book="budget", kinds=ENCUMBRANCE_STAGES, owner=owner, fiscal_year=line.fiscal_year)
    _take(ctx, line, row, "reserve", amount_fen)
    ctx.record(
        EncumbranceReserved(subject=_subject(line), encumbrance_id=row.id, reference=reference, amount_fen=amount_fen)
    )
    return row


def award(ctx: Ctx, encumbrance_id: str, *, amount_fen: int) -> Encumbrance:
    """中选: keep the price, give the difference back to the line.

    A reserve candidate may follow at another price; then the difference is taken again, never above what was first
    reserved. Raises AboveReservation, BudgetTooSmall, WrongState.
    """
    line, row = _locked(ctx, encumbrance_id)
    state = STATES.move(row.state, "award")
    reserved = queries.stages(ctx, row.id)["reserved"]
    first = ledger_queries.posting(ctx, _posting_id(row, "reserve"))
    assert first is not None
    if amount_fen > first.amount_fen:
        raise AboveReservation(field="amount_fen", needed=yuan(amount_fen), reserved=yuan(first.amount_fen))
    row.state = state
    row.moves += 1
    if amount_fen > reserved:
        _take(ctx, line, row, "retake", amount_fen - reserved)
    elif amount_fen < reserved:
        _move(ctx, line, row, "award", reserved - amount_fen, str(row.moves))
    ctx.record(
        EncumbranceAwarded(
            subject=_subject(line), encumbrance_id=row.id, amount_fen=amount_fen, released_fen=reserved - amount_fen
        )
    )
    return row


def obligate(ctx: Ctx, encumbrance_id: str) -> Encumbrance:
    """合同占用: reserved → obligated, whole, when both sides have confirmed the contract. Raises WrongState."""
    line, row = _locked(ctx, encumbrance_id)
    row.state = STATES.move(row.state, "obligate")
    amount = queries.stages(ctx, row.id)["reserved"]
    _move(ctx, line, row, "obligate", amount, "")
    ctx.record(EncumbranceObligated(subject=_subject(line), encumbrance_id=row.id, amount_fen=amount))
    return row


def make_due(ctx: Ctx, encumbrance_id: str, *, amount_fen: int, reference: str) -> Encumbrance:
    """应付: obligated → due when a milestone was accepted. reference: the milestone, booked once.

    Raises AboveObligation, WrongState.
    """
    try:
        return _advance(ctx, encumbrance_id, "due", amount_fen, reference)
    except Overdrawn as error:
        facts = error.facts
        raise AboveObligation(field="amount_fen", needed=facts["needed"], available=facts["available"]) from error


def to_transit(ctx: Ctx, encumbrance_id: str, *, amount_fen: int, reference: str) -> Encumbrance:
    """支付中: due → transit when a payment order was approved. Raises Overdrawn, WrongState."""
    return _advance(ctx, encumbrance_id, "transit", amount_fen, reference)


def settle(ctx: Ctx, encumbrance_id: str, *, amount_fen: int, reference: str) -> Encumbrance:
    """已付: transit → paid on certain evidence; the last payment closes the encumbrance. Raises Overdrawn."""
    return _advance(ctx, encumbrance_id, "settle", amount_fen, reference)


def back_to_due(ctx: Ctx, encumbrance_id: str, *, amount_fen: int, reference: str) -> Encumbrance:
    """支付被拒: transit → due after a certain refusal. Raises Overdrawn, WrongState."""
    return _advance(ctx, encumbrance_id, "back", amount_fen, reference)


def return_paid(ctx: Ctx, encumbrance_id: str, *, amount_fen: int, reference: str) -> Encumbrance:
    """退票: paid → due when the bank gave the money back; reopens a closed encumbrance. Raises Overdrawn."""
    return _advance(ctx, encumbrance_id, "return", amount_fen, reference)


def release(ctx: Ctx, encumbrance_id: str, *, reason: str) -> Encumbrance:
    """释放: what is not yet due goes back to the line; what is due stays payable. Raises WrongState."""
    line, row = _locked(ctx, encumbrance_id)
    row.state = STATES.move(row.state, "release")
    row.reason = reason
    row.moves += 1
    held = queries.stages(ctx, row.id)
    for stage in ("reserved", "obligated"):
        if held[stage]:
            _move(ctx, line, row, f"free-{stage}", held[stage], str(row.moves))
    freed = held["reserved"] + held["obligated"]
    ctx.record(EncumbranceReleased(subject=_subject(line), encumbrance_id=row.id, amount_fen=freed, reason=reason))
    _finish(ctx, row)
    return row


def _open_line(
    ctx: Ctx, department_id: str, fiscal_year: int, name: str, document: str, facts: dict[str, str]
) -> BudgetLine:
    line = BudgetLine(
        id=ctx.new_id(),
        department_id=department_id,
        fiscal_year=fiscal_year,
        name=name,
        document=document,
        created_at=ctx.now,
        created_by=ctx.actor.login_id or ctx.actor.kind,
        **facts,
    )
    ctx.session.add(line)
    ctx.session.flush()
    ledger.open_accounts(ctx, book="budget", kinds=LINE_STAGES, owner=line_owner(line.id), fiscal_year=fiscal_year)
    return line


def _fund(ctx: Ctx, line: BudgetLine, amount_fen: int, document: str) -> None:
    authority = ledger.open_account(
        ctx,
        book="budget",
        kind="authority",
        owner=authority_owner(line.department_id),
        fiscal_year=line.fiscal_year,
        floor0=False,
    )
    id = f"{line.id}/appropriate/{hashlib.sha256(document.encode()).hexdigest()[:16]}"
    known = ledger_queries.posting(ctx, id) is not None
    ledger.post(
        ctx,
        id=id,
        debit_id=authority.id,
        credit_id=queries.account_of(line, "", "available"),
        amount_fen=amount_fen,
        kind="appropriate",
        reference=document,
        fiscal_year=line.fiscal_year,
        business_date=shanghai_date(ctx.now),
    )
    if not known:
        ctx.record(LineAppropriated(subject=_subject(line), amount_fen=amount_fen, document=document))


def _locked(ctx: Ctx, encumbrance_id: str) -> tuple[BudgetLine, Encumbrance]:
    """Hold the encumbrance until commit, so that two verbs on it happen one after the other."""
    row = ctx.session.get(Encumbrance, encumbrance_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise EncumbranceNotFound
    return queries.line(ctx, row.line_id), row


def _advance(ctx: Ctx, encumbrance_id: str, verb: str, amount_fen: int, reference: str) -> Encumbrance:
    """One move towards payment, once per reference; repeating it changes neither money nor state."""
    line, row = _locked(ctx, encumbrance_id)
    if ledger_queries.posting(ctx, _posting_id(row, verb, reference)) is not None:
        _move(ctx, line, row, verb, amount_fen, reference)
        return row
    row.state = STATES.move(row.state, verb)
    if verb == "return":
        row.closed_at = None
    _move(ctx, line, row, verb, amount_fen, reference)
    ctx.record(
        EncumbranceMoved(
            subject=_subject(line), encumbrance_id=row.id, move=verb, amount_fen=amount_fen, reference=reference
        )
    )
    _finish(ctx, row)
    return row


def _finish(ctx: Ctx, row: Encumbrance) -> None:
    verb = final_verb(queries.stages(ctx, row.id), row.state)
    if verb is not None:
        row.state = STATES.move(row.state, verb)
    if row.state in {"closed", "cancelled"}:
        row.closed_at = ctx.now
    ctx.session.flush()


def _take(ctx: Ctx, line: BudgetLine, row: Encumbrance, verb: str, amount_fen: int) -> None:
    """Money out of the shared available account, refused in the words of the budget."""
    try:
        _move(ctx, line, row, verb, amount_fen, str(row.moves) if verb == "retake" else "")
    except Overdrawn as error:
        facts = shortage(error.facts["available_fen"], amount_fen)
        raise BudgetTooSmall(field="ceiling_fen", line=line.name, **facts) from error


def _require_available(ctx: Ctx, line: BudgetLine, amount_fen: int) -> None:
    """The polite check before anything is written; the posting itself is the judge."""
    available = queries.available_fen(ctx, line.id)
    if available < amount_fen:
        raise BudgetTooSmall(field="ceiling_fen", line=line.name, **shortage(available, amount_fen))


def _move(ctx: Ctx, line: BudgetLine, row: Encumbrance, verb: str, amount_fen: int, reference: str) -> None:
    source, target = MOVES[verb]
    ledger.post(
        ctx,
        id=_posting_id(row, verb, reference),
        debit_id=queries.account_of(line, row.id, source),
        credit_id=queries.account_of(line, row.id, target),
        amount_fen=amount_fen,
        kind=verb,
        reference=reference if verb in {"due", "transit", "settle", "back", "return"} else row.reference,
        fiscal_year=line.fiscal_year,
        business_date=shanghai_date(ctx.now),
    )


def _posting_id(row: Encumbrance, verb: str, reference: str = "") -> str:
    return f"{row.id}/{verb}/{reference}" if reference else f"{row.id}/{verb}"


def _subject(line: BudgetLine) -> str:
    return f"budget-line/{line.id}"
