"""How a service of its own answers: JSON by orjson, no Flask session, addresses built when first asked for."""

from collections.abc import Callable
from functools import lru_cache
from inspect import CO_COROUTINE
from types import FunctionType
from typing import Any, ClassVar

import orjson
from flask import Flask, Request, Response
from flask.json.provider import JSONProvider
from flask.sessions import SessionInterface, SessionMixin
from flask_sqlalchemy import SQLAlchemy
from werkzeug.exceptions import BadHost
from werkzeug.routing import MapAdapter, Rule
from werkzeug.wsgi import get_host


class OrjsonProvider(JSONProvider):
    """JSON by orjson: several times faster than the standard library, and UTF-8."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return orjson.dumps(obj, default=str, option=orjson.OPT_NON_STR_KEYS).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return orjson.loads(s)


class NoSession(SessionInterface):
    """We keep no Flask session: sign-ins are rows, and opening a cookie costs more than many an answer."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin | None:
        """An empty session that refuses to be written."""
        return self.make_null_session(app)

    def is_null_session(self, obj: object) -> bool:
        """Every session of ours is one, so nothing is saved."""
        return True

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Never called: every session is null."""


class LazyRule(Rule):
    """A route that is parsed once for all apps of a process, its address builder compiled when first used.

    Hundreds of them are most of the start.
    """

    _parsed: ClassVar[dict[object, tuple[Any, Any, Any, frozenset[str]]]] = {}

    def compile(self) -> None:
        """Take what another app of this process has parsed; a rule of another map class parses for itself."""
        key = (type(self.map), self.rule, self.subdomain, self.host, self.merge_slashes)
        known = self._parsed.get(key)
        if known is None:
            super().compile()
            self._parsed[key] = (self._parts, self._trace, self._converters, frozenset(self.arguments))
            return
        self._parts, self._trace, self._converters, arguments = known
        self.arguments |= arguments
        self._build = self._compile_builder(append_unknown=False).__get__(self, None)
        self._build_unknown = self._compile_builder(append_unknown=True).__get__(self, None)

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled: list[Callable[..., tuple[str, str]]] = []
        make = super()._compile_builder

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            if not compiled:
                compiled.append(make(append_unknown))
            return compiled[0](rule, **values)

        return build


@lru_cache(256)
def _hosts(scheme: str, header: str | None, name: str | None, port: str | None) -> tuple[str, str]:
    """The host of a request, validated, and as addresses are built with it. Raises BadHost."""
    given = {"wsgi.url_scheme": scheme, "HTTP_HOST": header, "SERVER_NAME": name, "SERVER_PORT": port}
    host = get_host({key: value for key, value in given.items() if value is not None})
    plain, colon, number = host.lower().partition(":")
    try:
        return host, f"{plain.encode('idna').decode('ascii')}{colon}{number}"
    except UnicodeError as error:
        raise BadHost from error


class Site(Flask):
    """The framework with its own answers to two questions that it asks anew for every request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """What is written as a plain function is one; for anything else the framework looks closer."""
        if type(func) is FunctionType and not func.__code__.co_flags & CO_COROUTINE:
            return func
        return super().ensure_sync(func)

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Routes of a site under one name: the host that was validated once is not validated and encoded again."""
        if request is None or not self._is_plain(request.environ):
            return super().create_url_adapter(request)
        environ = request.environ
        given = environ.get
        request.host, name = _hosts(request.scheme, given("HTTP_HOST"), given("SERVER_NAME"), given("SERVER_PORT"))
        return MapAdapter(
            self.url_map,
            name,
            request.root_path or "/",
            self.url_map.default_subdomain,
            request.scheme,
            request.path,
            request.method,
            request.query_string.decode(errors="replace"),
        )

    def _is_plain(self, environ: dict[str, Any]) -> bool:
        """Whether nothing about the host is configured, and no other protocol is asked for."""
        if self.config["SERVER_NAME"] is not None or self.config["TRUSTED_HOSTS"] is not None:
            return False
        wide = self.url_map.host_matching or self.subdomain_matching
        return not wide and "HTTP_UPGRADE" not in environ and bool(environ.get("PATH_INFO"))


class Lent(SQLAlchemy):
    """The database of a site of our own; its session is there for a host's extension, and we never ask for it."""

    def _teardown_session(self, exc: BaseException | None) -> None:
        if self.session.registry.has():
            super()._teardown_session(exc)
