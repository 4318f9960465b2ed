"""What the tests of credit ask: a grade, the end of a window, how often something was recorded."""

from datetime import datetime
from typing import Any

from marketplace.contracts.models import Contract
from marketplace.credit import queries
from marketplace.kernel.context import Ctx
from marketplace.kernel.events import EventRow
from marketplace.testing.contracts import Work


def grade(work: Work, agency_id: str) -> Any:
    with work() as ctx:
        return queries.grade_of(ctx, agency_id)


def window(contract: Contract) -> datetime:
    """When the time to rate runs out."""
    assert contract.review_due_at is not None
    return contract.review_due_at


def of_type(ctx: Ctx, type: str) -> Any:
    return ctx.session.query(EventRow).filter_by(type=type).count()
