"""The passes: evidence first, then by number, by provider number, by sum; what is left becomes a break."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

from sqlalchemy import CursorResult, Select, and_, exists, func, insert, literal, select

from marketplace.collection import service as collections
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Fen
from marketplace.payments import service as payments
from marketplace.payments.ports import Observation, Outcome
from marketplace.reconciliation import queries, rules
from marketplace.reconciliation.events import BreakFound, BreakResolved, DayMatched
from marketplace.reconciliation.models import ReconBreak, ReconDay, ReconMatch, StatementLine
from marketplace.reconciliation.rules import Claim, Line

CHUNK = 500
NUMBER, SUM, PROPOSED = 1, 3, 2  # which pass made a match; a proposal counts once two persons agree


@dataclass
class Tally:
    """What one run over a day did, and our movements that are still free, by amount and name."""

    matched: int = 0
    found: int = 0
    proposed: set[str] = field(default_factory=set)
    free: dict[str, list[Claim]] | None = None


def run(ctx: Ctx, day: ReconDay) -> Tally:
    """Match a day as far as it goes. Running it again changes nothing that stands, and finds nothing twice."""
    tally = Tally()
    learn(ctx, day)
    tally.matched = sum(_by_number(ctx, day, source) for source in queries.claims(day.account))
    _sort_out(ctx, day, tally)
    open_ = ctx.session.scalars(queries.breaks(account=day.account, kind="proposal")).all()
    tally.proposed.update(claim for row in open_ for claim in row.claim.split("+"))
    for claim in queries.unmatched_claims(ctx, day.account, day.day):
        if claim.key not in tally.proposed:
            key = f"claim/{claim.key}"
            _found(ctx, day, key, "missing_there", claim.number, claim.amount_fen, tally, claim=claim.key)
    ctx.session.flush()
    _explain(ctx, day)
    day.matched_at = ctx.now
    ctx.record(DayMatched(subject=f"recon-day/{day.id}", matched=tally.matched, breaks=tally.found))
    return tally


def learn(ctx: Ctx, day: ReconDay) -> None:
    """A line of a whole statement is evidence: it settles an order whose fate was open, or brings one back."""
    gateway = rules.gateway_of(day.account)
    for id, number, amount, line_id, at, kind in ctx.session.execute(
        queries.trades_that_tell(day.statement_id, gateway)
    ).all():
        ids = {"statement_line": line_id}
        fact = Observation("statement", number, Outcome.SUCCEEDED, Fen(amount), ids, kind, at, operation="payment")
        with suppress(DomainError), ctx.session.begin_nested():
            collections.apply(ctx, id, fact)
    told = ctx.session.execute(queries.lines_that_tell(day.statement_id, gateway)).all()
    for order_id, number, state, amount, line_id, at, kind in told:
        outcome = Outcome.RETURNED if state == "paid" else Outcome.SUCCEEDED
        fact = Observation("statement", number, outcome, Fen(abs(amount)), {"statement_line": line_id}, kind, at)
        # What the books refuse (a closed year) stays a break; the rest of the day does not wait for it.
        with suppress(DomainError), ctx.session.begin_nested():
            payments.apply_observation(ctx, order_id, fact)


def _by_number(ctx: Ctx, day: ReconDay, source: Select[*queries.ClaimRow]) -> int:
    """Pass 1, in one statement: our number and the amount to the fen; of two equal lines the first."""
    ours = source.subquery()
    free_line = ~exists().where(
        ReconMatch.statement_id == StatementLine.statement_id, ReconMatch.seq == StatementLine.seq
    )
    pairs = (
        select(StatementLine.statement_id, func.min(StatementLine.seq), ours.c.key, literal(NUMBER))
        .join(ours, and_(ours.c.number == StatementLine.number, ours.c.amount_fen == StatementLine.amount_fen))
        .where(
            StatementLine.statement_id == day.statement_id,
            ours.c.final,
            free_line,
            ~exists().where(ReconMatch.claim == ours.c.key),
        )
        .group_by(StatementLine.statement_id, ours.c.key)
    )
    columns = ["statement_id", "seq", "claim", "by_pass"]
    made = ctx.session.execute(insert(ReconMatch).from_select(columns, pairs))
    return cast("CursorResult[Any]", made).rowcount


def _sort_out(ctx: Ctx, day: ReconDay, tally: Tally) -> None:
    """Passes 2 and 3 over what pass 1 left, in pieces: a rest is small, but nothing promises that it is."""
    rest = iter(ctx.session.scalars(queries.unmatched_lines(day.statement_id)).all())
    while lines := list(islice(rest, CHUNK)):
        named = queries.claims_named(ctx, day.account, {line.number for line in lines})
        taken = queries.matched_claims(ctx, [claim.key for claims in named.values() for claim in claims])
        left = _by_sum(ctx, lines, named, taken, tally)
        for line in left:
            _leftover(ctx, day, line, named.get(line.number, []), taken, tally)


def _by_sum(
    ctx: Ctx, lines: Sequence[StatementLine], named: dict[str, list[Claim]], taken: set[str], tally: Tally
) -> list[StatementLine]:
    """Pass 3: several lines under one number that add up to the movement."""
    groups: dict[str, list[StatementLine]] = defaultdict(list)
    for line in lines:
        groups[line.number].append(line)
    left: list[StatementLine] = []
    for number, group in groups.items():
        total = sum(line.amount_fen for line in group)
        free = [c for c in named.get(number, []) if c.final and c.key not in taken and c.amount_fen == total]
        if number and len(group) > 1 and len(free) == 1:
            taken.add(free[0].key)
            ctx.session.add_all(_match(line, free[0].key, SUM) for line in group)
            tally.matched += len(group)
        else:
            left.extend(group)
    return left


def _leftover(ctx: Ctx, day: ReconDay, line: StatementLine, named: list[Claim], taken: set[str], tally: Tally) -> None:
    kind = rules.kind_of(
        Line(line.amount_fen, line.number, line.kind), named, taken=any(claim.key in taken for claim in named)
    )
    claim = ""
    if kind == "missing_here":
        near = _near(ctx, day, line, tally)
        tally.proposed.update(near)
        kind, claim = ("proposal", "+".join(near)) if near else (kind, "")
    expected = named[0].amount_fen if named else None
    key = f"line/{line.line_id}"
    _found(ctx, day, key, kind, line.number, line.amount_fen, tally, line=line, claim=claim, expected=expected)


def _near(ctx: Ctx, day: ReconDay, line: StatementLine, tally: Tally) -> list[str]:
    """Pass 2: amount, day and name fit one movement and no other. A proposal only; two persons decide."""
    if tally.free is None:
        tally.free = defaultdict(list)
        for claim in queries.unmatched_claims(ctx, day.account, day.day):
            tally.free[claim.party].append(claim)
    free = [claim for claim in tally.free.get(line.party, []) if claim.key not in tally.proposed]
    near = rules.closest(line.at, line.amount_fen, line.party, free)
    return [near.key] if near else [claim.key for claim in rules.gathered(line.amount_fen, free)]


def _found(
    ctx: Ctx,
    day: ReconDay,
    key: str,
    kind: str,
    number: str,
    amount_fen: int,
    tally: Tally,
    *,
    line: StatementLine | None = None,
    claim: str = "",
    expected: int | None = None,
) -> None:
    known = select(ReconBreak.id).where(ReconBreak.account == day.account, ReconBreak.key == key)
    if ctx.session.scalar(known) is not None:
        return
    row = ReconBreak(
        id=ctx.new_id(),
        account=day.account,
        day=day.day,
        key=key,
        kind=kind,
        state="found",
        number=number,
        amount_fen=amount_fen,
        expected_fen=expected,
        statement_id=line.statement_id if line else None,
        seq=line.seq if line else None,
        claim=claim,
        found_at=ctx.now,
    )
    ctx.session.add(row)
    tally.found += 1
    ctx.record(BreakFound(subject=f"recon-break/{row.id}", kind=kind, number=number, amount_fen=amount_fen))


def _explain(ctx: Ctx, day: ReconDay) -> None:
    """A break whose partner has come by now was a matter of time; it ends by itself, and says so."""
    open_ = ctx.session.scalars(queries.breaks(account=day.account)).all()
    proven = queries.matched_claims(ctx, [row.claim for row in open_ if row.kind == "missing_there"])
    for row in open_:
        if row.kind == "missing_there" and row.claim in proven:
            end(ctx, row, "explain", "timing")


def end(ctx: Ctx, row: ReconBreak, verb: str, action: str) -> None:
    """A break's end, on the record."""
    row.state, row.action, row.ended_at = rules.BREAK.move(row.state, verb), action, ctx.now
    ctx.record(BreakResolved(subject=f"recon-break/{row.id}", action=action))


def pair(ctx: Ctx, row: ReconBreak) -> None:
    """Make the match that a proposal named."""
    line = queries.line_of(ctx, row)
    assert line is not None
    ctx.session.add_all(_match(line, claim, PROPOSED) for claim in row.claim.split("+"))
    ctx.session.flush()


def _match(line: StatementLine, claim: str, by_pass: int) -> ReconMatch:
    return ReconMatch(statement_id=line.statement_id, seq=line.seq, claim=claim, by_pass=by_pass)


def forget(ctx: Ctx, statement_id: str) -> None:
    """Take away lines and matches of a statement that a corrected file replaces; its breaks end with it."""
    for table in (ReconMatch, StatementLine):
        ctx.session.execute(table.__table__.delete().where(table.__table__.c.statement_id == statement_id))  # type: ignore[attr-defined]
    rows: Iterable[ReconBreak] = ctx.session.scalars(
        select(ReconBreak).where(ReconBreak.statement_id == statement_id, ReconBreak.state.in_(rules.OPEN))
    )
    for row in rows:
        row.key = f"{row.key}@{statement_id}"[:160]
        end(ctx, row, "explain", "replaced")
