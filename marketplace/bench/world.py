"""A populated market: one agency entered by the ordinary verbs and copied ten thousand times."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Table, insert, select, update

from marketplace.agencies.models import Agency, ServiceScope
from marketplace.catalogue import service as catalogue
from marketplace.identity import rules as identity
from marketplace.identity import service as logins
from marketplace.identity.models import Login, Membership, Organisation, Token
from marketplace.kernel.context import Runtime
from marketplace.kernel.deadlines import Deadline
from marketplace.rulebook import service as rulebook
from marketplace.tenders.models import Tender
from marketplace.testing.tenders import ITEM, a_tender, some_bidders

CHUNK = 2000
# What a copy must not share with the original, and what it may share with nobody.
_UNIQUE = {"uscc", "username", "secret_hash"}
_OWN = ("id", "agency_id", "login_id", "organisation_id")


def seed(runtime: Runtime) -> None:
    """Rules and catalogue."""
    with runtime.work() as ctx:
        rulebook.seed(ctx)
        catalogue.seed(ctx)


def bidders(runtime: Runtime, number: int) -> list[str]:
    """So many agencies, each with a program that may bid; returns their bearer secrets."""
    [actor] = some_bidders(runtime.work, 1)
    with runtime.work(actor) as ctx:
        token, _ = logins.issue_token(ctx, name="报价系统", scopes=["bid.place"], days=300)
    homes = {"id": actor.organisation_id, "agency_id": actor.organisation_id, "organisation_id": actor.organisation_id}
    wanted: tuple[tuple[Any, Any], ...] = (
        (Organisation, Organisation.id == homes["id"]),
        (Agency, Agency.id == homes["id"]),
        (ServiceScope, ServiceScope.agency_id == homes["id"]),
        (Login, Login.id == actor.login_id),
        (Membership, Membership.login_id == actor.login_id),
        (Token, Token.id == token.id),
    )
    for model, condition in wanted:
        _copy(runtime, model.__table__, condition, number)
    return [_secret(place) for place in range(number)]


def codes(number: int) -> set[str]:
    """The credit codes of so many bidders."""
    return {_code(place) for place in range(number)}


def _code(place: int) -> str:
    # A division of its own for each: among ten thousand made-up numbers two would be equal every other time.
    return identity.make_uscc(f"bench{place}", region=f"{110_000 + place:06d}")


def _secret(place: int) -> str:
    return f"{identity.TOKEN_PREFIX}bench{place:032d}"


def _copy(runtime: Runtime, table: Table, condition: Any, number: int) -> None:
    with runtime.work() as ctx:
        rows = [dict(row) for row in ctx.session.execute(select(table).where(condition)).mappings()]
        for start in range(0, number, CHUNK):
            copies = [_copied(row, place) for row in rows for place in range(start, min(start + CHUNK, number))]
            ctx.session.connection().execute(insert(table), copies)


def _copied(row: dict[str, Any], place: int) -> dict[str, Any]:
    made = {**row, **{name: _other_id(row[name], place) for name in _OWN if name in row}}
    fresh = {
        "uscc": _code(place),
        "username": f"bench-{place}",
        "secret_hash": identity.digest(_secret(place)),
    }
    return made | {name: fresh[name] for name in _UNIQUE if name in row}


def _other_id(id: str, place: int) -> str:
    return hashlib.sha256(f"{id}/{place}".encode()).hexdigest()[:32]


def tender(runtime: Runtime, **over: Any) -> Tender:
    """A published tender that any of the bidders may bid in."""
    return a_tender(runtime.work, item_code=ITEM, **over)


def close_at(runtime: Runtime, tender_ids: Iterable[str], at: datetime) -> None:
    """Let tenders close at an instant that no rulebook would allow, because nobody waits five days for a figure."""
    ids = list(tender_ids)
    with runtime.work() as ctx:
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            ctx.session.execute(update(Tender).where(Tender.id.in_(some)).values(closes_at=at))
            due = update(Deadline).where(Deadline.kind == "tender.close", Deadline.subject.in_(some))
            ctx.session.execute(due.values(due_at=at))
