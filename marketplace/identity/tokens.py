"""Tokens for programs, and the note that a token or a sign-in was used."""

import base64
from collections.abc import Iterable
from datetime import timedelta
from typing import cast

from sqlalchemy import Table, bindparam, update

from marketplace.identity import errors, events, rules
from marketplace.identity.models import SignIn, Token
from marketplace.kernel.base import Instant
from marketplace.kernel.clock import rounded_down
from marketplace.kernel.context import Ctx
from marketplace.kernel.quick import Quick


def issue_token(ctx: Ctx, *, name: str, scopes: Iterable[str], days: int) -> tuple[Token, str]:
    """Issue an API token to the actor for the organisation they act for: (row, secret shown once).

    Raises PersonNeeded, NameInvalid, ScopesMissing, ScopeNotHeld, TokenDaysInvalid.
    """
    login_id, wanted = person(ctx), sorted(set(scopes))
    if not wanted:
        raise errors.ScopesMissing(field="scopes")
    for scope in wanted:
        if not ctx.actor.may(scope):
            raise errors.ScopeNotHeld(field="scopes", scope=scope)
    if not 1 <= days <= rules.TOKEN_DAYS_MOST:
        raise errors.TokenDaysInvalid(field="days", most=rules.TOKEN_DAYS_MOST)
    secret = rules.TOKEN_PREFIX + new_secret(ctx)
    row = Token(id=ctx.new_id(), login_id=login_id, organisation_id=ctx.actor.organisation_id)
    row.name, row.scopes, row.prefix = rules.check_name(name), wanted, secret[:8]
    row.secret_hash, row.issued_at = rules.digest(secret), ctx.now
    row.expires_at = ctx.now + timedelta(days=days)
    ctx.session.add(row)
    ctx.session.flush()
    ctx.record(events.TokenIssued(f"login/{login_id}", token_id=row.id, scopes=wanted))
    return row, secret


def revoke_token(ctx: Ctx, token_id: str) -> None:
    """Revoke one of the actor's own tokens. Raises TokenNotFound, also for somebody else's."""
    row = ctx.session.get(Token, token_id)
    if row is None or row.login_id != person(ctx) or row.revoked_at is not None:
        raise errors.TokenNotFound
    row.revoked_at = ctx.now
    ctx.session.flush()
    ctx.record(events.TokenRevoked(f"login/{row.login_id}", token_id=row.id))


# Built once: requests of somebody who has been quiet for a while write one of them.
_SIGN_INS, _TOKENS = cast("Table", SignIn.__table__), cast("Table", Token.__table__)
_SEEN = Quick(
    update(_SIGN_INS)
    .where(_SIGN_INS.c.token_hash == bindparam("seen_hash"), _SIGN_INS.c.ended_at.is_(None))
    .values(seen_at=bindparam("last_seen", type_=Instant))
)
USED = Quick(
    update(_TOKENS)
    .where(_TOKENS.c.secret_hash == bindparam("used_hash"), _TOKENS.c.revoked_at.is_(None))
    .values(last_used_at=bindparam("last_used", type_=Instant))
)


def note_use(ctx: Ctx, *, sign_in: str = "", secret: str = "") -> None:
    """Note that a cookie's token or an API secret was used in this step of the clock: idle time counts from there."""
    if sign_in:
        _SEEN.write(
            ctx.session, {"seen_hash": rules.digest(sign_in), "last_seen": rounded_down(ctx.now, rules.SIGN_IN_STEP)}
        )
    if secret:
        USED.write(
            ctx.session, {"used_hash": rules.digest(secret), "last_used": rounded_down(ctx.now, rules.TOKEN_STEP)}
        )


def person(ctx: Ctx) -> str:
    """The login that acts. Raises PersonNeeded for a program and the system."""
    if ctx.actor.kind != "person" or ctx.actor.login_id is None:
        raise errors.PersonNeeded
    return ctx.actor.login_id


def new_secret(ctx: Ctx) -> str:
    """Thirty-two random bytes as text."""
    return base64.urlsafe_b64encode(ctx.entropy(32)).decode().rstrip("=")
