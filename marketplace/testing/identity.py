"""Builders for organisations, logins and actors: valid by default; a test overrides what it is about."""

from typing import Any

from marketplace.identity import queries, service
from marketplace.identity.models import Login, Organisation
from marketplace.identity.rules import ROLES_OF_KIND, make_uscc
from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor

PASSWORD = "juniper-violin-4417"
_FIRST_ROLE = {"enterprise": "buyer", **{kind: kind for kind in ("department", "authority", "operator")}}


def _serial(ctx: Ctx) -> str:
    return ctx.entropy(6).hex()


def an_organisation(ctx: Ctx, **over: Any) -> Organisation:
    """An enterprise in Jiangsu, unless told otherwise (kind, name, uscc, region)."""
    serial = _serial(ctx)
    facts = {
        "kind": "enterprise",
        "name": f"江苏恒信实业有限公司{serial}",
        "uscc": make_uscc(serial),
        "region": "320000",
    }
    return service.create_organisation(ctx, **{**facts, **over})


def a_login(ctx: Ctx, **over: Any) -> Login:
    """A person with the password PASSWORD."""
    facts = {"username": f"u{_serial(ctx)}", "name": "李晓梅", "password": PASSWORD}
    return service.create_login(ctx, **{**facts, **over})


def a_member(ctx: Ctx, kind: str = "enterprise", role: str = "", *, username: str = "", **over: Any) -> Actor:
    """A new person in a new organisation of `kind`, as an actor; `ctx` must be the system's."""
    organisation = an_organisation(ctx, kind=kind, **over)
    return a_colleague(ctx, organisation.id, role, username=username)


def a_colleague(ctx: Ctx, organisation_id: str, role: str = "", *, username: str = "") -> Actor:
    """A new person in an organisation that exists, as an actor."""
    organisation = queries.organisation(ctx, organisation_id)
    login = a_login(ctx, **({"username": username} if username else {}))
    role = role or _FIRST_ROLE.get(organisation.kind) or next(iter(ROLES_OF_KIND[organisation.kind]))
    service.grant(ctx, login_id=login.id, organisation_id=organisation.id, role=role)
    return actor_of(ctx, login.username)


def actor_of(ctx: Ctx, username: str) -> Actor:
    """The actor of a user name in its first organisation."""
    login = queries.login_by_username(ctx, username)
    assert login is not None, username
    actor = queries.person(ctx, login.id, queries.organisations_of(ctx, login.id)[0].id)
    assert actor is not None, f"{username} is locked or holds no role"
    return actor


def a_sign_in(ctx: Ctx, username: str) -> str:
    """A signed-in browser's token for a user name, without asking for the password."""
    actor = actor_of(ctx, username)
    assert actor.login_id is not None
    assert actor.organisation_id is not None
    return service.open_sign_in(
        ctx, login_id=actor.login_id, organisation_id=actor.organisation_id, address="127.0.0.1"
    )
