"""Reading organisations, logins, sign-ins and tokens; and from a secret to the actor it stands for."""

from collections.abc import Iterable

from sqlalchemy import Select, or_, select

from marketplace.identity import rules
from marketplace.identity.errors import LoginNotFound, OrganisationNotFound
from marketplace.identity.models import Login, Membership, Organisation, SignIn, SignInBrake, Token
from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor


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


def live_sign_in(ctx: Ctx, token: str) -> SignIn | None:
    """The sign-in of a cookie's token while it counts: by the clock of this unit of work."""
    found = ctx.session.scalar(select(SignIn).where(SignIn.token_hash == rules.digest(token)))
    if found is None or not rules.is_alive(found.began_at, found.seen_at, found.ended_at, ctx.now):
        return None
    return found


def actor_of_sign_in(ctx: Ctx, token: str) -> Actor | None:
    """Who is behind a sign-in cookie; None when it is over, unknown, or the person lost the role."""
    found = live_sign_in(ctx, token)
    return person(ctx, found.login_id, found.organisation_id) if found else None


def live_token(ctx: Ctx, secret: str) -> Token | None:
    """The API token of a secret while it is neither revoked nor expired."""
    if not secret.startswith(rules.TOKEN_PREFIX):
        return None
    found = ctx.session.scalar(select(Token).where(Token.secret_hash == rules.digest(secret)))
    if found is None or found.revoked_at is not None or ctx.now >= found.expires_at:
        return None
    return found


def actor_of_token(ctx: Ctx, secret: str) -> Actor | None:
    """Who is behind an API token: its scopes, as far as its holder still has them."""
    found = live_token(ctx, secret)
    holder = person(ctx, found.login_id, found.organisation_id) if found else None
    if found is None or holder is None:
        return None
    return Actor(
        holder.login_id,
        holder.name,
        holder.organisation_id,
        holder.organisation_name,
        holder.roles,
        holder.permissions & frozenset(found.scopes),
        "token",
    )


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
