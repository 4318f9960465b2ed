"""Terminal door of identity."""

import click

from marketplace.identity import queries, service
from marketplace.identity.errors import LoginNotFound, OrganisationNotFound
from marketplace.identity.models import Login, Organisation
from marketplace.identity.rules import PERMISSIONS, ROLES_OF_KIND, canonical_uscc
from marketplace.kernel.context import Ctx
from marketplace.kernel.ports import Actor
from marketplace.web.terminal import work

KINDS = click.Choice(sorted(ROLES_OF_KIND))
ROLES = click.Choice(sorted(PERMISSIONS))


@click.group("identity")
def identity() -> None:
    """Set up organisations and logins, grant roles, lock and unlock."""


@identity.command("create-organisation")
@click.option("--kind", type=KINDS, required=True)
@click.option("--name", required=True)
@click.option("--uscc", required=True, help="Unified social credit code, 18 characters.")
@click.option("--region", required=True, help="Division code (GB/T 2260), 6 digits.")
def create_organisation(kind: str, name: str, uscc: str, region: str) -> None:
    """Register an organisation; prints its id."""
    with work() as ctx:
        made = service.create_organisation(ctx, kind=kind, name=name, uscc=uscc, region=region)
    click.echo(made.id)


@identity.command("create-login")
@click.option("--username", required=True)
@click.option("--name", required=True, help="The person's name.")
@click.password_option(help="Asked for when not given.")
def create_login(username: str, name: str, password: str) -> None:
    """Make a person's login; prints its id."""
    with work() as ctx:
        made = service.create_login(ctx, username=username, name=name, password=password)
    click.echo(made.id)


@identity.command("grant")
@click.argument("username")
@click.argument("kind", type=KINDS)
@click.argument("uscc")
@click.argument("role", type=ROLES)
def grant(username: str, kind: str, uscc: str, role: str) -> None:
    """Let USERNAME act in ROLE for the organisation of KIND with code USCC."""
    with work() as ctx:
        home = _organisation(ctx, uscc, kind)
        service.grant(ctx, login_id=_login(ctx, username).id, organisation_id=home.id, role=role)
    click.echo(f"{username}: {role}")


@identity.command("revoke")
@click.argument("username")
@click.argument("kind", type=KINDS)
@click.argument("uscc")
@click.argument("role", type=ROLES)
def revoke(username: str, kind: str, uscc: str, role: str) -> None:
    """Take ROLE for the organisation of KIND with code USCC from USERNAME."""
    with work() as ctx:
        home = _organisation(ctx, uscc, kind)
        service.revoke(ctx, login_id=_login(ctx, username).id, organisation_id=home.id, role=role)
    click.echo(f"{username}: -{role}")


@identity.command("lock")
@click.argument("username")
@click.option("--reason", required=True)
def lock(username: str, reason: str) -> None:
    """Stop a login; its sign-ins and tokens end at once."""
    with work() as ctx:
        service.lock_login(ctx, _login(ctx, username).id, reason=reason)
    click.echo(f"{username}: locked")


@identity.command("unlock")
@click.argument("username")
def unlock(username: str) -> None:
    """Let a login in again and forget its failures."""
    with work() as ctx:
        service.unlock_login(ctx, _login(ctx, username).id)
    click.echo(f"{username}: unlocked")


@identity.command("set-password")
@click.argument("username")
@click.password_option(help="Asked for when not given.")
def set_password(username: str, password: str) -> None:
    """Give a login a new password; its sign-ins and tokens end at once."""
    with work() as ctx:
        service.set_password(ctx, _login(ctx, username).id, password=password)
    click.echo(f"{username}: password set")


def _login(ctx: Ctx, username: str) -> Login:
    found = queries.login_by_username(ctx, username)
    if found is None:
        raise LoginNotFound
    return found


def _organisation(ctx: Ctx, uscc: str, kind: str) -> Organisation:
    found = queries.organisation_by_uscc(ctx, canonical_uscc(uscc), kind)
    if found is None:
        raise OrganisationNotFound
    return found


def clerk(username: str, organisation_id: str) -> Actor:
    """The person for whom a command acts, with the rights held there. Raises ClickException for anybody else."""
    with work(write=False) as ctx:
        login = queries.login_by_username(ctx, username)
        actor = None if login is None else queries.person(ctx, login.id, organisation_id)
    if actor is None:
        raise click.ClickException(f"{username} does not belong to this organisation")
    return actor


commands: list[click.Command] = [identity]
