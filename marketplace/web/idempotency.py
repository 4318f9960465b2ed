"""Idempotency-Key: the same key gets the same answer, for ever; another request under it is refused."""

from datetime import datetime

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.base import Base, Instant
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError, Kind

LONGEST_KEY = 128


class Answered(Base):
    """One answered request. Key and request are keyed hashes and the answer is encrypted: a dump shows neither."""

    __tablename__ = "marketplace_answered"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(Integer)
    answer: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)


class KeyReused(DomainError):
    """The same key came with another request."""

    kind = Kind.CONFLICT
    code = "web.idempotency_key_reused"
    message = "该幂等键（Idempotency-Key）已用于另一个请求"
    remedy = "新的请求请使用新的幂等键"
    constraint = "pk_marketplace_answered"


class KeyTooLong(DomainError):
    """A key of unreasonable length."""

    kind = Kind.INVALID
    code = "web.idempotency_key_too_long"
    message = "幂等键（Idempotency-Key）最长 {longest} 个字符"
    remedy = "请使用 UUID"


def _indexes(ctx: Ctx, key: str) -> tuple[str, str]:
    # One person may act for several organisations: what was answered for one is not told for another.
    who = (ctx.actor.login_id or ctx.actor.kind, ctx.actor.organisation_id or "")
    name = ctx.keys.index("answered", *who, request.method, request.path, key)
    return name, ctx.keys.index("request", request.get_data(as_text=True), request.query_string.decode())


def earlier(ctx: Ctx) -> Response | None:
    """The answer already given under the request's key, if any. Raises KeyReused for a different request."""
    key = request.headers.get("Idempotency-Key")
    if not key or request.method != "POST":
        return None
    if len(key) > LONGEST_KEY:
        raise KeyTooLong(longest=LONGEST_KEY)
    name, content = _indexes(ctx, key)
    ctx.lock(f"answered/{name}")
    found = ctx.session.get(Answered, name)
    if found is None:
        return None
    if found.request != content:
        raise KeyReused
    body = ctx.keys.decrypt(found.answer)
    return current_app.response_class(body, found.status, mimetype="application/json")


def remember(ctx: Ctx, returned: ResponseReturnValue) -> ResponseReturnValue:
    """Keep the answer in the same transaction as the change it reports."""
    key = request.headers.get("Idempotency-Key")
    if not key or request.method != "POST":
        return returned
    response = current_app.make_response(returned)
    name, content = _indexes(ctx, key)
    answer = ctx.keys.encrypt(response.get_data())
    ctx.session.add(Answered(key=name, request=content, status=response.status_code, answer=answer, at=ctx.now))
    return response
