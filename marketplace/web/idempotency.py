"""Idempotency-Key: the same key gets the same answer, for ever; another request under it is refused."""

from collections.abc import Callable
from typing import Any, TypeVar

import orjson
from flask import Response, current_app, request
from flask.typing import ResponseReturnValue

from marketplace.kernel.answered import LONGEST_KEY, Answered, Keyed, day_of, lock_name
from marketplace.kernel.context import Ctx
from marketplace.kernel.errors import DomainError, Kind

View = TypeVar("View", bound=Callable[..., Any])


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


def sealed_but(*names: str) -> Callable[[View], View]:
    """Say of a view that bodies hold what is to be sealed; only these fields of them tell one request from another.

    A keyed hash of the whole body would let whoever has the database and the key of a web process try every price.
    """

    def mark(view: View) -> View:
        view.marketplace_told_by = names  # type: ignore[attr-defined]
        return view

    return mark


def told_by(view: Callable[..., Any], body: bytes) -> str:
    """What of a body tells a request to this view from another one under the same key."""
    names: tuple[str, ...] | None = getattr(view, "marketplace_told_by", None)
    if names is None:
        return body.decode(errors="replace")
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    open_ones = {name: sent[name] for name in names if name in sent} if isinstance(sent, dict) else {}
    return orjson.dumps(open_ones, option=orjson.OPT_SORT_KEYS).decode()


def _keyed() -> Keyed | None:
    key = request.headers.get("Idempotency-Key")
    if not key or request.method != "POST":
        return None
    view = current_app.view_functions[str(request.endpoint)]
    return Keyed(key, request.path, told_by(view, request.get_data()), request.query_string.decode())


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
    if found.request not in {"", content}:
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
    ctx.session.add(Answered(key=name, request=content, status=response.status_code, answer=answer, at=day_of(ctx.now)))
    return response
