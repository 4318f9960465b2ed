"""The verbs of identity: set up organisations and logins, grant roles, sign in and out, issue tokens."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete

from marketplace.identity import errors, events, queries, rules
from marketplace.identity.masks import mask_address
from marketplace.identity.models import Login, Membership, Organisation, SignIn, SignInBrake
from marketplace.identity.tokens import USED, issue_token, new_secret, note_use, person, revoke_token
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import NotPermitted

__all__ = ["USED", "issue_token", "note_use", "revoke_token"]


def create_organisation(ctx: Ctx, *, kind: str, name: str, uscc: str, region: str) -> Organisation:
    """Register an organisation. Raises KindUnknown, NameInvalid, UsccInvalid, RegionInvalid, OrganisationExists."""
    row = Organisation(
        id=ctx.new_id(),
        kind=rules.check_kind(kind),
        name=rules.check_name(name),
        uscc=rules.canonical_uscc(uscc),
        region=rules.check_region(region),
        created_at=ctx.now,
    )
    if queries.organisation_by_uscc(ctx, row.uscc, row.kind) is not None:
        raise errors.OrganisationExists(field="uscc")
    ctx.session.add(row)
    ctx.session.flush()
    ctx.record(events.OrganisationCreated(f"organisation/{row.id}", row.kind, row.name, row.uscc, row.region))
    return row


def amend_organisation(ctx: Ctx, organisation_id: str, *, name: str, region: str) -> Organisation:
    """Change name and region; the code never changes. Raises OrganisationNotFound, NameInvalid, RegionInvalid."""
    row = queries.organisation(ctx, organisation_id)
    row.name, row.region = rules.check_name(name), rules.check_region(region)
    ctx.session.flush()
    ctx.record(events.OrganisationAmended(f"organisation/{row.id}", name=row.name, region=row.region))
    return row


def create_login(ctx: Ctx, *, username: str, name: str, password: str, context: Iterable[str] = ()) -> Login:
    """Make a person's login. context: more words the password may not lean on (the organisation's name).

    Raises UsernameInvalid, UsernameTaken, NameInvalid, PasswordTooShort, PasswordTooLong, PasswordTooCommon.
    """
    username = rules.check_username(username)
    if queries.login_by_username(ctx, username) is not None:
        raise errors.UsernameTaken(field="username")
    rules.check_password(password, context=[username, name, *context])
    row = Login(
        id=ctx.new_id(),
        username=username,
        name=rules.check_name(name),
        password_hash=rules.hash_password(password, ctx.entropy(16)),
        created_at=ctx.now,
        password_changed_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    ctx.record(events.LoginCreated(f"login/{row.id}"))
    return row


def grant(ctx: Ctx, *, login_id: str, organisation_id: str, role: str) -> Membership:
    """Let a login act for an organisation in a role.

    Raises LoginNotFound, OrganisationNotFound, RoleUnknown, RoleNotForKind, AdministratorsApart, MembershipExists,
    and NotPermitted for roles that registration does not give.
    """
    ctx.lock(f"login/{login_id}")
    login = queries.login(ctx, login_id)
    organisation = queries.organisation(ctx, organisation_id)
    held = queries.memberships(ctx, login.id)
    rules.check_role(role, organisation.kind, [row.role for row in held])
    needed = rules.MAY_GRANT.get(role)
    if needed and not any(ctx.actor.may(permission) for permission in needed):
        raise NotPermitted(permission="membership.grant")
    row = Membership(id=ctx.new_id(), login_id=login.id, organisation_id=organisation.id, role=role)
    row.granted_at, row.granted_by = ctx.now, ctx.actor.login_id
    ctx.session.add(row)
    ctx.session.flush()
    ctx.record(events.RoleGranted(f"login/{login.id}", organisation_id=organisation.id, role=role))
    return row


def revoke(ctx: Ctx, *, login_id: str, organisation_id: str, role: str) -> None:
    """Take a role away; what it allowed stops at once. Raises MembershipNotFound."""
    held = queries.memberships(ctx, login_id)
    row = next((m for m in held if (m.organisation_id, m.role) == (organisation_id, role)), None)
    if row is None:
        raise errors.MembershipNotFound
    ctx.session.delete(row)
    ctx.session.flush()
    ctx.record(events.RoleRevoked(f"login/{login_id}", organisation_id=organisation_id, role=role))


def lock_login(ctx: Ctx, login_id: str, *, reason: str) -> Login:
    """Stop a login: its sign-ins end and its tokens are revoked at once. Locking twice changes nothing."""
    row = queries.login(ctx, login_id)
    if row.locked_at is None:
        row.locked_at = ctx.now
        _end_all(ctx, row.id)
        ctx.record(events.LoginLocked(f"login/{row.id}", reason=reason))
    return row


def unlock_login(ctx: Ctx, login_id: str) -> Login:
    """Let a login in again and forget its failures."""
    row = queries.login(ctx, login_id)
    row.locked_at = None
    ctx.session.execute(delete(SignInBrake).where(SignInBrake.key == queries.name_key(ctx, row.username)))
    ctx.session.flush()
    ctx.record(events.LoginUnlocked(f"login/{row.id}"))
    return row


def sign_in(ctx: Ctx, *, username: str, password: str, address: str) -> rules.Attempt:
    """Try a user name and password from a network address; commit whatever the result (failures are counted).

    Five failures slow down, ten pause the name for 15 minutes; ten different names pause the address.
    """
    login = queries.login_by_username(ctx, username)
    right = rules.password_matches(login.password_hash if login else None, password)
    keys = [queries.name_key(ctx, username), queries.address_key(ctx, address)]
    for key in sorted(keys):
        ctx.lock(f"brake/{key}")
    held = any(brake.retry_at and brake.retry_at > ctx.now for brake in queries.brakes(ctx, keys).values())
    homes = queries.organisations_of(ctx, login.id) if login else []
    if login is None or not right or held or login.locked_at is not None or not homes:
        return _failed(ctx, login, keys)
    if rules.is_outdated(login.password_hash):
        login.password_hash = rules.hash_password(password, ctx.entropy(16))
    ctx.session.execute(delete(SignInBrake).where(SignInBrake.key.in_([keys[0], queries.pair_key(ctx, keys)])))
    return rules.Attempt(open_sign_in(ctx, login_id=login.id, organisation_id=homes[0].id, address=address), login.id)


def open_sign_in(ctx: Ctx, *, login_id: str, organisation_id: str, address: str, began: datetime | None = None) -> str:
    """Write down a sign-in whose holder has proved who they are; returns the cookie's token, kept nowhere."""
    token = new_secret(ctx)
    row = SignIn(id=ctx.new_id(), login_id=login_id, organisation_id=organisation_id, token_hash=rules.digest(token))
    row.began_at, row.seen_at, row.address = began or ctx.now, ctx.now, mask_address(address)
    ctx.session.add(row)
    ctx.session.flush()
    ctx.record(events.SignInOpened(f"login/{login_id}", sign_in_id=row.id))
    return token


