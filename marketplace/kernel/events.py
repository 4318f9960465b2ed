"""The event log: append-only facts, each a leaf that audit/ seals into one Merkle tree."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, cast

import orjson
from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Insert,
    String,
    Table,
    Text,
    Update,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from marketplace.kernel import gathering
from marketplace.kernel.base import Base, Instant, append_only
from marketplace.kernel.ports import Actor
from marketplace.kernel.quick import Quick


@dataclass(frozen=True, slots=True)
class Event:
    """A fact. Subclasses add JSON-able fields; the type follows subject.object.verb-ed and never changes meaning.

    public: shown on the subject's public trail. sealed: the actor is not stored, the fact is hidden until opening,
    and its leaf waits outside the tree until then, or the size of the tree would tell how many there are.
    opens: this fact is the opening (or the end) of its subject. anonymous: shown at once, but the actor is not stored.
    """

    subject: str
    type: ClassVar[str] = ""
    public: ClassVar[bool] = True
    sealed: ClassVar[bool] = False
    opens: ClassVar[bool] = False
    anonymous: ClassVar[bool] = False
    registered: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # dataclass(slots=True) builds the class twice; the second replaces the first under the same name.
        known = Event.registered.get(cls.type)
        if known is not None and known.__qualname__ != cls.__qualname__:
            raise TypeError(f"event type {cls.type} belongs to {known.__qualname__}")
        if cls.type:
            Event.registered[cls.type] = cls

    def data(self) -> dict[str, Any]:
        """The facts without the subject."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name != "subject"}


class EventRow(Base):
    """One recorded event. `body` is the exact canonical text whose hash is the leaf."""

    __tablename__ = "marketplace_event"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject: Mapped[str] = mapped_column(String(80))
    type: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(64))
    organisation: Mapped[str | None] = mapped_column(String(32))
    public: Mapped[bool] = mapped_column(Boolean)
    sealed: Mapped[bool] = mapped_column(Boolean)
    leaf: Mapped[str] = mapped_column(String(64), index=True)
    body: Mapped[str] = mapped_column(Text)
    __table_args__ = (Index(None, "subject", "id"),)


append_only(EventRow.__table__)


class Unsealed(Base):
    """Events that wait for the next tree head; a row here is removed by sealing."""

    __tablename__ = "marketplace_unsealed"
    event_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    held_for: Mapped[str | None] = mapped_column(String(80), index=True)


