"""Commands for the operator: serve, config, check --deploy."""

import multiprocessing
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from marketplace import config
from marketplace.web import terminal

SHORTEST_SECRET = 32
THREADS, BACKLOG = 1024, 4096


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--workers", default=2, show_default=True, help="Web processes.")
def serve_command(host: str, port: int, workers: int) -> None:
    """Serve pages and API with granian; run `marketplace worker` beside it."""
    from granian import Granian
    from granian.constants import Interfaces

    multiprocessing.allow_connection_pickling()
    Granian(
        "marketplace.app:production",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        # One thread for every request that waits: it is stamped at once, and costs nothing while it stands in line.
        blocking_threads=THREADS,
        backpressure=THREADS,
        backlog=BACKLOG,
        log_access=False,
    ).serve()


@click.command("config")
def config_command() -> None:
    """Print every setting with its value; secrets are hidden."""
    for name, value in config.masked(config.load()).items():
        click.echo(f"{name}={value}")


@click.command("check")
@click.option("--deploy", is_flag=True, required=True, help="Check this environment for production.")
def check_command(*, deploy: bool) -> None:
    """Refuse an environment that is not fit for production."""
    settings = config.load()
    found = list(deployment_problems(settings))
    stored = _database_problems()
    found += [f"database: {problem}" for problem in stored]
    found += [] if stored else [f"rules: {problem}" for problem in _rule_problems(settings)]
    for problem in found:
        click.echo(problem, err=True)
    if found:
        raise click.ClickException(f"{len(found)} problems; not fit for production")
    click.echo("fit for production")


def deployment_problems(settings: Mapping[str, str]) -> Iterator[str]:
    """What must not go into production, each with its remedy."""
    yield from _secret_problems(settings)
    yield from _keeper_problems(config.pairs(settings["MARKETPLACE_KEEPERS"]))
    yield from (words for name, unfit, words in _UNFIT if unfit(settings[name]))
    if os.environ.get("FLASK_DEBUG", "0") not in {"", "0"}:
        yield "FLASK_DEBUG is on"
    files = Path(settings["MARKETPLACE_FILES"])
    if files.exists() and files.stat().st_mode & stat.S_IROTH:
        yield f"{files} is readable by everybody: chmod o-rwx"


def _secret_problems(settings: Mapping[str, str]) -> Iterator[str]:
    secret = settings["MARKETPLACE_SECRET"]
    if not secret:
        yield "MARKETPLACE_SECRET is not set: put 32 random bytes (64 hexadecimal digits) into it"
    elif len(secret) < 2 * SHORTEST_SECRET:
        yield "MARKETPLACE_SECRET is shorter than 32 bytes"


def _keeper_problems(keepers: Mapping[str, str]) -> Iterator[str]:
    for name, key in keepers.items():
        if not re.fullmatch(r"[0-9a-fA-F]{64}", key):
            yield f"MARKETPLACE_KEEPERS: the key of {name} is not 64 hexadecimal digits: marketplace keeper new {name}"
    if len(set(keepers.values())) < len(keepers):
        yield "MARKETPLACE_KEEPERS: two keepers have the same key: each makes a pair of its own"


def keeping_problems(named: Sequence[str], threshold: int, keepers: Mapping[str, str], held: int) -> Iterator[str]:
    """What the rules on opening ask for and this environment does not give. held: private keys in this environment."""
    for name in named:
        if name not in keepers:
            yield f"opening.keepers names {name}, who has no key in MARKETPLACE_KEEPERS: nothing can be published"
    if threshold > len(named):
        yield f"opening.threshold is {threshold}, but only {len(named)} keepers are named: nothing can be published"
    if len(named) > 1 and threshold == 1:
        yield "opening.threshold is 1 with several keepers: any of them opens alone"
    if threshold > 1 and held >= threshold:
        yield f"MARKETPLACE_KEEPER_KEYS holds {held} private keys: one machine opens alone, shares protect nothing"


_UNFIT: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("MARKETPLACE_KEEPERS", lambda v: not v, "MARKETPLACE_KEEPERS is not set: name the keepers who may open envelopes"),
    (
        "MARKETPLACE_DATABASE_URL",
        lambda v: not v.startswith("postgresql"),
        "MARKETPLACE_DATABASE_URL is not PostgreSQL: SQLite is for one small market on one machine",
    ),
    ("MARKETPLACE_DEMO_CLOCK", bool, "MARKETPLACE_DEMO_CLOCK is set: a market in production runs on real time"),
    ("MARKETPLACE_GATEWAY", lambda v: v == "sandbox", "MARKETPLACE_GATEWAY is the sandbox: no money would move"),
    ("MARKETPLACE_BASE_URL", lambda v: not v.startswith("https://"), "MARKETPLACE_BASE_URL is not https"),
)


def _database_problems() -> list[str]:
    from marketplace.migrate import differences

    with terminal.app().app_context() as context:
        return differences(context.app.extensions["sqlalchemy"].engine)


def _rule_problems(settings: Mapping[str, str]) -> list[str]:
    from marketplace.rulebook.queries import rules_at

    held = len(config.pairs(settings["MARKETPLACE_KEEPER_KEYS"]))
    try:
        with terminal.work(write=False) as ctx:
            book = rules_at(ctx, settings["MARKETPLACE_REGION"], ctx.now)
            named, threshold = book["opening.keepers"], book["opening.threshold"]
            return list(keeping_problems(named, threshold, ctx.keys.keepers, held))
    except terminal.Refused as refused:
        return [f"{refused.message}: marketplace rulebook seed"]
