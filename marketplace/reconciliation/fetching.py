"""Fetching statements: what is wanted is a row, the wire has no transaction open, what came is taken in."""

import logging
import time
from datetime import date, datetime, timedelta

from sqlalchemy import select

from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.errors import DomainError
from marketplace.payments import queries as payments
from marketplace.payments.ports import Gateway, Statement
from marketplace.reconciliation import queries, rules, service
from marketplace.reconciliation.models import WantedStatement
from marketplace.reconciliation.queries import movements

log = logging.getLogger("marketplace.reconciliation")

WIRE_SECONDS = 60.0
AGAIN = timedelta(hours=1)
MOST_TRIES = 48  # two days; then a person uploads the file
FORMS = {"account": "alipay-account", "trade": "alipay-trade"}


def want(ctx: Ctx, gateway: str, day: date) -> None:
    """Ask for a rail's statements of a day; asking again changes nothing."""
    if ctx.session.get(WantedStatement, (gateway, day)) is None:
        ctx.session.add(WantedStatement(gateway=gateway, day=day, next_at=ctx.now, tries=0, said=""))


def want_missing(ctx: Ctx) -> None:
    """Ask for what the configured rail has closed since: yesterday, and days on which no worker was there to ask."""
    gateway, yesterday = str(ctx.settings["MARKETPLACE_GATEWAY"]), shanghai_date(ctx.now) - timedelta(days=1)
    for day in queries.missing_days(ctx, rules.accounts_of(gateway)[0], yesterday - movements.LOOK_BACK, yesterday):
        want(ctx, gateway, day)
    want(ctx, gateway, yesterday)


def run_due(runtime: Runtime) -> int:
    """Fetch and take in whatever is wanted now; returns how many statements came."""
    with runtime.work(write=False) as ctx:
        wanted = select(WantedStatement).where(WantedStatement.next_at <= ctx.now).order_by(WantedStatement.day)
        due = [(row.gateway, row.day) for row in ctx.session.scalars(wanted.limit(20))]
    return sum(_fetch(runtime, gateway, day) for gateway, day in due)


def _fetch(runtime: Runtime, gateway: str, day: date) -> int:
    try:
        with runtime.work(write=False) as ctx:
            rail = payments.gateway(ctx, gateway)
        found, said = _ask(rail, day)
    except DomainError as refusal:
        found, said = [], refusal.code
    taken = 0
    for statement in found:
        try:
            with runtime.work() as ctx:
                account, form = f"{gateway}:{statement.account}", FORMS[statement.account]
                service.import_statement(ctx, account=account, day=day, form=form, content=statement.file)
            taken += 1
        except DomainError as refusal:
            log.warning("statement %s of %s: %s", statement.account, day, refusal.code)
            said = refusal.code
    with runtime.work() as ctx:
        _note(ctx, gateway, day, said, came=bool(found) and taken == len(found))
    return taken


def _ask(rail: Gateway, day: date) -> tuple[list[Statement], str]:
    try:
        return list(rail.statements(day, deadline=time.monotonic() + WIRE_SECONDS)), ""
    except LookupError as error:
        return [], str(error)[:200]
    except Exception as error:
        log.error("gateway %s has no statement for us: %s", rail.name, type(error).__name__)  # noqa: TRY400
        return [], type(error).__name__


def _note(ctx: Ctx, gateway: str, day: date, said: str, *, came: bool) -> None:
    row = ctx.session.get(WantedStatement, (gateway, day))
    assert row is not None
    row.tries, row.said = row.tries + 1, said
    row.next_at = None if came or row.tries >= MOST_TRIES else ctx.now + AGAIN


def next_fetch(now: datetime) -> datetime:
    """The next 10:00 in Shanghai; providers close their day in the morning after."""
    return queries.morning_after(now, 10)
