"""SQLite: writers take turns in one transaction and share its durable commit (group commit).

Each unit of work has the turn alone, inside a savepoint of its own; whoever ends his turn while others wait hands it on
and waits, and the last of a batch commits for all. Nobody goes on before that commit, so nothing is acknowledged that a
power cut could take back; when it fails, all of the batch are refused and nothing of it is there (docs/adr/0022).
"""

import fcntl
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from marketplace.kernel.errors import Busy, NotStored

log = logging.getLogger("marketplace")

PATIENCE_SECONDS = 30.0
# A batch ends at this size or age, so that its first member does not wait for an endless train.
MOST, LONGEST_SECONDS = 128, 0.05


class Batch:
    """One transaction that several units of work share."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.began = time.monotonic()
        self.members = 0
        self.done = threading.Event()
        self.failed = False

    @property
    def alive(self) -> bool:
        """Whether the transaction still stands: a full disk makes SQLite roll it back by itself."""
        return bool(getattr(self.connection.connection.driver_connection, "in_transaction", False))

    @property
    def may_grow(self) -> bool:
        """Whether another member may join."""
        return self.alive and self.members < MOST and time.monotonic() - self.began < LONGEST_SECONDS


class Between:
    """The turn between processes. Whoever waits first is next: a process that has just ended cannot push in before.

    The kernel's wait for a lock file has no end, and whoever holds one may have been stopped. So a thread stands in
    line, and the one who asked waits for it as long as he likes; it stands on for the next who asks.
    """

    def __init__(self, path: str) -> None:
        self._paths = (f"{path}-line", f"{path}-turn")
        self._open: tuple[int, int] | None = None
        self._pid = 0
        self._guard, self._got = threading.Lock(), threading.Event()
        self._stands = self._wanted = False

    def take(self, deadline: float) -> None:
        """Stand in line, then take the turn; the kernel gives both back when a process dies.

        deadline: in seconds of time.monotonic. Raises Busy when it has passed.
        """
        if self._open is None or self._pid != os.getpid():
            line, turn = (os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) for path in self._paths)
            self._open, self._pid, self._stands = (line, turn), os.getpid(), False
            self._guard, self._got = threading.Lock(), threading.Event()
        with self._guard:
            if not self._stands and _at_once(*self._open):
                return
            self._wanted = True
            if not self._stands:
                self._stands = True
                threading.Thread(target=self._stand, args=self._open, daemon=True).start()
        in_time = self._got.wait(max(0.0, deadline - time.monotonic()))
        with self._guard:
            self._wanted = False
            if in_time or self._got.is_set():
                self._got.clear()
                return
        raise Busy

    def _stand(self, line: int, turn: int) -> None:
        fcntl.flock(line, fcntl.LOCK_EX)
        try:
            fcntl.flock(turn, fcntl.LOCK_EX)
        finally:
            fcntl.flock(line, fcntl.LOCK_UN)
        with self._guard:
            self._stands = False
            if self._wanted:
                self._got.set()
            else:
                fcntl.flock(turn, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the lock files, unless somebody stands in line; the next who asks opens them again."""
        with self._guard:
            if self._open is not None and not self._stands:
                for one in self._open:
                    os.close(one)
                self._open = None

    def give_back(self) -> None:
        """Let the next process in."""
        assert self._open is not None
        fcntl.flock(self._open[1], fcntl.LOCK_UN)


def _at_once(line: int, turn: int) -> bool:
    """Take the turn if nobody has it and nobody stands in line."""
    try:
        fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        fcntl.flock(line, fcntl.LOCK_UN)
    return True


class Turns:
    """The writers of one process on one SQLite file."""

    def __init__(self, engine: Engine, path: str) -> None:
        self._engine = engine
        self._between = Between(path)
        self._guard = threading.Lock()
        self._line: deque[threading.Lock] = deque()
        self._holder: int | None = None
        self._batch: Batch | None = None

    @contextmanager
    def turn(self) -> Iterator[Connection]:
        """A connection inside the batch's transaction; on leaving, the batch has been committed.

        Raises Busy after half a minute in line, NotStored when the batch could not be committed.
        """
        self._enter()
        batch = self._batch
        assert batch is not None
        try:
            yield batch.connection
        finally:
            self._leave(batch)

    def close(self) -> None:
        """Let go of the lock files while nobody writes."""
        with self._guard:
            if self._holder is None:
                self._between.close()

    def _enter(self) -> None:
        me = threading.get_ident()
        if self._holder == me:
            raise RuntimeError("a unit of work that writes was opened inside another one")
        mine, deadline = threading.Lock(), time.monotonic() + PATIENCE_SECONDS
        mine.acquire()
        with self._guard:
            waits = self._holder is not None
            if waits:
                self._line.append(mine)
            else:
                self._holder = me
        if waits:
            self._wait(mine, deadline)
        self._holder = me
        if self._batch is None:
            try:
                self._batch = self._begin(deadline)
            except BaseException:
                self._pass_on()
                raise

    def _wait(self, mine: threading.Lock, deadline: float) -> None:
        if mine.acquire(timeout=max(0.0, deadline - time.monotonic())):
            return
        with self._guard:
            if mine in self._line:
                self._line.remove(mine)
                raise Busy

    def _begin(self, deadline: float) -> Batch:
        self._between.take(deadline)
        connection = None
        try:
            connection = self._engine.connect().execution_options(marketplace_write=True)
            connection.begin()
        except BaseException:
            if connection is not None:
                connection.close()
            self._between.give_back()
            raise
        return Batch(connection)

    def _leave(self, batch: Batch) -> None:
        batch.members += 1
        if not (batch.may_grow and self._hand_on()):
            self._end(batch)
        batch.done.wait()
        if batch.failed:
            raise NotStored

    def _hand_on(self) -> bool:
        with self._guard:
            if not self._line:
                return False
            self._holder = -1
            self._line.popleft().release()
        return True

    def _end(self, batch: Batch) -> None:
        batch.failed = True
        try:
            if batch.alive:
                batch.connection.commit()
                batch.failed = False
        except SQLAlchemyError:
            log.exception("%s units of work could not be committed", batch.members)
        finally:
            with suppress(SQLAlchemyError):
                if batch.failed:  # thrown away: what hangs half open must not go back to the pool
                    batch.connection.invalidate()
                batch.connection.close()
            self._between.give_back()
            batch.done.set()
            self._pass_on()

    def _pass_on(self) -> None:
        with self._guard:
            self._batch = None
            self._holder = -1 if self._line else None
            if self._line:
                self._line.popleft().release()
