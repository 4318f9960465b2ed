"""pytest fixtures: a fresh, seeded marketplace per test on SQLite or PostgreSQL, with a clock that moves when told."""

import gc
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, cast
from weakref import WeakKeyDictionary, WeakSet

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, event

from marketplace import extension
from marketplace.app import create_app
from marketplace.identity import rules as identity
from marketplace.kernel.clock import SimulatedClock, at_shanghai
from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.keys import KEEPERS, new_keeper
from marketplace.kernel.ports import Actor
from marketplace.testing import postgres

START = at_shanghai(date(2026, 3, 2), 9)
BACKENDS = ("sqlite", "postgresql")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL run what touches a database; the rest is the same on both and has run with SQLite."""
    if os.environ.get("MARKETPLACE_TEST_DATABASE", "sqlite") != "postgresql":
        return
    chosen = [item for item in items if "marketplace_backend" in getattr(item, "fixturenames", ())]
    kept = set(chosen)
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = chosen


@dataclass(frozen=True)
class Backend:
    """Where tests keep their data, and the template that every test's database is copied from."""

    name: str
    folder: Path
    server: postgres.Server | None
    template: str

    def fresh(self, folder: Path) -> tuple[str, Callable[[], None]]:
        """A new copy of the template: its address and how to remove it."""
        if self.server is None:
            path = folder / "market.db"
            shutil.copyfile(self.template, path)
            return f"sqlite:///{path}", lambda: None
        name = self.server.create(self.template)
        server = self.server
        return server.url(name), lambda: server.drop(name)


@pytest.fixture(scope="session")
def marketplace_keys() -> dict[str, str]:
    """One set of keys for all tests of a session."""
    made = {name: new_keeper() for name in KEEPERS}
    return {
        "MARKETPLACE_SECRET": "07" * 32,
        "MARKETPLACE_KEEPERS": ",".join(f"{name}={pair[1]}" for name, pair in made.items()),
        "MARKETPLACE_KEEPER_KEYS": ",".join(f"{name}={pair[0]}" for name, pair in made.items()),
    }


@pytest.fixture(scope="session")
def marketplace_backend(
    tmp_path_factory: pytest.TempPathFactory, marketplace_keys: dict[str, str]
) -> Iterator[Backend]:
    """The database under test, migrated and seeded once."""
    name = os.environ.get("MARKETPLACE_TEST_DATABASE", "sqlite")
    folder = tmp_path_factory.mktemp("market")
    if name == "sqlite":
        template = folder / "template.db"
        _prepare(f"sqlite:///{template}", folder, marketplace_keys)
        _keep_what_is_loaded()
        yield Backend(name, folder, None, str(template))
        return
    if postgres.binaries() is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is not installed: the suite must run on both databases")
        pytest.skip("PostgreSQL IS NOT INSTALLED: nothing was tested on it (apt-get install postgresql)")
    with postgres.Server() as server:
        database = server.create()
        _prepare(server.url(database), folder, marketplace_keys)
        _keep_what_is_loaded()
        yield Backend(name, folder, server, database)


def _prepare(url: str, folder: Path, keys: dict[str, str]) -> None:
    from marketplace import migrate
    from marketplace.catalogue import service as catalogue
    from marketplace.rulebook import service as rulebook

    _drain_at_once()
    _hash_at_once()
    _list_packages_once()
    app = _make(url, folder, keys, SimulatedClock(START))
    engine = engine_of(app)
    migrate.upgrade(engine)
    with runtime_of(app).work() as ctx:
        rulebook.seed(ctx)
        catalogue.seed(ctx)
    engine.dispose()


def _drain_at_once() -> None:
    """The tests' clock stands still while requests are answered: there is no line to wait for at a closing."""
    from marketplace.rulebook import queries as rulebook

    known = cast("dict[str, Any]", rulebook.defaults().definitions)
    known["opening.drain_seconds"] = replace(known["opening.drain_seconds"], value=0)


def _hash_at_once() -> None:
    """A login of a test needs no hash that costs a thief weeks: it was a tenth of the suite."""
    identity.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def _list_packages_once() -> None:
    """Every app lists the installed packages; between tests only the search path changes them."""
    listed = cache(lambda path: entry_points())
    vars(extension)["entry_points"] = lambda: listed(tuple(sys.path))


