"""Idempotency-Key: the same key gets the same answer, for ever; another request under it is refused."""

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue

from marketplace.kernel.answered import LONGEST_KEY, Answered, Keyed, lock_name
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError, Kind


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


def _keyed() -> Keyed | None:
    key = request.headers.get("Idempotency-Key")
    if not key or request.method != "POST":
        return None
    return Keyed(key, request.path, request.get_data(as_text=True), request.query_string.decode())


def earlier(ctx: Ctx) -> Response | None:
    """The answer already given under the request's key, if any. Raises KeyTooLong, KeyReused for another request."""
    asked = _keyed()
    if asked is None:
        return None
    if len(asked.key) > LONGEST_KEY:
        raise KeyTooLong(longest=LONGEST_KEY)
    name, content = asked.names(ctx)
    ctx.lock(lock_name(name))
    found = ctx.session.get(Answered, name)
    if found is None:
        return None
    if found.request != content:
        raise KeyReused
    body = ctx.keys.decrypt(found.answer)
    return current_app.response_class(body, found.status, mimetype="application/json")


def remember(ctx: Ctx, returned: ResponseReturnValue) -> ResponseReturnValue:
    """Keep the answer in the same transaction as the change it reports."""
    asked = _keyed()
    if asked is None:
        return returned
    response = current_app.make_response(returned)
    name, content = asked.names(ctx)
    answer = ctx.keys.encrypt(response.get_data())
    ctx.session.add(Answered(key=name, request=content, status=response.status_code, answer=answer, at=ctx.now))
    return response
