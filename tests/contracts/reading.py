"""What the tests of contracts ask afterwards: the contract, its deadlines, its record."""

from typing import Any

from marketplace.contracts import queries
from marketplace.contracts.models import Contract
from marketplace.kernel.context import Ctx
from marketplace.kernel.deadlines import Deadline
from marketplace.kernel.events import EventRow
from marketplace.testing.contracts import Work


def read(work: Work, contract: Contract) -> Any:
    with work() as ctx:
        return queries.contract(ctx, contract.id)


def promised(ctx: Ctx, kind: str, subject: str) -> Any:
    return ctx.session.query(Deadline).filter_by(kind=kind, subject=subject, done_at=None).one_or_none()


def types(ctx: Ctx, subject: str) -> Any:
    rows = ctx.session.query(EventRow).filter_by(subject=subject).order_by(EventRow.id)
    return [row.type for row in rows]
