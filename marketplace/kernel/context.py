"""The unit of work: one session, one instant, one commit, at the door."""

import hashlib
import itertools
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from marketplace.kernel import deadlines, events, ids, keeping, outbox
from marketplace.kernel.base import Entropy
from marketplace.kernel.clock import Clock, system_clock
from marketplace.kernel.direct import Direct
from marketplace.kernel.errors import NotPermitted
from marketplace.kernel.keys import KeyRing
from marketplace.kernel.ports import Actor, Signal
from marketplace.kernel.refusals import refusal_of
from marketplace.kernel.registry import Registry
from marketplace.kernel.turns import Turns
from marketplace.kernel.versions import Version


@dataclass(frozen=True)
class Ctx:
    """Everything impure that a use case is given: session, frozen now, actor, entropy, keys, plug-ins, settings."""

    session: Session
    now: datetime
    actor: Actor
    entropy: Entropy
    keys: KeyRing
    plugins: Mapping[str, Registry[Any]]
    settings: Mapping[str, Any]
    serial: Iterator[int] = field(default_factory=itertools.count, repr=False)
    received: datetime | None = None

    @property
    def received_at(self) -> datetime:
        """When the request had arrived in full, before it waited for its turn; without a door that stamps, now."""
        return self.received or self.now

    def new_id(self) -> str:
        """A sortable id made before the row exists."""
        return ids.new_id(self.now, self.entropy, next(self.serial))

    def number(self, series: str) -> str:
        """The next human number of a series, e.g. ZJ-2026-000001."""
        return ids.next_number(self.session, series, self.now)

    def record(self, event: events.Event, *, at: datetime | None = None) -> events.Recorded:
        """Append a fact to the event log in this transaction. at: when it happened, if that was before now."""
        return events.append(self.session, event, id=self.new_id(), at=at or self.now, actor=self.actor)

    def record_with(
        self, change: events.Told, values: Mapping[str, Any], event: events.Event, *, at: datetime | None = None
    ) -> events.Recorded | None:
        """Make a change together with the event that tells of it; None, and no event, where it touched no row."""
        return events.append_with(
            self.session, change, values, event, id=self.new_id(), at=at or self.now, actor=self.actor
        )

    def promise(self, kind: str, subject: str, due_at: datetime, *, first: bool = False) -> None:
        """Promise to act on `subject` at `due_at`; promising again moves the date. first: nothing was promised yet."""
        deadlines.promise(self.session, id=self.new_id(), kind=kind, subject=subject, due_at=due_at, first=first)

    def release(self, kind: str, subject: str) -> None:
        """Withdraw a promise."""
        self.release_all([kind], [subject])

    def release_all(self, kinds: Sequence[str], subjects: Sequence[str]) -> None:
        """Withdraw every promise of these kinds for these subjects."""
        deadlines.release(self.session, kinds=kinds, subjects=subjects, now=self.now)

    def send(self, topic: str, payload: dict[str, Any]) -> None:
        """Queue a message that leaves after commit."""
        outbox.put(self.session, id=self.new_id(), topic=topic, payload=payload, now=self.now)

    def lock(self, name: str, *, shared: bool = False) -> None:
        """Hold a named lock until commit. On SQLite the write transaction itself already excludes other writers."""
        self.lock_all([name], shared=shared)

    def lock_all(self, names: Sequence[str], *, shared: bool = False) -> None:
        """Hold several named locks until commit, taken one after the other as they are named, by one statement."""
        if self.session.get_bind().dialect.name != "postgresql":
            return
        keys = {"keys": [lock_key(name) for name in names]}
        self.session.connection().execute(_LOCK_SHARED if shared else _LOCK_ALONE, keys)

    def require(self, permission: str) -> None:
        """Raise NotPermitted unless the actor holds the permission."""
        if not self.actor.may(permission):
            raise NotPermitted(permission=permission)


