"""How a service of its own answers: JSON by orjson, no Flask session, addresses built when first asked for."""

from collections.abc import Callable
from typing import Any, ClassVar

import orjson
from flask import Flask, Request, Response
from flask.json.provider import JSONProvider
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.routing import Rule


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
