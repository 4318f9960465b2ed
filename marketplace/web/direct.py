"""The direct way of a hot door: programs with a token of ours, before the framework has begun.

A view may have a second, much cheaper form for the plainest of its requests. It accepts and refuses only what it is
sure of; on the least doubt the whole way is gone with the same request, which says the same (docs/adr/0038).
"""

import io
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, cast

import orjson
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.kernel.answered import LONGEST_KEY, Keyed
from marketplace.kernel.context import Ctx, Runtime
from marketplace.kernel.direct import Direct, Doubt, Later
from marketplace.kernel.errors import Busy, DomainError, NotStored
from marketplace.kernel.ports import Actor, HoldsTokens
from marketplace.web.gate import RECEIVED, Environ
from marketplace.web.idempotency import told_by
from marketplace.web.problems import KIND, STATUS, told

log = logging.getLogger("marketplace")

View = TypeVar("View", bound=Callable[..., Any])
REFUSED = "marketplace.refused"
LARGEST_BODY = 16 * 1024
# What tells that somebody asks for more than the plainest.
_MORE = ("HTTP_COOKIE", "HTTP_TRANSFER_ENCODING")
_KEY = "HTTP_IDEMPOTENCY_KEY"
_HEADERS = [("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store")]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. place: what stands in the address where the route has its one variable. keyed: if it names a key."""

    direct: Direct
    place: str
    secret: str
    body: bytes
    keyed: Keyed | None


Way = Callable[[Ctx, Asked], Mapping[str, Any] | DomainError | None]


def directly(way: Way) -> Callable[[View], View]:
    """Give a view its second form: 201 with what `way` returns, the refusal that it returns, or nothing with None."""

    def mark(view: View) -> View:
        view.marketplace_direct = way  # type: ignore[attr-defined]
        return view

    return mark


class Directly:
    """WSGI: around an app of our own whose views may have a second form."""

    def __init__(self, app: Flask, market: Runtime, direct: Direct, provider: HoldsTokens) -> None:
        self._work, self._market, self._direct, self._provider = app.wsgi_app, market, direct, provider
        self._views = [(re.compile(path), view) for path, view in _views(app)]

    @classmethod
    def before(cls, app: Flask, market: Runtime) -> None:
        """Put the direct ways before an app, where its database and its provider of identities have one."""
        provider = market.plugins["identity_providers"][market.settings["MARKETPLACE_IDENTITY"]]
        if market.direct is not None and isinstance(provider, HoldsTokens):
            app.wsgi_app = cls(app, market, market.direct, provider)  # type: ignore[method-assign]

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer directly, or let the app work."""
        if environ["REQUEST_METHOD"] == "POST" and (way := self._way(environ)) is not None:
            answer = self._answer(environ, *way)
            if isinstance(answer, DomainError):
                status = STATUS[answer.kind]
                return _said(start_response, f"{status} {status.phrase.upper()}", KIND, told(answer))
            if answer is not None:
                return _said(start_response, "201 CREATED", "application/json", answer)
        return self._work(environ, start_response)

    def _way(self, environ: Environ) -> tuple[Callable[..., Any], str, str] | None:
        path = environ.get("PATH_INFO", "")
        for pattern, view in self._views:
            if (found := pattern.fullmatch(path)) is not None:
                secret = self._provider.token_in({"Authorization": environ.get("HTTP_AUTHORIZATION", "")})
                return (view, found[1], secret) if secret is not None and _is_plain(environ) else None
        return None

    def _answer(
        self, environ: Environ, view: Callable[..., Any], place: str, secret: str
    ) -> Mapping[str, Any] | DomainError | None:
        way: Way = view.marketplace_direct  # type: ignore[attr-defined]
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.input"] = io.BytesIO(body)
        received: datetime | None = environ.get(RECEIVED)
        try:
            with closing(Later(self._market.sessions)) as session:
                ctx = self._market.join(cast("Session", session), Actor.public(), received=received)
                return way(ctx, Asked(self._direct, place, secret, body, _keyed(environ, body, view)))
        except (Busy, NotStored) as error:
            environ[REFUSED] = error  # it would only be waited for again
        except (DomainError, Doubt):
            pass
        except Exception:
            log.exception("the direct way failed; the whole way goes on")
        return None


def _said(start_response: Callable[..., Any], status: str, kind: str, answer: Mapping[str, Any]) -> list[bytes]:
    body = orjson.dumps(answer)
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body))), *_HEADERS])
    return [body]


def _keyed(environ: Environ, body: bytes, view: Callable[..., Any]) -> Keyed | None:
    key = environ.get(_KEY)
    return Keyed(key, environ["PATH_INFO"], told_by(view, body)) if key else None


def _is_plain(environ: Environ) -> bool:
    length = environ.get("CONTENT_LENGTH") or ""
    if not length.isdecimal() or not 0 < int(length) <= LARGEST_BODY or environ.get("QUERY_STRING"):
        return False
    if len(environ.get(_KEY, "")) > LONGEST_KEY:
        return False
    return environ.get("CONTENT_TYPE") == "application/json" and not any(name in environ for name in _MORE)


def _views(app: Flask) -> Iterable[tuple[str, Callable[..., Any]]]:
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if hasattr(view, "marketplace_direct") and "POST" in (rule.methods or ()):
            before, after = re.split(r"<[^>]+>", rule.rule)
            yield f"{re.escape(before)}([0-9A-Za-z]+){re.escape(after)}", view
