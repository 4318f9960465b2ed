"""Requests that named a key (Idempotency-Key) and what they were answered, kept with the change that they made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import orjson
from sqlalchemy import Integer, String, Table, Text, bindparam, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant
from marketplace.kernel.clock import rounded_down
from marketplace.kernel.context import Ctx, lock_key
from marketplace.kernel.direct import Direct, Question
from marketplace.kernel.quick import Quick

LONGEST_KEY = 128
CREATED = 201


class Answered(Base):
    """One answered request. Key and request are keyed hashes and the answer is encrypted: a dump shows neither.

    request is empty for what was answered before sealed bodies were left out of it. at: the day.
    """

    __tablename__ = "marketplace_answered"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(Integer)
    answer: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)


@dataclass(frozen=True, slots=True)
class Keyed:
    """A request that names a key. path and query: as they came. body: what of it tells it from another request."""

    key: str
    path: str
    body: str
    query: str = ""

    def names(self, ctx: Ctx) -> tuple[str, str]:
        """Under which the answer is kept, and what tells another request under the same key."""
        # One person may act for several organisations: what was answered for one is not told for another.
        who = (ctx.actor.login_id or ctx.actor.kind, ctx.actor.organisation_id or "")
        name = ctx.keys.index("answered", *who, "POST", self.path, self.key)
        # The key is stored nowhere: who does not guess it cannot even try what was in the body.
        return name, ctx.keys.index("request", self.key, self.body, self.query)


def day_of(now: datetime) -> datetime:
    """When something was answered, by the day: to the microsecond it would tell which bid an answer is about."""
    return rounded_down(now, timedelta(days=1))


def lock_name(name: str) -> str:
    """The lock that two requests under one key wait for."""
    return f"answered/{name}"


# A step of a deed (kernel/direct.py), by the names that `bound` gives; `last_used` is the day on which it is answered.
STEP = Quick(
    insert(cast("Table", Answered.__table__)).values(
        key=bindparam("kept_key"),
        request=bindparam("kept_request"),
        status=CREATED,
        answer=bindparam("kept_answer"),
        at=bindparam("last_used", type_=Instant),
    )
)
_KEPT = Question(select(Answered.key).where(Answered.key == bindparam("kept_key", type_=String(64))))
ARGUMENTS = ("kept_lock", "kept_key", "kept_request", "kept_answer")
_NOTHING: Mapping[str, Any] = dict.fromkeys(ARGUMENTS)


def bound(ctx: Ctx, asked: Keyed | None, answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values that keep a 201 with the deed it tells of; all None for a request without a key."""
    if asked is None:
        return _NOTHING
    name, content = asked.names(ctx)
    kept = ctx.keys.encrypt(orjson.dumps(answer))
    return dict(zip(ARGUMENTS, (lock_key(lock_name(name)), name, content, kept), strict=True))


def is_kept(ctx: Ctx, direct: Direct, asked: Keyed) -> bool:
    """Whether something was answered under this key before, to this request or to another one. Raises Doubt."""
    return bool(direct.ask(_KEPT, {"kept_key": asked.names(ctx)[0]}))
