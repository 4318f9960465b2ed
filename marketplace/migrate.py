"""Alembic on our own version table: upgrade, check, and a way back."""

from pathlib import Path
from typing import Any

import click
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from marketplace._paths import MIGRATIONS
from marketplace.kernel.base import PREFIX, Base

VERSION_TABLE = "marketplace_alembic_version"
# Each database keeps this index in its own way, so no model describes it.
SEARCH = "marketplace_tender_text"


def ours(name: str | None, kind: str, parents: Any) -> bool:
    """Alembic's include_name: only tables of ours that a model describes."""
    known = name or ""
    return kind != "table" or (known.startswith(PREFIX) and not known.startswith(SEARCH))


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database to `revision`, in one transaction."""
    with engine.connect().execution_options(marketplace_write=True) as connection, connection.begin():
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Go back to `revision`."""
    with engine.connect().execution_options(marketplace_write=True) as connection, connection.begin():
        command.downgrade(_config(connection), revision)


def write_revision(engine: Engine, message: str) -> None:
    """Write the next numbered migration from the difference between models and database."""
    with engine.connect().execution_options(marketplace_write=True) as connection, connection.begin():
        config = _config(connection)
        number = len(list((Path(MIGRATIONS) / "versions").glob("[0-9]*.py"))) + 1
        command.revision(config, message=message, autogenerate=True, rev_id=f"{number:04d}")


def differences(engine: Engine) -> list[str]:
    """What the models say and the database does not, and a branch in the history; empty when all is well."""
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "include_name": ours, "compare_type": False}
        context = MigrationContext.configure(connection, opts=options)
        found = [str(item) for item in compare_metadata(context, Base.metadata)]
        script = ScriptDirectory.from_config(_config(connection))
        heads = set(script.get_heads())
        if set(context.get_current_heads()) != heads or len(heads) != 1:
            found.append(f"database is at {context.get_current_heads()}, migrations end at {sorted(heads)}")
    return found


def _engine() -> Engine:
    from marketplace.web import terminal

    with terminal.app().app_context() as context:
        engine: Engine = context.app.extensions["sqlalchemy"].engine
    return engine


@click.group("db")
def group() -> None:
    """Database: upgrade and check."""


@group.command("upgrade")
def upgrade_command() -> None:
    """Bring the database up to date."""
    upgrade(_engine())
    click.echo("database is up to date")


@group.command("check")
def check_command() -> None:
    """Compare models, migrations and database."""
    problems = differences(_engine())
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        raise click.ClickException(f"{len(problems)} differences; run `marketplace db upgrade`")
    click.echo("models, migrations and database agree")


@group.command("revision")
@click.option("-m", "--message", required=True, help="What changed, a few words.")
def revision_command(message: str) -> None:
    """Write the next numbered migration (for developers)."""
    write_revision(_engine(), message)
