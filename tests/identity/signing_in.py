"""Signing in and asking who one is, as the tests of identity do."""

import json

from sqlalchemy import select

from marketplace.identity import queries, service
from marketplace.kernel.events import EventRow
from marketplace.kernel.ports import Actor
from marketplace.testing.identity import PASSWORD

OFFICE = "203.0.113.7"


def attempt(work, password=PASSWORD, username="jia", address=OFFICE):
    with work(Actor.public()) as ctx:
        return service.sign_in(ctx, username=username, password=password, address=address)


def fail(work, times, **given):
    return [attempt(work, "not-the-password", **given) for _ in range(times)]


def actor_in(use):
    return use and use.actor


def who(work, token):
    with work(write=False) as ctx:
        return actor_in(queries.use_of_sign_in(ctx, token))


def facts(work, type_):
    with work(write=False) as ctx:
        return [json.loads(row.body) for row in ctx.session.scalars(select(EventRow).where(EventRow.type == type_))]