def sign_out(ctx: Ctx, token: str) -> None:
    """End the sign-in of a token; nothing happens when it is already over."""
    row = queries.live_sign_in(ctx, token)
    if row is not None:
        _end(ctx, row)


def end_sign_in(ctx: Ctx, sign_in_id: str) -> None:
    """End one of the actor's own sign-ins. Raises SignInNotFound, also for somebody else's."""
    row = next((s for s in queries.sign_ins(ctx, person(ctx)) if s.id == sign_in_id), None)
    if row is None:
        raise errors.SignInNotFound
    _end(ctx, row)


def switch(ctx: Ctx, *, token: str, organisation_id: str) -> str:
    """Act for another of one's organisations: the old token dies, a new one lives until the same last hour."""
    row = queries.live_sign_in(ctx, token)
    if row is None or row.login_id != person(ctx):
        raise errors.SignInNotFound
    if queries.person(ctx, row.login_id, organisation_id) is None:
        raise errors.OrganisationNotFound
    row.ended_at = ctx.now
    fresh = open_sign_in(
        ctx, login_id=row.login_id, organisation_id=organisation_id, address=row.address, began=row.began_at
    )
    ctx.record(events.OrganisationSwitched(f"login/{row.login_id}", organisation_id=organisation_id))
    return fresh


