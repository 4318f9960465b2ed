"""Moving the money of an encumbrance between stages, over its lines in their order. Amounts are integer fen."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from marketplace.budgets import queries
from marketplace.budgets.errors import (
    BudgetLinesDiffer,
    BudgetTooSmall,
    EncumbranceNotFound,
    YearFrozen,
)
from marketplace.budgets.models import BudgetLine, Encumbrance, EncumbranceShare
from marketplace.budgets.queries import balances, closings
from marketplace.budgets.rules import (
    ENCUMBRANCE_STAGES,
    FOLLOWS,
    FROZEN,
    LINE_STAGES,
    MOVES,
    STATES,
    authority_owner,
    encumbrance_owner,
    final_verb,
    line_owner,
    posting_id,
    shortage,
    take_in_order,
)
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.ledger import service as ledger
from marketplace.ledger.errors import Overdrawn, PostingDiffers
from marketplace.ledger.rules import Entry


@dataclass(frozen=True, slots=True)
class Part:
    """What one line gives to a move: its place in the order, the line, and fen."""

    seq: int
    line: BudgetLine
    amount_fen: int


def locked(ctx: Ctx, encumbrance_id: str) -> Encumbrance:
    """Hold the encumbrance until commit, so that two verbs on it happen one after the other."""
    row = ctx.session.get(Encumbrance, encumbrance_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise EncumbranceNotFound
    return row


def require_open(ctx: Ctx, department_id: str, fiscal_year: int) -> None:
    """Refuse what a frozen year takes no more, and keep it from freezing until commit. Raises YearFrozen."""
    ctx.lock(year_lock(department_id, fiscal_year), shared=True)
    run = closings.closing_of(ctx, department_id, fiscal_year)
    if run is not None and run.state in FROZEN:
        raise YearFrozen(fiscal_year=fiscal_year)


def year_lock(department_id: str, fiscal_year: int) -> str:
    """The lock that every new use of a year shares and the closing run takes alone."""
    return f"budget-year/{department_id}/{fiscal_year}"


def open_share(ctx: Ctx, row: Encumbrance, line: BudgetLine, seq: int) -> EncumbranceShare:
    """Let an encumbrance draw on a line: its stage accounts there."""
    share = EncumbranceShare(encumbrance_id=row.id, seq=seq, line_id=line.id, active=True)
    ctx.session.add(share)
    ctx.session.flush()
    owner = encumbrance_owner(line.id, row.id)
    ledger.open_accounts(ctx, book="budget", kinds=ENCUMBRANCE_STAGES, owner=owner, fiscal_year=line.fiscal_year)
    return share


def open_line(ctx: Ctx, **facts: object) -> BudgetLine:
    """A new line with its two accounts; facts: the columns that say what it is."""
    line = BudgetLine(id=ctx.new_id(), created_at=ctx.now, created_by=who(ctx), **facts)
    ctx.session.add(line)
    ctx.session.flush()
    ledger.open_accounts(ctx, book="budget", kinds=LINE_STAGES, owner=line_owner(line.id), fiscal_year=line.fiscal_year)
    return line


def control(ctx: Ctx, department_id: str, kind: str, fiscal_year: int) -> str:
    """Id of a department's account that may go below zero: where money comes from or passes through."""
    owner = authority_owner(department_id)
    found = ledger.open_account(ctx, book="budget", kind=kind, owner=owner, fiscal_year=fiscal_year, floor0=False)
    return found.id


def move(ctx: Ctx, row: Encumbrance, verb: str, amount_fen: int, reference: str = "", *, told: str = "") -> bool:
    """Book one move over the lines of the encumbrance; false where it was booked before with the same amount.

    reference: of the business event, once per verb; told: what the postings name (the need itself where empty).
    Raises Overdrawn, PostingDiffers, YearClosed.
    """
    shares = queries.shares(ctx, row.id)
    before = balances.booked(ctx, row.id, verb, reference, shares)
    if before:
        if sum(before.values()) != amount_fen:
            raise PostingDiffers(id=posting_id(row.id, verb, reference))
        return False
    parts = _parts(ctx, row, shares, verb, amount_fen, reference)
    entries = [entry(ctx, row, part, verb, reference, told or row.reference) for part in parts if part.amount_fen]
    ledger.post_all(ctx, entries)
    return True


def take(ctx: Ctx, row: Encumbrance, verb: str, amount_fen: int, reference: str = "", *, told: str = "") -> bool:
    """Money out of the shared available accounts, refused in the words of the budget. Raises BudgetTooSmall."""
    try:
        return move(ctx, row, verb, amount_fen, reference, told=told)
    except Overdrawn as error:
        names = "、".join(share.line.name for share in queries.shares(ctx, row.id) if share.active)
        raise too_small(names, error.facts["available_fen"], amount_fen) from error


