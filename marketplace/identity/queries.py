"""Reading organisations, logins, sign-ins and tokens; and from a secret to the actor it stands for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Select, and_, bindparam, or_, select

from marketplace.identity import rules
from marketplace.identity.errors import LoginNotFound, OrganisationNotFound
from marketplace.identity.models import Login, Membership, Organisation, SignIn, SignInBrake, Token
from marketplace.kernel.base import Words
from marketplace.kernel.clock import rounded_down
from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor
from marketplace.kernel.quick import Quick


def organisation(ctx: Ctx, id: str) -> Organisation:
    """One organisation. Raises OrganisationNotFound."""
    found = ctx.session.get(Organisation, id)
    if found is None:
        raise OrganisationNotFound
    return found


def organisation_by_uscc(ctx: Ctx, uscc: str, kind: str) -> Organisation | None:
    """The organisation with this canonical code in this capacity, if any."""
    return ctx.session.scalar(select(Organisation).where(Organisation.uscc == uscc, Organisation.kind == kind))


def capacities(ctx: Ctx, uscc: str) -> list[str]:
    """Ids of every capacity in which the unit with this code is here. Raises UsccInvalid, OrganisationNotFound."""
    wanted = select(Organisation.id).where(Organisation.uscc == rules.canonical_uscc(uscc)).order_by(Organisation.id)
    found = list(ctx.session.scalars(wanted))
    if not found:
        raise OrganisationNotFound
    return found


def organisations(kind: str | None = None) -> Select[Organisation]:
    """All organisations, or those of one kind, for paging by id."""
    wanted = select(Organisation)
    return wanted.where(Organisation.kind == kind) if kind else wanted


def login(ctx: Ctx, id: str) -> Login:
    """One login. Raises LoginNotFound."""
    found = ctx.session.get(Login, id)
    if found is None:
        raise LoginNotFound
    return found


def login_by_username(ctx: Ctx, username: str) -> Login | None:
    """The login with this user name in any spelling, if any."""
    return ctx.session.scalar(select(Login).where(Login.username == rules.canonical_username(username)))


def logins(text: str = "") -> Select[Login]:
    """All logins, or those whose user name or person's name has `text` in it, for paging by id."""
    wanted = select(Login)
    return wanted.where(or_(Login.username.contains(text, autoescape=True), Login.name.contains(text, autoescape=True)))


def memberships(ctx: Ctx, login_id: str) -> list[Membership]:
    """Every role of a login in every organisation, oldest first."""
    return list(ctx.session.scalars(select(Membership).where(Membership.login_id == login_id).order_by(Membership.id)))


def homes(ctx: Ctx, login_ids: Iterable[str]) -> dict[str, list[tuple[Membership, Organisation]]]:
    """Login → every role it holds with the organisation, oldest first."""
    ids = list(login_ids)
    found: dict[str, list[tuple[Membership, Organisation]]] = {id: [] for id in ids}
    held = select(Membership, Organisation).join(Organisation, Organisation.id == Membership.organisation_id)
    for role, home in ctx.session.execute(held.where(Membership.login_id.in_(ids)).order_by(Membership.id)):
        found[role.login_id].append((role, home))
    return found


def members(ctx: Ctx, organisation_id: str) -> list[Membership]:
    """Every role that anybody holds in an organisation, oldest first."""
    wanted = select(Membership).where(Membership.organisation_id == organisation_id).order_by(Membership.id)
    return list(ctx.session.scalars(wanted))


def organisations_of(ctx: Ctx, login_id: str) -> list[Organisation]:
    """The organisations a login may act for, in the order of joining."""
    ids = dict.fromkeys(row.organisation_id for row in memberships(ctx, login_id))
    return [organisation(ctx, id) for id in ids]


def person(ctx: Ctx, login_id: str, organisation_id: str) -> Actor | None:
    """The actor a login is for an organisation; None when it is locked or holds no role there."""
    found = ctx.session.get(Login, login_id)
    if found is None or found.locked_at is not None:
        return None
    roles = frozenset(
        ctx.session.scalars(
            select(Membership.role).where(
                Membership.login_id == login_id, Membership.organisation_id == organisation_id
            )
        )
    )
    if not roles:
        return None
    name = organisation(ctx, organisation_id).name
    return Actor(found.id, found.name, organisation_id, name, roles, rules.permissions_of(roles))


@dataclass(frozen=True, slots=True)
class Use:
    """A sign-in or token that counts, and for whom. actor: None when its holder was locked or lost every role.

    step: by which its uses are noted.
    """

    actor: Actor | None
    used_at: datetime | None
    step: timedelta

    def is_stale(self, now: datetime) -> bool:
        """Whether the use that is on record is an earlier one than would be noted now."""
        return self.used_at is None or self.used_at < rounded_down(now, self.step)


# Built once: every request asks, and one statement answers.
_HOLDER = (Login.id, Login.name, Login.locked_at, Organisation.id, Organisation.name, Membership.role)
_held = and_(Membership.login_id == Login.id, Membership.organisation_id == Organisation.id)
_secret: BindParameter[str] = bindparam("secret")
_BY_TOKEN = (
    select(Token.revoked_at, Token.expires_at, Token.last_used_at, Token.scopes, *_HOLDER)
    .join(Login, Login.id == Token.login_id)
    .join(Organisation, Organisation.id == Token.organisation_id)
    .outerjoin(Membership, _held)
    .where(Token.secret_hash == _secret)
)
_BY_SIGN_IN = (
    select(SignIn.began_at, SignIn.seen_at, SignIn.ended_at, *_HOLDER)
    .join(Login, Login.id == SignIn.login_id)
    .join(Organisation, Organisation.id == SignIn.organisation_id)
    .outerjoin(Membership, _held)
    .where(SignIn.token_hash == _secret)
)

