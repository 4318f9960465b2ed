"""A private PostgreSQL in a temporary folder on a unix socket, for tests and the bench."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 * 2**30
UNPRIVILEGED = ("postgres", "nobody")
DURABLE = ("-c", "max_connections=200", "-c", "shared_buffers=256MB", "-c", "jit=off")
# Nobody tidies up behind a test: what vacuums moves the mark of the database, by which warm pages know that it changed.
QUICK = (
    *DURABLE,
    "-c",
    "autovacuum=off",
    "-c",
    "fsync=off",
    "-c",
    "synchronous_commit=off",
    "-c",
    "full_page_writes=off",
)


def binaries() -> Path | None:
    """The folder with initdb and pg_ctl of the newest installed server, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _unprivileged() -> str | None:
    """PostgreSQL refuses to run as root: the user to run as, or None when we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in UNPRIVILEGED if name in names)


def _quick_folder() -> str | None:
    """Memory instead of disk for what may be lost: a thousand tests copy a database each."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    return str(MEMORY) if roomy else None


class Server:
    """A server that lives as long as the `with` block.

    durable: keep fsync on (the bench), or off (tests).
    """

    def __init__(self, *, durable: bool = False) -> None:
        folder = binaries()
        if folder is None:
            raise RuntimeError("no PostgreSQL server is installed: apt-get install postgresql")
        self._bin = folder
        self._user = _unprivileged()
        self._options = DURABLE if durable else QUICK
        self.folder = Path(tempfile.mkdtemp(prefix="marketplace-pg-", dir=None if durable else _quick_folder()))

    def __enter__(self) -> Self:
        if self._user:
            shutil.chown(self.folder, self._user)
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "marketplace", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()
        return self

    def start(self) -> None:
        """Start it, also after it was killed."""
        options = " ".join([f"-k {self.folder}", "-c listen_addresses=''", *self._options])
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def kill(self) -> None:
        """SIGKILL for the server and all its processes, as when the power fails."""
        first = int((self._data / "postmaster.pid").read_text().split()[0])
        for number in [first, *_children(first)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        while any(Path(f"/proc/{number}").exists() for number in [first, *_children(first)]):
            time.sleep(0.02)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def pid(self) -> int:
        """The process that all others of the server descend from."""
        return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])

    def url(self, database: str = "postgres") -> str:
        """SQLAlchemy address of one database of this server."""
        return f"postgresql+psycopg://marketplace@/{database}?host={self.folder}"

    def create(self, template: str = "template1") -> str:
        """A new database as a copy of `template`; returns its name."""
        name = f"m{uuid.uuid4().hex[:16]}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        """Run one statement outside a transaction."""
        import psycopg

        with psycopg.connect(f"host={self.folder} user=marketplace dbname=postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = [str(self._bin / program), *arguments]
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(self.folder)}
        done = subprocess.run(
            command,
            user=self._user,
            env=environment,
            cwd="/",
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE,
            stderr=subprocess.DEVNULL if program == "pg_ctl" else subprocess.STDOUT,
        )
        if done.returncode:
            log = self.folder / "log"
            words = done.stdout.decode() if done.stdout else (log.read_text() if log.exists() else "")
            raise RuntimeError(f"{program} failed: {words}")


def _children(parent: int) -> list[int]:
    listed = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(word) for word in listed.read_text().split()] if listed.exists() else []


if __name__ == "__main__":
    raise SystemExit(0 if binaries() else 3)