_EVENT = insert(cast("Table", EventRow.__table__))
_UNSEALED = insert(cast("Table", Unsealed.__table__))
_OPENED = (
    update(cast("Table", Unsealed.__table__))
    .where(Unsealed.held_for == bindparam("opened", type_=String(80)))
    .values(held_for=None)
)
_new = {column.name: bindparam(f"new_{column.name}", type_=column.type) for column in EventRow.__table__.columns}
_written = insert(cast("Table", EventRow.__table__)).values(_new).returning(EventRow.id).cte("written")
_BOTH = insert(cast("Table", Unsealed.__table__)).from_select(
    ["event_id", "held_for"], select(_written.c.id, bindparam("held_for", type_=String(80)))
)
_QUICK_EVENT, _QUICK_UNSEALED, _QUICK_BOTH = Quick(_EVENT), Quick(_UNSEALED), Quick(_BOTH)
# The same two as steps of a deed (kernel/direct.py), by the names that `bound` gives.
STEPS = {
    "new_id": Quick(insert(cast("Table", EventRow.__table__)).values(_new)),
    "new_leaf": Quick(
        insert(cast("Table", Unsealed.__table__)).values(
            event_id=bindparam("new_id", type_=String(32)), held_for=bindparam("held_for", type_=String(80))
        )
    ),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A change of one row that is not to be there without its event. alone: the change; whole: both at once."""

    alone: Quick
    whole: Quick


def told(change: Insert | Update, key: Column[Any]) -> Told:
    """Prepare a change that touches one row or none, to be made by `append_with`. key: of the changed table."""
    done = change.returning(key).cte("done")
    names, values = list(_new), list(_new.values())
    event = insert(cast("Table", EventRow.__table__)).from_select(names, select(*values).select_from(done))
    queued = event.returning(EventRow.id).cte("written")
    whole = insert(cast("Table", Unsealed.__table__)).from_select(
        ["event_id", "held_for"], select(queued.c.id, bindparam("held_for", type_=String(80)))
    )
    return Told(Quick(change), Quick(whole))


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a receipt needs: id, leaf hash (hex), instant, type, and the content whose canonical text was hashed."""

    id: str
    leaf: str
    at: datetime
    type: str
    content: dict[str, Any]


def recorded(row: EventRow) -> Recorded:
    """The same of an event that was recorded before."""
    return Recorded(row.id, row.leaf, row.at, row.type, json.loads(row.body))


_LEAVES = frozenset({str, int, bool, type(None)})
_STRICT = (
    orjson.OPT_SORT_KEYS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
    | orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
)


def canonical(value: Any) -> bytes:
    """Canonical JSON (RFC 8785 for our subset: sorted keys, UTF-8, no floats)."""
    _refuse_floats(value)
    try:
        return orjson.dumps(value, option=_STRICT)
    except TypeError:  # a key that is no text, half a character, a number beyond 64 bits, a type of ours
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("canonical JSON holds no floats")
    if isinstance(value, (dict, list, tuple)):
        items = value.values() if isinstance(value, dict) else value
        if _LEAVES.issuperset(map(type, items)):  # most are, and a call for each of them is what this costs
            return
        for item in items:
            if type(item) not in _LEAVES:
                _refuse_floats(item)


def leaf_hash(body: bytes) -> str:
    """RFC 9162 leaf hash, hex."""
    return hashlib.sha256(b"\x00" + body).hexdigest()


def append(session: Session, event: Event, *, id: str, at: datetime, actor: Actor) -> Recorded:
    """Write one event and queue it for sealing, in the caller's transaction."""
    row, recorded = prepared(event, id, at, actor)
    _write(session, row, _held_for(event))
    if event.opens:
        gathering.write(session, _OPENED, {"opened": event.subject})
    return recorded


def append_with(
    session: Session, change: Told, values: Mapping[str, Any], event: Event, *, id: str, at: datetime, actor: Actor
) -> Recorded | None:
    """Make a change and write the event that tells of it; None, and no event, where the change touches no row."""
    row, recorded = prepared(event, id, at, actor)
    if session.get_bind().dialect.name == "postgresql":
        if change.whole.count_all(session, {**values, **bound(row, event)}) == 0:
            return None
    elif change.alone.count(session, values) == 0:
        return None
    else:
        _write(session, row, _held_for(event))
    return recorded


def prepared(event: Event, id: str, at: datetime, actor: Actor) -> tuple[dict[str, Any], Recorded]:
    """The row of an event, and what a receipt needs of it; nothing is written."""
    who, whose = actor.login_id or actor.kind, actor.organisation_id
    if event.sealed or event.anonymous:
        who, whose = "sealed" if event.sealed else "anonymous", None
    content = {
        "id": id,
        "subject": event.subject,
        "type": event.type,
        "at": at.isoformat(),
        "actor": who,
        "organisation": whose,
        "data": event.data(),
    }
    body = canonical(content)
    leaf = leaf_hash(body)
    row = {
        "id": id,
        "subject": event.subject,
        "type": event.type,
        "at": at,
        "actor": who,
        "organisation": whose,
        "public": event.public,
        "sealed": event.sealed,
        "leaf": leaf,
        "body": body.decode(),
    }
    return row, Recorded(id, leaf, at, event.type, content)


def _held_for(event: Event) -> str | None:
    return event.subject if event.sealed else None


def bound(row: Mapping[str, Any], event: Event) -> dict[str, Any]:
    """The values of an event's row and of its place in the queue, by names of their own."""
    return _named(row, _held_for(event))


def _named(row: Mapping[str, Any], held_for: str | None) -> dict[str, Any]:
    return {**{f"new_{name}": value for name, value in row.items()}, "held_for": held_for}


def _write(session: Session, row: dict[str, Any], held_for: str | None) -> None:
    """Both rows: at the end of a block that gathers, else now, and by one statement where the database can."""
    queued = {"event_id": row["id"], "held_for": held_for}
    if gathering.is_on(session):
        gathering.write(session, _EVENT, row)
        gathering.write(session, _UNSEALED, queued)
    elif session.get_bind().dialect.name == "postgresql":
        _QUICK_BOTH.count(session, _named(row, held_for))
    else:
        _QUICK_EVENT.count(session, row)
        _QUICK_UNSEALED.count(session, queued)
