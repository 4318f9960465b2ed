"""年终结转: announce, freeze, empty transit, carry or lapse line by line, sign, seal. Each step may be asked again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from sqlalchemy import select

from marketplace.audit import service as audit
from marketplace.budgets import queries
from marketplace.budgets.carrying import carry_line
from marketplace.budgets.errors import (
    ClosingBlocked,
    ClosingNotFound,
    ClosingSamePerson,
    ClosingTooEarly,
    FiguresChanged,
)
from marketplace.budgets.events import ClosingMoved
from marketplace.budgets.models import BudgetLine, ClosingRun
from marketplace.budgets.moving import who, year_lock
from marketplace.budgets.queries import balances, closings, papers
from marketplace.budgets.rules import CLOSING, authority_owner, line_owner, rest_of
from marketplace.identity import queries as identity
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import canonical
from marketplace.kernel.money import yuan
from marketplace.ledger import service as ledger
from marketplace.rulebook.queries import rules_at
from marketplace.rulebook.rules import Rules

BATCH = 100


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something that must be done before the next step: kind, what it is called, and fen where it holds money."""

    kind: str
    reference: str
    amount_fen: int = 0


def announce(ctx: Ctx, department_id: str, fiscal_year: int) -> ClosingRun:
    """Begin the closing of a year; nothing is refused yet. Raises ClosingTooEarly, ClosingNotFound, WrongState.

    Source: rulebook budget.closing_days_before.
    """
    ctx.require("budget.write")
    queries.own_department(ctx, department_id)
    days = int(_rules(ctx, department_id)["budget.closing_days_before"])
    if (date(fiscal_year, 12, 31) - shanghai_date(ctx.now)).days > days:
        raise ClosingTooEarly(fiscal_year=fiscal_year, days=days)
    if not queries.lines_of_year(ctx, department_id, fiscal_year):
        raise ClosingNotFound
    ctx.lock(year_lock(department_id, fiscal_year))
    run = closings.closing_of(ctx, department_id, fiscal_year)
    if run is None:
        run = ClosingRun(id=ctx.new_id(), department_id=department_id, fiscal_year=fiscal_year, state="called_off")
        ctx.session.add(run)
    elif run.state == "announced":
        return run
    run.announced_at, run.announced_by = ctx.now, who(ctx)
    return _moved(ctx, run, "announce")


def call_off(ctx: Ctx, run_id: str) -> ClosingRun:
    """Give the year free again, before anything of it was carried. Raises WrongState, ClosingNotFound."""
    run = _locked(ctx, run_id)
    run.frozen_at = None
    return _moved(ctx, run, "call_off")


def freeze(ctx: Ctx, run_id: str) -> ClosingRun:
    """冻结: no new need, appropriation, transfer or payment of that year from now on.

    Raises ClosingBlocked while transfers wait for their second person, WrongState.
    """
    run = _locked(ctx, run_id)
    if run.frozen_at is not None:
        return run
    _require_nothing([item for item in open_items(ctx, run) if item.kind == "transfer"])
    run.frozen_at = ctx.now
    return _moved(ctx, run, "freeze")


def empty_transit(ctx: Ctx, run_id: str) -> ClosingRun:
    """Confirm that no payment of the year is on its way and that no need stands in the way of carrying.

    Raises ClosingBlocked with what is open, WrongState.
    """
    run = _locked(ctx, run_id)
    if run.emptied_at is not None:
        return run
    CLOSING.move(run.state, "empty")
    _require_nothing(open_items(ctx, run))
    run.emptied_at = ctx.now
    return _moved(ctx, run, "empty")


def settle_lines(ctx: Ctx, run_id: str, limit: int = BATCH) -> int:
    """结转或收回: settle up to `limit` lines; returns how many remain. With the last one the step is done.

    Raises ClosingTooEarly before the year is over, WrongState, YearFrozen where the next year is closing too.
    """
    run = _locked(ctx, run_id)
    if run.settled_at is not None:
        return 0
    CLOSING.move(run.state, "settle")
    if shanghai_date(ctx.now).year <= run.fiscal_year:
        raise ClosingTooEarly(fiscal_year=run.fiscal_year, days=0)
    waiting = closings.unsettled_lines(ctx, run)
    book = _rules(ctx, run.department_id)
    for line in waiting[:limit]:
        carry_line(ctx, run, line, _decision(ctx, book, line))
    if len(waiting) <= limit:
        run.settled_at = ctx.now
        _moved(ctx, run, "settle")
    return max(0, len(waiting) - limit)


def sign(ctx: Ctx, run_id: str) -> ClosingRun:
    """签字: a second person stands by the year's figures. Raises ClosingSamePerson, WrongState."""
    run = _locked(ctx, run_id)
    if run.announced_by == who(ctx):
        raise ClosingSamePerson
    run.signed_at, run.signed_by, run.digest = ctx.now, who(ctx), _digest(ctx, run)
    return _moved(ctx, run, "sign")


