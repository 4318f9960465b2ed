"""B1: what our doors add to a bare framework."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response
from werkzeug.test import EnvironBuilder

from marketplace.bench.frame import BrokenInvariantError, Row, cpu_us, row
from marketplace.bench.market import market
from marketplace.web.gate import Gate
from marketplace.web.serving import NoSession


def get(app: Flask, path: str) -> Callable[[], bytes]:
    """A GET through the whole stack of an app, without a socket. path: with its query string."""
    environ = EnvironBuilder(path=path).get_environ()

    def ask() -> bytes:
        status: list[str] = []

        def begin(code: str, headers: Any, error: Any = None) -> Any:
            status.append(code)

        body = b"".join(app.wsgi_app(dict(environ), begin))
        if not status[0].startswith("200"):
            raise BrokenInvariantError(f"{path}: {status[0]}")
        return body

    return ask


def health(folder: Path) -> Row:
    """B1: GET /healthz through the whole stack as it is served, with its gate, beside a bare Flask app."""
    bare = Flask("bare", static_folder=None)
    bare.session_interface = NoSession()
    bare.add_url_rule("/healthz", view_func=lambda: Response(b"ok\n", mimetype="text/plain"))
    app = market(folder)
    Gate.before(app)
    ours, floor = get(app, "/healthz"), get(bare, "/healthz")
    repeats = 3000
    return row("B1", "GET /healthz", "us", 1.15, lambda: cpu_us(floor, repeats), lambda: cpu_us(ours, repeats))
