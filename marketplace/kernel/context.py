"""The unit of work: one session, one instant, one commit, at the door."""

import hashlib
import itertools
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from marketplace.kernel import deadlines, events, ids, outbox
from marketplace.kernel.base import Entropy
from marketplace.kernel.clock import Clock, system_clock
from marketplace.kernel.direct import Direct
from marketplace.kernel.errors import LostRace, NotPermitted
from marketplace.kernel.keys import KeyRing
from marketplace.kernel.ports import Actor, Signal
from marketplace.kernel.refusals import refusal_of
from marketplace.kernel.registry import Registry
from marketplace.kernel.turns import Turns
from marketplace.kernel.versions import Version

log = logging.getLogger("marketplace")


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
BatchHandler = Callable[[Ctx, list[str]], None]
# How many promises of one kind are kept in one unit of work, where their handler takes many.
BATCH = 50
AfterTick = Callable[["Runtime"], None]


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
    batches: Mapping[str, BatchHandler] = field(default_factory=dict)
    recurring: Mapping[str, deadlines.Next] = field(default_factory=dict)
    after_tick: list[AfterTick] = field(default_factory=list)
    deliver: Signal | None = None
    readers: Callable[[], Session] | None = None
    turns: Turns | None = None
    version: Version | None = None
    direct: Direct | None = None
    _promised: bool = field(default=False, init=False)

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

    def tick(self, limit: int = 200) -> int:
        """Keep due promises, each in its own unit of work; returns how many this call kept."""
        self._promise_recurring()
        with self.glance() as ctx:
            waiting = deadlines.kinds(ctx.session, deadlines.due(ctx.session, ctx.now, limit))
            mail = self.deliver is not None and outbox.any_waiting(ctx.session, ctx.now)
        kept = sum(self._keep_some(ids) for ids in self._portions(waiting))
        if mail or kept:
            self._drain()
        for hook in self.after_tick:
            hook(self)
        return kept

    def settle(self, rounds: int = 50) -> int:
        """Tick until nothing is due; for tests, the demo and the terminal."""
        total = 0
        for _ in range(rounds):
            kept = self.tick()
            total += kept
            if not kept:
                break
        return total

    def _promise_recurring(self) -> None:
        if self._promised:
            return
        with self.work(write=False) as ctx:
            missing = [kind for kind in self.recurring if not deadlines.known(ctx.session, kind, "market")]
        self._promised = not missing
        if not missing:
            return
        try:
            with self.work() as ctx:
                for kind in missing:
                    ctx.promise(kind, "market", self.recurring[kind](ctx.now))
        except LostRace:
            log.debug("another worker has promised the recurring deadlines")

    def _portions(self, waiting: Sequence[tuple[str, str]]) -> Iterator[list[str]]:
        """Promises to be kept together: those of a kind whose handler takes many; every other one by itself."""
        many: dict[str, list[str]] = {}
        for id, kind in waiting:
            if kind not in self.batches:
                yield [id]
                continue
            many.setdefault(kind, []).append(id)
        for some in many.values():
            yield from (some[start : start + BATCH] for start in range(0, len(some), BATCH))

    def _keep_some(self, ids: list[str]) -> int:
        """Keep promises of one kind in one unit of work; when that fails, each by itself: one must not harm another."""
        if len(ids) > 1:
            try:
                return self._keep_together(ids)
            except Exception:
                log.exception("%s deadlines failed together; now each by itself", len(ids))
        return sum(self._keep(id) for id in ids)

    def _keep_together(self, ids: list[str]) -> int:
        with self.work() as ctx:
            taken = deadlines.claim_many(ctx.session, ids, ctx.now)
            if taken:
                kind = deadlines.kinds(ctx.session, list(taken))[0][1]
                self.batches[kind](ctx, sorted(taken.values()))
        return len(taken)

    def _keep(self, id: str) -> bool:
        try:
            with self.work() as ctx:
                taken = deadlines.claim(ctx.session, id, ctx.now)
                if taken is None:
                    return False
                kind, subject = taken
                self.handlers[kind](ctx, subject)
                if kind in self.recurring:
                    ctx.promise(kind, subject, self.recurring[kind](ctx.now))
        except Exception as error:
            log.exception("deadline %s failed", id)
            with self.work() as ctx:
                said = f"{type(error).__name__}: {error}"
                deadlines.note_failure(ctx.session, id, ctx.now, said, endless=self.recurring)
            return False
        return True

    def _drain(self) -> None:
        if self.deliver is None:
            return
        with self.work() as ctx:
            taken = outbox.take(ctx.session, ctx.now)
        # No transaction is open while a host listens: its handler may write to the same database.
        results = {one.id: self._hand_over(one.id, one.topic, one.payload) for one in taken}
        if results:
            with self.work() as ctx:
                outbox.settle(ctx.session, results, ctx.now)

    def _hand_over(self, id: str, topic: str, payload: Mapping[str, Any]) -> str | None:
        assert self.deliver is not None
        try:
            self.deliver(topic, payload)
        except Exception as error:
            log.exception("message %s was not delivered", id)
            return f"{type(error).__name__}: {error}"
        return None


def _options(session: Session, write: bool) -> dict[str, Any]:
    if session.get_bind().dialect.name == "postgresql":
        return {} if write else {"postgresql_readonly": True}
    return {"marketplace_write": write}
