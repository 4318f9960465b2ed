"""How a service of its own answers: JSON by orjson, no Flask session, addresses built when first asked for."""

from collections.abc import Callable
from typing import Any

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
    """A route whose address builder is compiled when first used: three hundred of them are most of the start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled: list[Callable[..., tuple[str, str]]] = []
        make = super()._compile_builder

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            if not compiled:
                compiled.append(make(append_unknown))
            return compiled[0](rule, **values)

        return build
