"""The verbs of reconciliation: take a statement in, match it, close the day, open it again."""

import os
from contextlib import suppress
from datetime import date
from hashlib import sha256
from itertools import islice
from typing import Any

from sqlalchemy import insert

from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import yuan
from marketplace.payments import evidence
from marketplace.payments import service as payments
from marketplace.payments.gateways.bills import FORMS, Bill, BillIncomplete, BillLine
from marketplace.payments.ports import Observation, Outcome
from marketplace.reconciliation import matching, queries, rules
from marketplace.reconciliation.breaks import assign, confirm, propose, refuse
from marketplace.reconciliation.errors import (
    BreakReasonNeeded,
    DayClosed,
    DayNotFound,
    DayUnfinished,
    EarlierDayOpen,
    StatementDamaged,
    StatementDiffers,
    StatementFormUnknown,
    StatementGap,
)
from marketplace.reconciliation.events import DayReopened, DayWasClosed, StatementImported
from marketplace.reconciliation.models import ReconDay, Statement, StatementLine
from marketplace.reconciliation.queries import proofs, statements

__all__ = ["assign", "close_day", "confirm", "import_statement", "match", "propose", "refuse", "reopen_day"]

ROWS_AT_ONCE = 2000


def import_statement(
    ctx: Ctx, *, account: str, day: date, form: str, content: bytes, replace: bool = False
) -> ReconDay:
    """Take a provider's statement in, if it proves that it is whole, and match it.

    account: e.g. "alipay:account"; form: one of FORMS; replace: the file corrects an earlier one of that day. The same
    file again changes nothing. Raises StatementDamaged, StatementDiffers, StatementGap, DayClosed.
    """
    ctx.require("reconcile.write")
    if form not in FORMS:
        raise StatementFormUnknown(field="form")
    ctx.lock(f"reconcile/{account}")
    digest, known = sha256(content).hexdigest(), _known(ctx, account, day)
    before = statements.statement(ctx, known.statement_id) if known else None
    if known and before and before.sha256 == digest:
        return known
    if known and known.state == "closed":
        raise DayClosed
    if before and not replace:
        raise StatementDiffers(field="file")
    if before:
        before.superseded_at = ctx.now
        matching.forget(ctx, before.id)
    made = _take_in(ctx, Bill(form, content, day), account, digest)
    row = _day(ctx, known, made)
    ctx.record(
        StatementImported(
            subject=f"recon-day/{row.id}",
            account=account,
            day=day.isoformat(),
            sha256=digest,
            lines=made.line_count,
            income_fen=made.income_fen,
            outgo_fen=made.outgo_fen,
            replaces=before.id if before else "",
        )
    )
    _keep_file(ctx, digest, content)
    matching.run(ctx, row)
    return row


def match(ctx: Ctx, day_id: str) -> ReconDay:
    """Run the passes again over a day that is open. Raises DayClosed, DayNotFound."""
    ctx.require("reconcile.write")
    found = _open_day(ctx, day_id)
    matching.run(ctx, found)
    return found


def close_day(ctx: Ctx, day_id: str) -> ReconDay:
    """关账: seal a day; from then on its book decides orders whose fate was open and that it does not know.

    Raises DayUnfinished, EarlierDayOpen, DayClosed.
    """
    ctx.require("reconcile.approve")
    found = _open_day(ctx, day_id)
    if found.day >= shanghai_date(ctx.now):
        raise DayUnfinished(n=0)
    earlier = queries.open_before(ctx, found.account, found.day)
    if earlier is not None:
        raise EarlierDayOpen(day=earlier)
    matching.run(ctx, found)
    ownerless = queries.ownerless(ctx, found.account, found.day)
    if ownerless:
        raise DayUnfinished(n=ownerless)
    found.state, found.closed_at, found.closed_by = rules.DAY.move(found.state, "close"), ctx.now, evidence.who(ctx)
    found.digest = statements.digest(ctx, found.statement_id)
    ctx.session.flush()
    facts = {"account": found.account, "day": found.day.isoformat(), "digest": found.digest}
    counted = statements.counts(ctx, found)["breaks"]
    ctx.record(DayWasClosed(subject=f"recon-day/{found.id}", breaks=counted, decided=_decide(ctx, found), **facts))
    return found