def _keep_what_is_loaded() -> None:
    """Every app is a heap of cycles: the collector need not walk all imported modules for each of them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _make(url: str, folder: Path, keys: dict[str, str], clock: SimulatedClock) -> Flask:
    settings = {
        **keys,
        "MARKETPLACE_DATABASE_URL": url,
        "MARKETPLACE_FILES": str(folder / "files"),
        "MARKETPLACE_DRAW_STOCK": "0",  # made on the spot; tests of the stock fill it themselves
        "MARKETPLACE_SANDBOX": str(folder / "sandbox"),
        "MARKETPLACE_TREASURY": str(folder / "treasury"),
        "MARKETPLACE_BASE_URL": "http://localhost",
    }
    app = create_app(settings, clock=clock, holds_keys=True)
    app.testing = True
    app.extensions["marketplace_pages"].bytecode_cache = _compiled_templates()
    engine = engine_of(app)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _forget_the_disk)
        engine.dispose()
    else:
        _remember_connections(app)
    return app


def a_sqlite_market(backend: Backend, keys: dict[str, str], folder: Path) -> Flask:
    """A second market, on SQLite whatever the suite runs on, to compare the databases. folder: an empty one."""
    if backend.server is None:
        url, _ = backend.fresh(folder)
    else:
        url = f"sqlite:///{folder / 'market.db'}"
        _prepare(url, folder, keys)
    return _make(url, folder, keys, SimulatedClock(START))


@cache
def _compiled_templates() -> FileSystemBytecodeCache:
    """Templates compiled once for all apps of a run: compiling them anew was a quarter of the suite."""
    return FileSystemBytecodeCache(tempfile.mkdtemp(prefix="marketplace-templates-"))


def _forget_the_disk(connection: Any, record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def engine_of(app: Flask) -> Engine:
    """The engine of an app."""
    with app.app_context():
        return cast("Engine", app.extensions["sqlalchemy"].engine)


def put_away(app: Flask) -> None:
    """Close every connection of an app. One that a thread gives back after its pool has gone would never be closed."""
    engines = _engines(app)
    until = time.monotonic() + 5
    while time.monotonic() < until and any(cast("Any", one.pool).checkedout() for one in engines):
        time.sleep(0.01)
    for one in engines:
        one.dispose()
    for connection in list(_OPENED.pop(engines[0], ())):
        connection.close()
    if (line := runtime_of(app).turns) is not None:
        line.close()


def _engines(app: Flask) -> list[Engine]:
    """The engine of an app and, where it has them, those of its readers and of its direct way."""
    runtime = runtime_of(app)
    readers = cast("Any", runtime.readers)
    found = [engine_of(app), readers and readers.kw["bind"], getattr(runtime.direct, "_engine", None)]
    return list(dict.fromkeys(one for one in found if one is not None))


# Connections to PostgreSQL by the first engine of their app, so that none is left to the garbage collector.
_OPENED: WeakKeyDictionary[Engine, WeakSet[Any]] = WeakKeyDictionary()


def _remember_connections(app: Flask) -> None:
    engines = _engines(app)
    opened = _OPENED[engines[0]] = WeakSet()
    for one in engines:
        event.listen(one, "connect", lambda connection, record: opened.add(connection))


def runtime_of(app: Flask) -> Runtime:
    """The marketplace of an app."""
    return cast("Runtime", app.extensions["marketplace"])


@pytest.fixture
def clock() -> SimulatedClock:
    """Monday 2026-03-02, 09:00 in Shanghai, until told otherwise."""
    return SimulatedClock(START)


@pytest.fixture
def app(
    marketplace_backend: Backend, marketplace_keys: dict[str, str], tmp_path: Path, clock: SimulatedClock
) -> Iterator[Flask]:
    """A marketplace standing alone with a fresh, seeded database."""
    url, remove = marketplace_backend.fresh(tmp_path)
    made = _make(url, tmp_path, marketplace_keys, clock)
    yield made
    put_away(made)
    remove()


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    """The runtime of `app`; holds the keepers' keys."""
    return runtime_of(app)


@pytest.fixture
def work(runtime: Runtime) -> Callable[..., AbstractContextManager[Ctx]]:
    """Open a unit of work: `with work() as ctx` (the system) or `with work(actor)`."""

    def begin(actor: Actor | None = None, *, write: bool = True) -> AbstractContextManager[Ctx]:
        return runtime.work(actor, write=write)

    return begin


class SameOrigin(FlaskClient):
    """A browser on one of our own pages."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        headers = dict(kwargs.pop("headers", None) or {})
        headers.setdefault("Sec-Fetch-Site", "same-origin")
        return super().open(*args, headers=headers, **kwargs)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser."""
    app.test_client_class = SameOrigin
    return app.test_client()


@pytest.fixture
def sign_in(runtime: Runtime) -> Callable[[FlaskClient, str], FlaskClient]:
    """Sign a client in as a login that exists, by its username: `sign_in(client, "jia")`."""

    def enter(browser: FlaskClient, username: str) -> FlaskClient:
        from marketplace.testing.identity import a_sign_in

        with runtime.work() as ctx:
            token = a_sign_in(ctx, username)
        browser.set_cookie("marketplace_sign_in", token)
        return browser

    return enter
