"""Messages that leave only after commit: rows written with the change that caused them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import JSON, BindParameter, Index, Integer, String, Table, Text, bindparam, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.kernel import gathering
from marketplace.kernel.base import Base, Instant

MAX_TRIES = 10
LEASE = timedelta(minutes=1)


class Message(Base):
    """One message to the outside, delivered at least once."""

    __tablename__ = "marketplace_message"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    topic: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)
    due_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (Index(None, "done_at", "due_at", "id"),)


_MESSAGES = cast("Table", Message.__table__)
_NEW = insert(_MESSAGES)
# Built once: a tick that finds nothing should cost little more than the question.
_waits = (Message.done_at.is_(None), Message.due_at <= bindparam("now"), Message.tries < MAX_TRIES)
_ANY = select(Message.id).where(*_waits).limit(1)


_DUE = (
    select(Message.id, Message.topic, Message.payload)
    .where(*_waits)
    .order_by(Message.due_at, Message.id)
    .limit(bindparam("rows"))
    .with_for_update(skip_locked=True)
)
_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_LEASE = update(_MESSAGES).where(_MESSAGES.c.id.in_(_ids)).values(due_at=bindparam("until", type_=Instant))
_DONE = update(_MESSAGES).where(_MESSAGES.c.id.in_(_ids)).values(done_at=bindparam("at", type_=Instant))


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that is to be handed over now."""

    id: str
    topic: str
    payload: dict[str, Any]


def put(session: Session, *, id: str, topic: str, payload: dict[str, Any], now: datetime) -> None:
    """Queue one message in the caller's transaction."""
    new = {"id": id, "topic": topic, "payload": payload, "created_at": now, "due_at": now, "tries": 0}
    gathering.write(session, _NEW, new)


def any_waiting(session: Session, now: datetime) -> bool:
    """Whether a message is due; asked before a write transaction is opened for nothing."""
    return session.scalar(_ANY, {"now": now}) is not None


def take(session: Session, now: datetime, limit: int = 100) -> list[Taken]:
    """Take the oldest messages that are due, for LEASE: two workers take different ones, a dead one's come back."""
    found = [Taken(*row) for row in session.connection().execute(_DUE, {"now": now, "rows": limit})]
    if found:
        session.connection().execute(_LEASE, {"ids": [one.id for one in found], "until": now + LEASE})
    return found


def settle(session: Session, results: Mapping[str, str | None], now: datetime) -> None:
    """Write down what became of taken messages: id → None when delivered, else the error, kept with back-off."""
    if delivered := [id for id, error in results.items() if error is None]:
        session.connection().execute(_DONE, {"ids": delivered, "at": now})
    failed = {id: error for id, error in results.items() if error is not None}
    for message in session.scalars(select(Message).where(Message.id.in_(failed))) if failed else ():
        message.tries += 1
        message.error = failed[message.id][:2000]
        message.due_at = now + timedelta(seconds=5 * 2 ** min(message.tries, 9))