def seal(ctx: Ctx, run_id: str) -> ClosingRun:
    """封存: the signed figures go under a signed tree head, and the year's accounts take nothing any more.

    Raises FiguresChanged, ClosingBlocked, WrongState.
    """
    run = _locked(ctx, run_id)
    if run.sealed_at is not None:
        return run
    CLOSING.move(run.state, "seal")
    if _digest(ctx, run) != run.digest:
        raise FiguresChanged
    _require_nothing(open_items(ctx, run))
    run.sealed_at = ctx.now
    _moved(ctx, run, "seal")
    head = audit.seal(ctx)
    assert head is not None
    run.tree_size, run.tree_root = head.size, head.root
    roots = [line_owner(line.id) for line in queries.lines_of_year(ctx, run.department_id, run.fiscal_year)]
    ledger.close_accounts(ctx, roots=[*roots, authority_owner(run.department_id)], fiscal_year=run.fiscal_year)
    return run


STEPS_TO_TAKE: Mapping[str, Callable[[Ctx, str], object]] = {
    "freeze": freeze,
    "empty": empty_transit,
    "settle": settle_lines,
    "sign": sign,
    "seal": seal,
    "call_off": call_off,
}


def step(ctx: Ctx, department_id: str, fiscal_year: int, name: str) -> None:
    """One step by its name, for doors. Raises what the step raises, and ClosingNotFound."""
    if name == "announce":
        announce(ctx, department_id, fiscal_year)
    elif name in STEPS_TO_TAKE:
        STEPS_TO_TAKE[name](ctx, closings.run_of(ctx, department_id, fiscal_year).id)


def open_items(ctx: Ctx, run: ClosingRun) -> list[OpenItem]:
    """What stands in the way: transfers undecided, payments on their way, needs that the rules do not carry."""
    items = [
        OpenItem("transfer", row.number, row.amount_fen)
        for row in papers.waiting_transfers(ctx, run.department_id, run.fiscal_year)
    ]
    unsigned = _rules(ctx, run.department_id)["budget.year_end_unsigned"]
    for reference, held in closings.held_by_need(ctx, run.department_id, run.fiscal_year):
        rest = rest_of(held)
        if held.get("transit", 0):
            items.append(OpenItem("transit", reference, held["transit"]))
        elif run.settled_at is not None and rest:
            items.append(OpenItem("open", reference, rest))
        elif held.get("reserved", 0) and unsigned == "end":
            items.append(OpenItem("unsigned", reference, held["reserved"]))
    return items


def figures(ctx: Ctx, run: ClosingRun) -> dict[str, dict[str, int]]:
    """The year's lines with their stages in fen, as they are signed."""
    lines = queries.lines_of_year(ctx, run.department_id, run.fiscal_year)
    stages = balances.stages_of_lines(ctx, [line.id for line in lines])
    return {line.id: stages[line.id] for line in lines}


def _digest(ctx: Ctx, run: ClosingRun) -> str:
    said = {"department_id": run.department_id, "fiscal_year": run.fiscal_year, "lines": figures(ctx, run)}
    return sha256(canonical(said)).hexdigest()


def _decision(ctx: Ctx, book: Rules, line: BudgetLine) -> str:
    """What becomes of the free rest. Source: rulebook budget.year_end_available_<source>, budget.carry_years."""
    decision = str(book[f"budget.year_end_available_{line.source}"])
    return "lapse" if closings.times_carried(ctx, line) + 1 > int(book["budget.carry_years"]) else decision


def _rules(ctx: Ctx, department_id: str) -> Rules:
    return rules_at(ctx, identity.organisation(ctx, department_id).region, ctx.now)


def _require_nothing(items: list[OpenItem]) -> None:
    if items:
        told = "；".join(f"{item.reference}（{yuan(item.amount_fen)}元）" for item in items[:10])
        raise ClosingBlocked(count=len(items), items=told)


def _locked(ctx: Ctx, run_id: str) -> ClosingRun:
    """The actor's own run, alone with its year until commit. Raises ClosingNotFound."""
    ctx.require("budget.write")
    found = ctx.session.scalar(
        select(ClosingRun).where(ClosingRun.id == run_id).with_for_update().execution_options(populate_existing=True)
    )
    if found is None:
        raise ClosingNotFound
    queries.own_department(ctx, found.department_id)
    ctx.lock(year_lock(found.department_id, found.fiscal_year))
    return found


def _moved(ctx: Ctx, run: ClosingRun, verb: str) -> ClosingRun:
    run.state = CLOSING.move(run.state, verb)
    ctx.session.flush()
    ctx.record(
        ClosingMoved(
            subject=f"budget-year/{run.department_id}-{run.fiscal_year}",
            fiscal_year=run.fiscal_year,
            state=run.state,
            digest=run.digest or "",
        )
    )
    return run
