"""Promises to act later, as rows: the row, not the scheduler, is the truth."""

from collections.abc import Callable, Container, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.kernel import gathering
from marketplace.kernel.base import Base, Instant

MAX_TRIES = 12
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)
# How long a worker has what it took, many times as long as it needs; after that it counts as dead.
LEASE = timedelta(seconds=30)

Next = Callable[[datetime], datetime]


class Deadline(Base):
    """期限: act on `subject` when `due_at` has come; unique, so a deadline is moved and never doubled."""

    __tablename__ = "marketplace_deadline"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(48))
    subject: Mapped[str] = mapped_column(String(80))
    due_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    retry_at: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (UniqueConstraint("kind", "subject"), Index(None, "done_at", "due_at", "id"))


_NEW = insert(cast("Table", Deadline.__table__))
_RELEASE = (
    update(cast("Table", Deadline.__table__))
    .where(Deadline.kind.in_(bindparam("kinds", expanding=True)))
    .where(Deadline.subject.in_(bindparam("subjects", expanding=True)))
    .where(Deadline.done_at.is_(None))
    .values(done_at=bindparam("now", type_=Instant))
)


def _held(session: Session, kind: str, subject: str) -> Deadline | None:
    """The row as it is now, held until commit: a worker may be keeping the promise while it is moved or withdrawn."""
    wanted = select(Deadline).where(Deadline.kind == kind, Deadline.subject == subject).with_for_update()
    return session.scalar(wanted.execution_options(populate_existing=True))


def known(session: Session, kind: str, subject: str) -> bool:
    """Whether this promise was ever made."""
    return session.scalar(select(Deadline.id).where(Deadline.kind == kind, Deadline.subject == subject)) is not None


def promise(session: Session, *, id: str, kind: str, subject: str, due_at: datetime, first: bool = False) -> None:
    """Promise, or move, one deadline. id is used only for a new row. first: the subject is new, so nothing is moved."""
    if first:
        new = {"id": id, "kind": kind, "subject": subject, "due_at": due_at, "tries": 0}
        gathering.write(session, _NEW, new)
        return
    row = _held(session, kind, subject)
    if row is None:
        session.add(Deadline(id=id, kind=kind, subject=subject, due_at=due_at, tries=0))
    else:
        row.due_at, row.done_at, row.retry_at, row.tries, row.error = due_at, None, None, 0, None
    session.flush()


def release(session: Session, *, kinds: Sequence[str], subjects: Sequence[str], now: datetime) -> None:
    """Withdraw every promise of these kinds for these subjects; nothing happens where there is none."""
    session.flush()
    session.connection().execute(_RELEASE, {"kinds": kinds, "subjects": subjects, "now": now})
    held = session.identity_map.values()
    for row in [row for row in held if isinstance(row, Deadline) and row.kind in kinds and row.subject in subjects]:
        session.expire(row)


# Built once: they are asked every second for ever, and for each portion.
_waits = (
    Deadline.done_at.is_(None),
    Deadline.due_at <= bindparam("now"),
    Deadline.tries < MAX_TRIES,
    or_(Deadline.retry_at.is_(None), Deadline.retry_at <= bindparam("now")),
)
_DUE = select(Deadline.id, Deadline.kind).where(*_waits).order_by(Deadline.due_at, Deadline.id).limit(bindparam("rows"))
_TAKE = (
    select(Deadline.id, Deadline.subject)
    .where(Deadline.kind == bindparam("kind"), *_waits)
    .order_by(Deadline.due_at, Deadline.id)
    .limit(bindparam("rows"))
    .with_for_update(skip_locked=True)
)
_LEASED = (
    update(cast("Table", Deadline.__table__))
    .where(Deadline.id.in_(bindparam("ids", expanding=True)))
    .values(retry_at=bindparam("until", type_=Instant))
)


def due(session: Session, now: datetime, limit: int = 200) -> list[tuple[str, str]]:
    """(id, kind) of promises to keep now, oldest first; those out of tries wait for a person."""
    return [(row.id, row.kind) for row in session.execute(_DUE, {"now": now, "rows": limit})]


def take(session: Session, kind: str, now: datetime, limit: int) -> dict[str, str]:
    """Take the oldest due promises of a kind for LEASE, id → subject: two workers think of different ones.

    To take is not to claim: whoever has kept a promise by then has kept it, and a dead worker's come back.
    """
    found = session.connection().execute(_TAKE, {"kind": kind, "now": now, "rows": limit}).all()
    taken = {row.id: row.subject for row in found}
    if taken:
        session.connection().execute(_LEASED, {"ids": list(taken), "until": now + LEASE})
    return taken


def _still_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Since it was found due, another worker may have kept it and promised it anew for later: that one waits."""
    return Deadline.done_at.is_(None), Deadline.due_at <= now


def claim(session: Session, id: str, now: datetime) -> tuple[str, str] | None:
    """Take one promise: (kind, subject), or None when another worker has it. Commits with the work itself."""
    taken = update(Deadline).where(Deadline.id == id, *_still_due(now)).values(done_at=now)
    if cast("CursorResult[Any]", session.execute(taken)).rowcount != 1:
        return None
    found = session.execute(select(Deadline.kind, Deadline.subject).where(Deadline.id == id)).one()
    return found.kind, found.subject


def claim_many(session: Session, ids: Iterable[str], now: datetime) -> dict[str, str]:
    """Take those of the promises that nobody else has: id → subject. What another worker holds is passed over."""
    wanted = select(Deadline.id, Deadline.subject).where(Deadline.id.in_(list(ids)), *_still_due(now))
    taken = dict(session.execute(wanted.with_for_update(skip_locked=True)).all())
    session.execute(update(Deadline).where(Deadline.id.in_(list(taken))).values(done_at=now))
    return taken


def note_failure(session: Session, id: str, now: datetime, error: str, endless: Container[str] = frozenset()) -> None:
    """Count a failed try and put it back: 5 s, 10 s, 20 s … at most an hour. endless: kinds that are never given up."""
    row = session.get(Deadline, id)
    if row is None or row.done_at is not None:
        return
    row.tries = min(row.tries + 1, MAX_TRIES - 1) if row.kind in endless else row.tries + 1
    row.error = error[:2000]
    row.retry_at = now + min(FIRST_RETRY * 2 ** (row.tries - 1), LONGEST_RETRY)