def change_password(ctx: Ctx, *, current: str, password: str, token: str = "") -> None:
    """Change one's own password; ends every other sign-in and every API token. token: the sign-in to keep.

    Raises PasswordWrong, PasswordTooShort, PasswordTooLong, PasswordTooCommon.
    """
    row = queries.login(ctx, person(ctx))
    if not rules.password_matches(row.password_hash, current):
        raise errors.PasswordWrong(field="current")
    set_password(ctx, row.id, password=password, keep=token)


def set_password(ctx: Ctx, login_id: str, *, password: str, keep: str = "") -> None:
    """Give a login a new password and end its sign-ins (but `keep`) and tokens. For the owner and for the terminal."""
    row = queries.login(ctx, login_id)
    homes = [organisation.name for organisation in queries.organisations_of(ctx, row.id)]
    rules.check_password(password, context=[row.username, row.name, *homes])
    row.password_hash, row.password_changed_at = rules.hash_password(password, ctx.entropy(16)), ctx.now
    _end_all(ctx, row.id, keep=keep)
    ctx.record(events.PasswordChanged(f"login/{row.id}"))


def sweep(ctx: Ctx) -> None:
    """Forget counters that no longer hold anybody up; sign-ins stay for the record."""
    ctx.session.execute(delete(SignInBrake).where(SignInBrake.last_at < ctx.now - 2 * rules.PAUSE))


def _failed(ctx: Ctx, login: Login | None, keys: list[str]) -> rules.Attempt:
    known = queries.brakes(ctx, keys)
    waits = [
        b.retry_at for b in known.values() if b.failures >= rules.LOCK_FROM and b.retry_at and b.retry_at > ctx.now
    ]
    if waits:  # a pause is served, not prolonged: nobody can keep another out for ever
        return rules.Attempt(None, retry_at=max(waits))
    subject = f"login/{login.id}" if login else "login/unknown"
    counted = [_count(ctx, keys[0])]
    if _count(ctx, queries.pair_key(ctx, keys)).failures == 1:  # an office behind one address is not held for one name
        counted.append(_count(ctx, keys[1]))
    ctx.record(events.SignInFailed(subject, failures=counted[0].failures))
    for brake, reach in zip(counted, ("login", "address"), strict=False):
        if brake.failures == rules.LOCK_FROM:
            ctx.record(events.SignInPaused(subject, reach=reach))
    return rules.Attempt(None, retry_at=max((b.retry_at for b in counted if b.retry_at), default=None))


def _count(ctx: Ctx, key: str) -> SignInBrake:
    brake = ctx.session.get(SignInBrake, key)
    if brake is None:
        brake = SignInBrake(key=key, failures=0)
        ctx.session.add(brake)
    brake.failures, brake.retry_at = rules.after_failure(brake.failures, brake.last_at, ctx.now)
    brake.last_at = ctx.now
    ctx.session.flush()
    return brake


def _end(ctx: Ctx, row: SignIn) -> None:
    row.ended_at = ctx.now
    ctx.session.flush()
    ctx.record(events.SignInEnded(f"login/{row.login_id}", sign_in_id=row.id))


def _end_all(ctx: Ctx, login_id: str, *, keep: str = "") -> None:
    for row in queries.sign_ins(ctx, login_id):
        if row.token_hash != rules.digest(keep):
            _end(ctx, row)
    for token in ctx.session.scalars(queries.tokens(login_id)):
        token.revoked_at = ctx.now
        ctx.record(events.TokenRevoked(f"login/{login_id}", token_id=token.id))
    ctx.session.flush()
