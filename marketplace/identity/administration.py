"""Verbs of the security administrator: appoint people to roles, dismiss them, stop and release their logins.

Nobody does any of this to their own login, so that one person alone cannot grow (GB/T 22239-2019 8.1.5.3).
"""

from marketplace.identity import errors, queries, rules, service
from marketplace.identity.models import Login, Membership
from marketplace.kernel.context import Ctx


def open_login(ctx: Ctx, *, username: str, name: str, password: str) -> Login:
    """Make a login for somebody; it may do nothing until it is appointed. Raises what create_login raises."""
    ctx.require("login.create")
    return service.create_login(ctx, username=username, name=name, password=password)


def appoint(ctx: Ctx, login_id: str, *, kind: str, uscc: str, role: str) -> Membership:
    """Let a login act in a role for the organisation of `kind` with code `uscc`.

    Raises NotOnOneself, OrganisationNotFound, UsccInvalid and what grant raises.
    """
    ctx.require("membership.grant")
    _not_oneself(ctx, login_id)
    home = queries.organisation_by_uscc(ctx, rules.canonical_uscc(uscc), rules.check_kind(kind))
    if home is None:
        raise errors.OrganisationNotFound(field="uscc")
    return service.grant(ctx, login_id=login_id, organisation_id=home.id, role=role)


def dismiss(ctx: Ctx, login_id: str, membership_id: str) -> None:
    """Take one role away from a login. Raises NotOnOneself, MembershipNotFound."""
    ctx.require("membership.grant")
    _not_oneself(ctx, login_id)
    held = next((row for row in queries.memberships(ctx, login_id) if row.id == membership_id), None)
    if held is None:
        raise errors.MembershipNotFound
    service.revoke(ctx, login_id=login_id, organisation_id=held.organisation_id, role=held.role)


def stop(ctx: Ctx, login_id: str, *, reason: str) -> Login:
    """Lock a login; its sign-ins and tokens end at once. Raises NotOnOneself, LoginNotFound."""
    ctx.require("login.lock")
    _not_oneself(ctx, login_id)
    return service.lock_login(ctx, login_id, reason=reason)


def release(ctx: Ctx, login_id: str) -> Login:
    """Let a locked login in again. Raises NotOnOneself, LoginNotFound."""
    ctx.require("login.lock")
    _not_oneself(ctx, login_id)
    return service.unlock_login(ctx, login_id)


def _not_oneself(ctx: Ctx, login_id: str) -> None:
    if ctx.actor.login_id == login_id:
        raise errors.NotOnOneself
