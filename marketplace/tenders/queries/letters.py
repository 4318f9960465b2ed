"""The letter of an award (中选通知书), found by its award or by the code that is printed on it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from marketplace.agencies import queries as agencies
from marketplace.identity import queries as identity
from marketplace.kernel.context import Ctx
from marketplace.kernel.money import capital
from marketplace.tenders import queries, rules
from marketplace.tenders.errors import LetterNotFound
from marketplace.tenders.models import Award


@dataclass(frozen=True, slots=True)
class Letter:
    """中选通知书 as facts. path: what the QR code says after the market's address. price_fen in fen."""

    number: str
    title: str
    buyer: str
    agency: str
    uscc: str
    method: str
    price_fen: int
    price_capital: str
    service_workdays: int
    awarded_at: datetime
    publicity_ends_at: datetime
    confirmed_at: datetime
    sign_due_at: datetime | None
    status: str
    check_code: str
    path: str


def letter(ctx: Ctx, award_id: str) -> Letter:
    """The letter of a confirmed award. Raises AwardNotFound, LetterNotFound before confirmation."""
    found = queries.award(ctx, award_id)
    if found.check_code is None or found.confirmed_at is None:
        raise LetterNotFound
    project = queries.tender(ctx, found.tender_id)
    firm = agencies.agency(ctx, found.agency_id)
    return Letter(
        number=project.number,
        title=project.title,
        buyer=identity.organisation(ctx, project.buyer_id).name,
        agency=firm.name,
        uscc=firm.uscc,
        method=project.method,
        price_fen=found.price_fen,
        price_capital=capital(found.price_fen),
        service_workdays=project.service_workdays,
        awarded_at=found.awarded_at,
        publicity_ends_at=found.publicity_ends_at,
        confirmed_at=found.confirmed_at,
        sign_due_at=found.sign_due_at,
        status=found.status,
        check_code=found.check_code,
        path=f"/v/{found.check_code}",
    )


def letter_by_code(ctx: Ctx, code: str) -> Letter:
    """The letter with a check code, however it was typed. Raises LetterNotFound."""
    found = ctx.session.scalar(select(Award.id).where(Award.check_code == rules.plain_code(code)))
    if found is None:
        raise LetterNotFound
    return letter(ctx, found)