def reopen_day(ctx: Ctx, day_id: str, *, reason: str) -> ReconDay:
    """重新开账: a closed day may change again; the old seal stays on record. Raises WrongState."""
    ctx.require("reconcile.approve")
    if not reason.strip():
        raise BreakReasonNeeded(field="reason")
    found = _locked(ctx, day_id)
    found.state = rules.DAY.move(found.state, "reopen")
    facts = {"account": found.account, "day": found.day.isoformat(), "digest": found.digest}
    ctx.record(DayReopened(subject=f"recon-day/{found.id}", reason=reason.strip()[:400], **facts))
    found.closed_at, found.closed_by, found.digest, found.reopened = None, None, "", found.reopened + 1
    return found


def _decide(ctx: Ctx, day: ReconDay) -> int:
    """An order whose fate is open, asked for long enough before the end of a closed day, and in no book: not paid."""
    decided, first = 0, queries.first_day(ctx, day.account)
    gateway = rules.gateway_of(day.account)
    if day.account != rules.accounts_of(gateway)[0]:
        return 0
    for order_id, began, ended in ctx.session.execute(proofs.undecided(gateway)).all():
        since = shanghai_date(began)
        whole = queries.closed_days(ctx, day.account, since, day.day) == (day.day - since).days + 1
        if since < first or not whole or not rules.may_decide(ended, day.day):
            continue
        row = evidence.locked(ctx, order_id)
        if row.state == "unknown" and (row.lease_until is None or row.lease_until <= ctx.now):
            code = f"not in the closed book of {day.day.isoformat()}"
            payments.apply_observation(ctx, order_id, Observation("statement", row.number, Outcome.REFUSED, code=code))
            decided += 1
    return decided


def _known(ctx: Ctx, account: str, day: date) -> ReconDay | None:
    with suppress(DayNotFound):
        return queries.day_of(ctx, account, day, lock=True)
    return None


def _locked(ctx: Ctx, day_id: str) -> ReconDay:
    found = ctx.session.get(ReconDay, day_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise DayNotFound
    return found


def _open_day(ctx: Ctx, day_id: str) -> ReconDay:
    found = queries.day_by_id(ctx, day_id)
    ctx.lock(f"reconcile/{found.account}")
    found = _locked(ctx, day_id)
    if found.state == "closed":
        raise DayClosed
    return found


def _take_in(ctx: Ctx, bill: Bill, account: str, digest: str) -> Statement:
    """Statement and lines, streamed; the totals are known when the last line has been read."""
    made = Statement(
        id=ctx.new_id(), account=account, day=bill.day, form=bill.form, sha256=digest, line_count=0, income_fen=0,
        outgo_fen=0, imported_at=ctx.now, imported_by=evidence.who(ctx),
    )  # fmt: skip
    ctx.session.add(made)
    ctx.session.flush()
    try:
        lines = (_row(made, line) for line in bill.lines())
        while rows := list(islice(lines, ROWS_AT_ONCE)):
            ctx.session.execute(insert(StatementLine.__table__), rows)  # type: ignore[arg-type]
    except BillIncomplete as error:
        raise StatementDamaged(field="file", where=error.where, **error.facts) from error
    made.line_count, made.income_fen, made.outgo_fen = bill.count, bill.income_fen, bill.outgo_fen
    made.opening_fen, made.closing_fen = bill.opening_fen, bill.closing_fen
    before = statements.last_closing_fen(ctx, account, bill.day)
    if before is not None and bill.opening_fen is not None and before != bill.opening_fen:
        raise StatementGap(field="file", opening=yuan(bill.opening_fen), closing=yuan(before))
    ctx.session.flush()
    return made


def _row(made: Statement, line: BillLine) -> dict[str, Any]:
    return {
        "statement_id": made.id,
        "seq": line.seq,
        "account": made.account,
        "line_id": line.line_id[:128],
        "number": line.number[:64],
        "provider_id": line.provider_id[:64],
        "amount_fen": line.amount_fen,
        "fee_fen": line.fee_fen,
        "at": line.at,
        "kind": line.kind[:32],
        "party": line.party[:200],
    }


def _day(ctx: Ctx, known: ReconDay | None, made: Statement) -> ReconDay:
    if known is not None:
        known.statement_id = made.id
        ctx.session.flush()
        return known
    row = ReconDay(id=ctx.new_id(), account=made.account, day=made.day, state="open", statement_id=made.id, reopened=0)
    ctx.session.add(row)
    ctx.session.flush()
    return row


def _keep_file(ctx: Ctx, digest: str, content: bytes) -> None:
    """The file itself, under its hash; one without a row is never read."""
    folder = statements.folder(ctx)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = folder / f".{ctx.entropy(8).hex()}.part"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
    draft.replace(folder / digest)