def too_small(line_name: str, available_fen: int, needed_fen: int) -> BudgetTooSmall:
    """The refusal for want of money."""
    return BudgetTooSmall(field="ceiling_fen", line=line_name, **shortage(available_fen, needed_fen))


def finish(ctx: Ctx, row: Encumbrance) -> None:
    """End an encumbrance of which nothing is left to pay."""
    finish_all(ctx, {row.id: row}, {row.id: queries.shares(ctx, row.id)})


def finish_all(ctx: Ctx, rows: Mapping[str, Encumbrance], among: Mapping[str, Sequence[queries.Share]]) -> None:
    """The same for several at once. among: the lines of each of them."""
    stages = balances.stages_of(ctx, {id: among[id] for id in rows})
    for id, row in rows.items():
        verb = final_verb(stages[id], row.state)
        if verb is not None:
            row.state = STATES.move(row.state, verb)
        if row.state in {"closed", "cancelled"}:
            row.closed_at = ctx.now
    ctx.session.flush()


def require_one_purse(lines: Sequence[BudgetLine]) -> None:
    """Lines that pay for one need are of one department, one year and one source. Raises BudgetLinesDiffer."""
    purses = {(line.department_id, line.fiscal_year, line.source) for line in lines}
    if len(purses) > 1 or len({x.id for x in lines}) < len(lines):
        raise BudgetLinesDiffer


def _parts(
    ctx: Ctx, row: Encumbrance, shares: Sequence[queries.Share], verb: str, amount_fen: int, reference: str
) -> list[Part]:
    by_seq = {share.seq: share for share in shares}
    if verb in FOLLOWS:
        first = balances.booked(ctx, row.id, FOLLOWS[verb], reference, shares)
        if sum(first.values()) == amount_fen:
            return [Part(seq, by_seq[seq].line, fen) for seq, fen in sorted(first.items())]
    source, target = MOVES[verb]
    active = [share for share in shares if share.active]
    if target == "available":
        active.reverse()
    if len(active) == 1:
        return [Part(active[0].seq, active[0].line, amount_fen)]
    accounts = [balances.account_of(share.line, row.id, source) for share in active]
    there = ledger.held_fen(ctx, accounts)
    held = [there[account] for account in accounts]
    if sum(held) < amount_fen:
        facts = shortage(sum(held), amount_fen)
        raise Overdrawn(account=accounts[0], **facts)
    return [
        Part(share.seq, share.line, fen) for share, fen in zip(active, take_in_order(held, amount_fen), strict=True)
    ]


def entry(ctx: Ctx, row: Encumbrance, part: Part, verb: str, reference: str, told: str) -> Entry:
    """The posting of one part of a move. told: what it names."""
    source, target = MOVES[verb]
    return Entry(
        id=posting_id(row.id, verb, reference, part.seq),
        debit_id=balances.account_of(part.line, row.id, source),
        credit_id=balances.account_of(part.line, row.id, target),
        amount_fen=part.amount_fen,
        kind=verb,
        reference=told,
        fiscal_year=part.line.fiscal_year,
        business_date=shanghai_date(ctx.now),
    )


def pass_through(ctx: Ctx, *, id: str, clearing: str, out: BudgetLine, into: BudgetLine, **facts: str | int) -> None:
    """Money from one line's account to another's by way of a clearing account, in two halves with one id.

    clearing: kind of the account; facts: debit_id, credit_id, amount_fen, kind, reference.
    """
    between = control(ctx, out.department_id, clearing, out.fiscal_year)
    day = shanghai_date(ctx.now)
    common = {"amount_fen": facts["amount_fen"], "kind": facts["kind"], "reference": facts["reference"]}
    halves = (
        {"id": f"{id}/out", "debit_id": facts["debit_id"], "credit_id": between, "fiscal_year": out.fiscal_year},
        {"id": f"{id}/in", "debit_id": between, "credit_id": facts["credit_id"], "fiscal_year": into.fiscal_year},
    )
    ledger.post_all(ctx, [Entry(**half, **common, business_date=day) for half in halves])  # type: ignore[arg-type]


def short(text: str) -> str:
    """A fixed-length stand-in for text in an id."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def subject(line: BudgetLine) -> str:
    """Whose record a fact about a line goes to."""
    return f"budget-line/{line.id}"


def who(ctx: Ctx) -> str:
    """Who acts, as it is stored."""
    return ctx.actor.login_id or ctx.actor.kind