# The rows of a list come in its order, and a lock is taken for each as it comes.
_KEYS = "FROM unnest(CAST(:keys AS BIGINT[])) AS key"
_LOCK_ALONE = text("SELECT pg_advisory_xact_lock(key) " + _KEYS)
_LOCK_SHARED = text("SELECT pg_advisory_xact_lock_shared(key) " + _KEYS)


def lock_key(name: str) -> int:
    """The number by which PostgreSQL knows a named lock."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


Handler = Callable[[Ctx, str], None]
AfterTick = Callable[["Runtime"], None]


@dataclass(frozen=True)
class Batch:
    """How promises of one kind are kept many at once: `keep` is given their subjects, in one unit of work.

    prepare: what can be found out before, in a unit of work that only reads and that nobody waits for; `keep` gets its
    answer, or None where it failed, and decides under its own locks whether that is still worth anything.
    """

    keep: Callable[[Ctx, list[str], Any], None]
    prepare: Callable[[Ctx, list[str]], Any]


@dataclass
class Runtime:
    """One marketplace in one process: makes units of work and keeps promises when told to tick."""

    sessions: Callable[[], Session]
    keys: KeyRing
    clock: Clock = system_clock
    entropy: Entropy = secrets.token_bytes
    plugins: Mapping[str, Registry[Any]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    batches: Mapping[str, Batch] = field(default_factory=dict)
    recurring: Mapping[str, deadlines.Next] = field(default_factory=dict)
    after_tick: list[AfterTick] = field(default_factory=list)
    deliver: Signal | None = None
    readers: Callable[[], Session] | None = None
    turns: Turns | None = None
    version: Version | None = None
    direct: Direct | None = None
    recurring_promised: bool = field(default=False, init=False)

    @contextmanager
    def work(
        self, actor: Actor | None = None, *, write: bool = True, received: datetime | None = None
    ) -> Iterator[Ctx]:
        """Open a unit of work; commit at its end, roll back on anything else. A read never writes.

        received: when the request had arrived in full, if a door stamped it. Raises the domain's refusal for a lost
        race on a known constraint, LostRace or Busy for others, and Unstorable for what no column takes.
        """
        try:
            with self._session(write) as session:
                yield self.join(session, actor or Actor.system(), received=received)
                if write:
                    session.commit()
        except (StatementError, OverflowError, UnicodeEncodeError) as error:
            refusal = refusal_of(error)
            if refusal is None:
                raise
            raise refusal from error

    @contextmanager
    def _session(self, write: bool) -> Iterator[Session]:
        """A session for one unit of work; closing it rolls back what was not committed and leaves what was read."""
        if write and self.turns is not None:
            with (
                self.turns.turn() as connection,
                Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session,
            ):
                yield session
            return
        with closing(self.sessions()) as session:
            session.connection(execution_options=_options(session, write))
            yield session

    @contextmanager
    def glance(self, actor: Actor | None = None) -> Iterator[Ctx]:
        """Read a little, each statement by itself: where a transaction would cost more than what is read."""
        if self.readers is None:
            with self.work(actor, write=False) as ctx:
                yield ctx
            return
        with self.readers() as session:
            yield self.join(session, actor or Actor.system())

    def join(self, session: Session, actor: Actor, *, received: datetime | None = None) -> Ctx:
        """A ctx on a session that somebody else commits (a host's own request)."""
        return Ctx(
            session, self.clock(), actor, self.entropy, self.keys, self.plugins, self.settings, received=received
        )

    def tick(self, limit: int = keeping.LIMIT) -> int:
        """Keep due promises, about as many as `limit`; returns how many this call kept."""
        return keeping.tick(self, limit)

    def settle(self, rounds: int = 50) -> int:
        """Tick until nothing is due; for tests, the demo and the terminal."""
        total = 0
        for _ in range(rounds):
            kept = self.tick()
            total += kept
            if not kept:
                break
        return total


def _options(session: Session, write: bool) -> dict[str, Any]:
    if session.get_bind().dialect.name == "postgresql":
        return {} if write else {"postgresql_readonly": True}
    return {"marketplace_write": write}
