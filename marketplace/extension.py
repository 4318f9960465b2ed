"""Marketplace.init_app: the only file that knows every domain; it opens all doors."""

import importlib
import importlib.util
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import click
from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from marketplace import config
from marketplace.identity.providers.host import HostProvider
from marketplace.integration import signals
from marketplace.kernel import engines
from marketplace.kernel.clock import Clock, system_clock
from marketplace.kernel.context import Runtime
from marketplace.kernel.drift import Watch
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ports import Actor
from marketplace.keyfile import key_ring
from marketplace.plugins import registries
from marketplace.web import labels, language, openapi
from marketplace.web import pages as web_pages
from marketplace.web.filters import FILTERS
from marketplace.web.serving import Lent
from marketplace.web.terminal import Refused
from marketplace.web.warm import Shelf

DOMAINS = (
    "rulebook",
    "identity",
    "audit",
    "ledger",
    "catalogue",
    "buyers",
    "agencies",
    "budgets",
    "relations",
    "selection",
    "tenders",
    "auctions",
    "contracts",
    "payments",
    "collection",
    "reconciliation",
    "overdue",
    "credit",
    "supervision",
    "integration",
    "portal",
)


@cache
def room(domain: str, name: str) -> ModuleType | None:
    """The module of one room, or None when the domain does not have it."""
    path = f"marketplace.{domain}.{name}"
    if importlib.util.find_spec(path) is None:
        return None
    return importlib.import_module(path)


def rooms(name: str) -> list[ModuleType]:
    """The same room of every domain that has it."""
    return [module for domain in DOMAINS if (module := room(domain, name)) is not None]


class Marketplace:
    """The extension. State lives in app.extensions, so two apps in one process do not meet.

    sessions: the host's session factory, when it wants to share more than the engine.
    clock: where time comes from. holds_keys: whether this process may open envelopes (worker, terminal).
    identity: the host's callable (headers, cookies) → Actor or None, for MARKETPLACE_IDENTITY=host.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        sessions: Callable[[], Session] | None = None,
        clock: Clock | None = None,
        holds_keys: bool = False,
        identity: Callable[[Mapping[str, str], Mapping[str, str]], Actor | None] | None = None,
    ) -> None:
        self._sessions = sessions
        self._identity = identity
        self._clock = clock
        self._holds_keys = holds_keys
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> Runtime:
        """Mount the marketplace: settings, database, plug-ins, doors, commands."""
        settings = config.load({k: v for k, v in app.config.items() if not k.startswith("MARKETPLACE_SPEC_")})
        for module in rooms("models"):
            assert module.__name__
        runtime = Runtime(
            **({"sessions": self._sessions} if self._sessions else _database(app, settings)),
            keys=key_ring(settings, private=self._holds_keys),
            clock=self._clock or system_clock,
            plugins=registries(settings),
            settings=settings,
            handlers={k: v for module in rooms("deadlines") for k, v in module.HANDLERS.items()},
            batches={k: v for m in rooms("deadlines") for k, v in getattr(m, "BATCHES", {}).items()},
            recurring={k: v for m in rooms("deadlines") for k, v in getattr(m, "RECURRING", {}).items()},
            deliver=signals.deliver,
            after_tick=[hook for m in rooms("deadlines") for hook in getattr(m, "AFTER_TICK", [])],
        )
        if self._identity is not None:
            runtime.plugins["identity_providers"].register("host", HostProvider(self._identity))
        app.extensions["marketplace"] = runtime
        app.extensions["marketplace_clock"] = Watch(
            runtime, timedelta(milliseconds=int(settings["MARKETPLACE_CLOCK_ERROR_MS"]))
        )
        _open_doors(app, settings)
        return runtime


def _open_doors(app: Flask, settings: dict[str, str]) -> None:
    prefix = settings["MARKETPLACE_URL_PREFIX"].rstrip("/")
    for module in rooms("schemas"):
        labels.collect(getattr(module, "LABELS", {}))
    app.add_url_rule(f"{prefix}/healthz", "marketplace_healthz", web_pages.healthz)
    for page in [web_pages, *rooms("pages"), *rooms("callbacks")]:
        app.register_blueprint(page.door, url_prefix=prefix or None)
    apis = [module.api for module in rooms("api")]
    app.extensions["marketplace_api"] = openapi.open_api(app, apis, prefix, settings["MARKETPLACE_NAME"])
    _open_pages(app, settings)
    app.cli.add_command(CommandGroup("marketplace", help="网上中介服务超市 · intermediary service marketplace"))


class CommandGroup(click.Group):
    """Every command: the domains' own and those that run the service; modules are loaded when first asked for."""

    running: ClassVar[dict[str, str]] = {
        "db": "marketplace.migrate:group",
        "worker": "marketplace.worker:command",
        "rooms": "marketplace.rooms:command",
        "serve": "marketplace.operations:serve_command",
        "config": "marketplace.operations:config_command",
        "check": "marketplace.operations:check_command",
        "demo": "marketplace.demo.command:command",
        "replay": "marketplace.demo.history:command",
        "bench": "marketplace.bench.command:command",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return sorted({*self.running, *_domain_commands()})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """One command by name."""
        if name in self.running:
            module, _, attribute = self.running[name].partition(":")
            found: click.Command = getattr(importlib.import_module(module), attribute)
            return found
        return _domain_commands().get(name)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a refusal is shown as a refusal."""
        try:
            return super().invoke(ctx)
        except DomainError as error:
            raise Refused(error) from error


def _domain_commands() -> dict[str, click.Command]:
    return {str(command.name): command for module in rooms("cli") for command in module.commands}


def _open_pages(app: Flask, settings: dict[str, str]) -> None:
    environment = app.jinja_env.overlay(trim_blocks=True, lstrip_blocks=True)
    environment.filters = {**environment.filters, **FILTERS}
    environment.globals = {
        **environment.globals,
        "t": language.t,
        "static_url": web_pages.static_url,
        "settings_name": settings["MARKETPLACE_NAME"],
        "settings_operator": settings["MARKETPLACE_OPERATOR"],
        "demo_banner": "演示环境：数据为虚构，时钟为模拟" if settings["MARKETPLACE_DEMO_CLOCK"] else "",
    }
    app.extensions["marketplace_pages"] = environment
    app.extensions["marketplace_warm"] = Shelf()


def _database(app: Flask, settings: dict[str, str]) -> dict[str, Any]:
    """How the runtime writes, and how it reads where that can be cheaper."""
    engine, ours = _engine(app, settings)
    options, line = app.config.get("SQLALCHEMY_ENGINE_OPTIONS", {}), engines.turns(engine)
    return {
        "sessions": sessionmaker(engine, expire_on_commit=False),
        "readers": engines.readers(engine, options) if ours else None,
        "turns": line,
        "direct": engines.direct(engine, options, line) if ours else None,
    }


def _engine(app: Flask, settings: dict[str, str]) -> tuple[Engine, bool]:
    """The host's engine when it has Flask-SQLAlchemy, else our own through Flask-SQLAlchemy; whether it is ours."""
    ours = "sqlalchemy" not in app.extensions
    if ours:
        url = settings["MARKETPLACE_DATABASE_URL"] or f"sqlite:///{Path('var/marketplace.db').resolve()}"
        if url.startswith("sqlite:///") and ":memory:" not in url:
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        app.config.setdefault("SQLALCHEMY_DATABASE_URI", url.replace("postgresql://", "postgresql+psycopg://", 1))
        app.config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", {})
        Lent().init_app(app)
    with app.app_context():
        engine: Engine = app.extensions["sqlalchemy"].engine
    engines.prepare(engine)
    return engine, ours
