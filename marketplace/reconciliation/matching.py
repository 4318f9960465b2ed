"""The passes: evidence first, then by number, by provider number, by sum; what is left becomes a break."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

from sqlalchemy import CursorResult, Select, and_, exists, func, insert, literal, select

from marketplace.collection import service as collections
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError
from marketplace.kernel.gathering import together
from marketplace.kernel.money import Fen
from marketplace.payments import service as payments
from marketplace.payments.ports import Observation, Outcome
from marketplace.reconciliation import queries, rules
from marketplace.reconciliation.events import BreakFound, BreakResolved, DayMatched
from marketplace.reconciliation.models import ReconBreak, ReconDay, ReconMatch, StatementLine
from marketplace.reconciliation.queries import movements, proofs
from marketplace.reconciliation.rules import Claim, Free, Line

CHUNK = 500
NUMBER, SUM, PROPOSED = 1, 3, 2  # which pass made a match; a proposal counts once two persons agree


@dataclass
class Tally:
    """What one run over a day did, and our movements that are still free, by name."""

    matched: int = 0
    found: int = 0
    proposed: set[str] = field(default_factory=set)
    free: dict[str, Free] | None = None


def run(ctx: Ctx, day: ReconDay) -> Tally:
    """Match a day as far as it goes. Running it again changes nothing that stands, and finds nothing twice."""
    tally = Tally()
    learn(ctx, day)
    open_ = ctx.session.scalars(queries.breaks(account=day.account, kind="proposal"))
    tally.proposed.update(claim for row in open_ for claim in row.claim.split("+"))
    tally.matched = sum(_by_number(ctx, day, source) for source in movements.claims(day.account))
    tally.matched += sum(_by_sum(ctx, day, lines) for lines in _rest(ctx, day))
    for lines in _rest(ctx, day):
        _sort_out(ctx, day, lines, tally)
    ours = (c for c in movements.unmatched_claims(ctx, day.account, day.day) if c.key not in tally.proposed)
    while claims := list(islice(ours, CHUNK)):
        _found(ctx, [_unproven(ctx, day, claim) for claim in claims], tally)
    ctx.session.flush()
    _explain(ctx, day)
    day.matched_at = ctx.now
    ctx.record(DayMatched(subject=f"recon-day/{day.id}", matched=tally.matched, breaks=tally.found))
    return tally


def learn(ctx: Ctx, day: ReconDay) -> None:
    """A line of a whole statement is evidence: it settles an order whose fate was open, or brings one back."""
    gateway = rules.gateway_of(day.account)
    for id, number, amount, line_id, at, kind in ctx.session.execute(
        proofs.trades_that_tell(day.statement_id, gateway)
    ).all():
        ids = {"statement_line": line_id}
        fact = Observation("statement", number, Outcome.SUCCEEDED, Fen(amount), ids, kind, at, operation="payment")
        with suppress(DomainError), ctx.session.begin_nested():
            collections.apply(ctx, id, fact)
    told = ctx.session.execute(proofs.lines_that_tell(day.statement_id, gateway)).all()
    for order_id, number, state, amount, line_id, at, kind in told:
        outcome = Outcome.RETURNED if state == "paid" else Outcome.SUCCEEDED
        fact = Observation("statement", number, outcome, Fen(abs(amount)), {"statement_line": line_id}, kind, at)
        # What the books refuse (a closed year) stays a break; the rest of the day does not wait for it.
        with suppress(DomainError), ctx.session.begin_nested():
            payments.apply_observation(ctx, order_id, fact)


def _by_number(ctx: Ctx, day: ReconDay, source: Select[*movements.ClaimRow]) -> int:
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


def _rest(ctx: Ctx, day: ReconDay) -> Iterator[Sequence[StatementLine]]:
    """What no pass has matched so far, in pieces: it is small, but nothing promises that it is."""
    after = 0
    while lines := ctx.session.scalars(proofs.unmatched_lines(day.statement_id, after=after).limit(CHUNK)).all():
        after = lines[-1].seq
        yield lines


def _by_sum(ctx: Ctx, day: ReconDay, lines: Sequence[StatementLine]) -> int:
    """Pass 3: several lines under one number, wherever they stand in the file, that add up to the movement."""
    numbers = {line.number for line in lines} - {""}
    named = movements.claims_named(ctx, day.account, numbers)
    taken = movements.matched_claims(ctx, _keys(named))
    groups: dict[str, list[StatementLine]] = defaultdict(list)
    for line in ctx.session.scalars(proofs.unmatched_lines(day.statement_id, numbers=numbers)):
        groups[line.number].append(line)
    made = []
    for number, group in groups.items():
        total = sum(line.amount_fen for line in group)
        free = [c for c in named[number] if c.final and c.key not in taken and c.amount_fen == total]
        if len(group) > 1 and len(free) == 1:
            made += [_match(line, free[0].key, SUM) for line in group]
    ctx.session.add_all(made)
    ctx.session.flush()
    return len(made)


def _keys(named: Mapping[str, Iterable[Claim]]) -> list[str]:
    return [claim.key for claims in named.values() for claim in claims]


def _sort_out(ctx: Ctx, day: ReconDay, lines: Sequence[StatementLine], tally: Tally) -> None:
    """What is left becomes breaks; pass 2 makes proposals of some."""
    named = movements.claims_named(ctx, day.account, {line.number for line in lines})
    taken = movements.matched_claims(ctx, _keys(named))
    _found(ctx, [_leftover(ctx, day, line, named[line.number], taken, tally) for line in lines], tally)


def _leftover(
    ctx: Ctx, day: ReconDay, line: StatementLine, named: list[Claim], taken: set[str], tally: Tally
) -> ReconBreak:
    kind = rules.kind_of(
        Line(line.amount_fen, line.number, line.kind), named, taken=any(claim.key in taken for claim in named)
    )
    claim = ""
    if kind == "missing_here":
        near = _near(ctx, day, line, tally)
        tally.proposed.update(near)
        kind, claim = ("proposal", "+".join(near)) if near else (kind, "")
    found = _break(ctx, day, f"line/{line.line_id}", kind, line.number, line.amount_fen, claim)
    found.expected_fen = named[0].amount_fen if named else None
    found.statement_id, found.seq = line.statement_id, line.seq
    return found


def _unproven(ctx: Ctx, day: ReconDay, claim: Claim) -> ReconBreak:
    return _break(ctx, day, f"claim/{claim.key}", "missing_there", claim.number, claim.amount_fen, claim.key)


def _near(ctx: Ctx, day: ReconDay, line: StatementLine, tally: Tally) -> list[str]:
    """Pass 2: amount, day and name fit one movement and no other. A proposal only; two persons decide."""
    if tally.free is None:
        tally.free = defaultdict(Free)
        for claim in movements.unmatched_claims(ctx, day.account, day.day):
            if claim.key not in tally.proposed:
                tally.free[claim.party].add(claim)
    return [claim.key for claim in tally.free[line.party].take(line.at, line.amount_fen)]


def _break(ctx: Ctx, day: ReconDay, key: str, kind: str, number: str, amount_fen: int, claim: str) -> ReconBreak:
    return ReconBreak(
        id=ctx.new_id(),
        account=day.account,
        day=day.day,
        key=key,
        kind=kind,
        state="found",
        number=number,
        amount_fen=amount_fen,
        claim=claim,
        found_at=ctx.now,
    )


def _found(ctx: Ctx, rows: Sequence[ReconBreak], tally: Tally) -> None:
    """Put breaks on the record that are not there yet."""
    known = select(ReconBreak.key).where(ReconBreak.account == rows[0].account)
    there = set(ctx.session.scalars(known.where(ReconBreak.key.in_([row.key for row in rows]))))
    fresh = [row for row in rows if row.key not in there]
    with together(ctx.session):
        ctx.session.add_all(fresh)
        for row in fresh:
            told = BreakFound(
                subject=f"recon-break/{row.id}", kind=row.kind, number=row.number, amount_fen=row.amount_fen
            )
            ctx.record(told)
    tally.found += len(fresh)


def _explain(ctx: Ctx, day: ReconDay) -> None:
    """A break whose partner has come by now was a matter of time; it ends by itself, and says so."""
    late = queries.breaks(account=day.account, kind="missing_there")
    for row in ctx.session.scalars(late.where(exists().where(ReconMatch.claim == ReconBreak.claim))).all():
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
