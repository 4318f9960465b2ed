"""The market that is measured: in this process, and served by granian beside it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from flask import Flask

from marketplace import create_app, migrate
from marketplace.bench import processes
from marketplace.bench.floor import URL
from marketplace.kernel.context import Runtime
from marketplace.testing import postgres

SQLITE, POSTGRESQL = "sqlite", "postgresql"
WORKERS = 2


def settings_in(folder: Path, url: str = "") -> dict[str, str]:
    """Settings of a market whose keys, files and (without a url) database are in `folder`."""
    return {
        "MARKETPLACE_DATABASE_URL": url or f"sqlite:///{folder / 'bench.db'}",
        "MARKETPLACE_KEY_FILE": str(folder / "keys.toml"),
        "MARKETPLACE_FILES": str(folder / "files"),
        "MARKETPLACE_LOG_LEVEL": "WARNING",
    }


def market(folder: Path, url: str = "") -> Flask:
    """A migrated market that keeps its data in `folder`, or in the database of `url`."""
    app = create_app(settings_in(folder, url), holds_keys=True)
    with app.app_context():
        migrate.upgrade(app.extensions["sqlalchemy"].engine)
    return app


@dataclass
class Place:
    """Where a scenario runs: the app in this process, its database's processes, and the folder."""

    folder: Path
    url: str
    app: Flask
    server: postgres.Server | None
    web: list[int] = field(default_factory=list)

    @property
    def runtime(self) -> Runtime:
        """The market in this process; holds the keys."""
        return cast("Runtime", self.app.extensions["marketplace"])

    @property
    def environment(self) -> dict[str, str]:
        """Settings for other processes of the same market."""
        return settings_in(self.folder, self.url)

    def cpu_us(self, others: Sequence[int] | None = None) -> float:
        """CPU microseconds so far of the database and the web processes, or of `others` in their place."""
        database = processes.tree(self.server.pid) if self.server else []
        return processes.cpu_us_of([*(self.web if others is None else others), *database])


@contextmanager
def place(folder: Path, backend: str) -> Iterator[Place]:
    """A market on one database: SQLite in the folder, or a private PostgreSQL that writes to the disk."""
    with ExitStack() as stack:
        server = stack.enter_context(postgres.Server(durable=True)) if backend == POSTGRESQL else None
        url = server.url(server.create()) if server else ""
        yield Place(folder, url, market(folder, url), server)


@contextmanager
def served(where: Place, workers: int = WORKERS) -> Iterator[int]:
    """Serve the market as in production; gives the port."""
    port = processes.free_port()
    arguments = [
        "-c",
        "from marketplace.cli import main; main()",
        "serve",
        "--port",
        str(port),
        "--workers",
        str(workers),
    ]
    with processes.running(arguments, where.environment, where.folder) as process:
        processes.wait_for(port, process)
        where.web = processes.tree(process.pid)
        try:
            yield port
        finally:
            where.web = []


@contextmanager
def beside(where: Place, factory: str, workers: int = WORKERS) -> Iterator[tuple[int, list[int]]]:
    """Serve another app on the same database and server: the port and the processes. factory: module:function."""
    port = processes.free_port()
    target = f"granian --interface wsgi --factory --port {port} --workers {workers} --blocking-threads 4 {factory}"
    program = "import sys; from granian.cli import entrypoint; sys.argv[0] = 'granian'; entrypoint()"
    address = where.url or where.environment["MARKETPLACE_DATABASE_URL"]
    arguments = ["-c", program, *target.split()[1:]]
    with processes.running(arguments, {**where.environment, URL: address}, where.folder) as process:
        processes.wait_for(port, process)
        yield port, processes.tree(process.pid)