_QUICK_TOKEN, _QUICK_SIGN_IN = Quick(_BY_TOKEN), Quick(_BY_SIGN_IN)

# For a statement that asks who holds a token and something else at once: the columns, and where they come from.
OF_TOKEN = (
    *(Token.revoked_at, Token.expires_at, Token.last_used_at, Token.scopes, Login.locked_at),
    *(Login.id.label("login_id"), Login.name.label("login_name")),
    *(Organisation.id.label("organisation_id"), Organisation.name.label("organisation_name")),
    select(Words(Membership.role)).where(_held).scalar_subquery().label("roles"),
)
HOLDERS = (
    select(*OF_TOKEN)
    .select_from(Token)
    .join(Login, Login.id == Token.login_id)
    .join(Organisation, Organisation.id == Token.organisation_id)
    .where(Token.secret_hash == _secret)
)


def use_in(ctx: Ctx, row: Any) -> Use | None:
    """The use of the token in a row with the columns `OF_TOKEN`; None when it no longer counts."""
    if row.revoked_at is not None or ctx.now >= row.expires_at:
        return None
    who = (row.login_id, row.login_name, row.locked_at, row.organisation_id, row.organisation_name)
    roles = row.roles.split(" ") if row.roles else [None]
    return Use(_holder([(*who, role) for role in roles], row.scopes), row.last_used_at, rules.TOKEN_STEP)


def use_of_token(ctx: Ctx, secret: str) -> Use | None:
    """The use of an API token: its scopes, as far as its holder still has them; None when it no longer counts."""
    if not secret.startswith(rules.TOKEN_PREFIX):
        return None
    rows = _QUICK_TOKEN.rows(ctx.session, {"secret": rules.digest(secret)})
    if not rows or rows[0][0] is not None or ctx.now >= rows[0][1]:
        return None
    return Use(_holder([row[4:] for row in rows], rows[0][3]), rows[0][2], rules.TOKEN_STEP)


def use_of_sign_in(ctx: Ctx, token: str) -> Use | None:
    """The use of a sign-in cookie's token, by the clock of this unit of work; None when it no longer counts."""
    rows = _QUICK_SIGN_IN.rows(ctx.session, {"secret": rules.digest(token)})
    if not rows or not rules.is_alive(rows[0][0], rows[0][1], rows[0][2], ctx.now):
        return None
    return Use(_holder([row[3:] for row in rows], None), rows[0][1], rules.SIGN_IN_STEP)


def _holder(rows: Sequence[Sequence[Any]], scopes: Iterable[str] | None) -> Actor | None:
    id, name, locked_at, organisation_id, organisation_name, _ = rows[0]
    roles = frozenset(row[5] for row in rows if row[5] is not None)
    if locked_at is not None or not roles:
        return None
    permissions = rules.permissions_of(roles)
    if scopes is None:
        return Actor(id, name, organisation_id, organisation_name, roles, permissions)
    return Actor(id, name, organisation_id, organisation_name, roles, permissions & frozenset(scopes), "token")


def live_sign_in(ctx: Ctx, token: str) -> SignIn | None:
    """The sign-in of a cookie's token while it counts: by the clock of this unit of work."""
    found = ctx.session.scalar(select(SignIn).where(SignIn.token_hash == rules.digest(token)))
    if found is None or not rules.is_alive(found.began_at, found.seen_at, found.ended_at, ctx.now):
        return None
    return found


def sign_ins(ctx: Ctx, login_id: str) -> list[SignIn]:
    """The sign-ins of a login that still count, newest first."""
    wanted = (
        select(SignIn)
        .where(
            SignIn.login_id == login_id,
            SignIn.ended_at.is_(None),
            SignIn.seen_at > ctx.now - rules.IDLE,
            SignIn.began_at > ctx.now - rules.ABSOLUTE,
        )
        .order_by(SignIn.id.desc())
    )
    return list(ctx.session.scalars(wanted))


def tokens(login_id: str) -> Select[Token]:
    """The API tokens of a login that were not revoked, for paging by id."""
    return select(Token).where(Token.login_id == login_id, Token.revoked_at.is_(None))


def name_key(ctx: Ctx, username: str) -> str:
    """Keyed index under which failures of a user name are counted, known or not."""
    return ctx.keys.index("sign-in name", rules.canonical_username(username))


def address_key(ctx: Ctx, address: str) -> str:
    """Keyed index under which failures from a network address are counted."""
    return ctx.keys.index("sign-in address", address)


def pair_key(ctx: Ctx, keys: list[str]) -> str:
    """Keyed index of one name tried from one address."""
    return ctx.keys.index("sign-in pair", *keys)


def brakes(ctx: Ctx, keys: list[str]) -> dict[str, SignInBrake]:
    """The counters of these keys."""
    return {row.key: row for row in ctx.session.scalars(select(SignInBrake).where(SignInBrake.key.in_(keys)))}
