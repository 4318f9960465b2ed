"""The gate before the app: every request is stamped when it has arrived in full, and only then waits for its turn.

What counts for a bid is when it arrived, so waiting in our line costs nobody the deadline. Bids, sign-ins and all else
stand in lines of their own: a sign-in costs as much as two hundred bids and must not starve them. A line has an end;
beyond it the answer is 503 with Retry-After.
"""

import io
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import orjson
from flask import Flask

from marketplace.kernel.drift import Watch
from marketplace.kernel.errors import Busy

View = TypeVar("View", bound=Callable[..., Any])
Environ = dict[str, Any]

RECEIVED = "marketplace.received_at"
BIDS, SIGN_INS, ALL_ELSE = "bids", "sign-ins", "all else"
# Larger bodies are uploads, which are read while they are worked on and have no deadline by the second.
READ_WHOLE = 256 * 1024
RETRY_SECONDS = "2"
_BUSY_PAGE = (
    "<!doctype html><html lang=zh-CN><meta charset=utf-8><title>系统繁忙</title>"
    f"<p>{Busy.message}。{Busy.remedy}。<p lang=en>The service is busy and nothing was done. Please try again shortly."
)


def lane(name: str) -> Callable[[View], View]:
    """Let the requests of a view wait in a line of its own."""

    def mark(view: View) -> View:
        view.marketplace_lane = name  # type: ignore[attr-defined]
        return view

    return mark


class Lane:
    """slots: how many work at a time. line: how many may wait for that; whoever waits longest is next."""

    def __init__(self, slots: int, line: int) -> None:
        self._guard = threading.Lock()
        self._free, self._line = slots, line
        self._waiting: deque[threading.Lock] = deque()

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def enter(self) -> bool:
        """Wait for a slot; False at once when the line is full."""
        with self._guard:
            if self._free:
                self._free -= 1
                return True
            if len(self._waiting) >= self._line:
                return False
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()
        return True

    def leave(self) -> None:
        """Give the slot to the next."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


def lanes() -> dict[str, Lane]:
    """The lines of one process. Bids may wait for long, because they may not be lost; nobody waits long for a page."""
    return {BIDS: Lane(4, 4000), SIGN_INS: Lane(1, 16), ALL_ELSE: Lane(4, 400)}


class Gate:
    """WSGI: around an app whose views say which lane is theirs."""

    def __init__(self, app: Flask, watch: Watch, known: Mapping[str, Lane] | None = None) -> None:
        self._work = app.wsgi_app
        self._watch = watch
        self._lanes = dict(known or lanes())
        self._rest = self._lanes[ALL_ELSE]
        self._paths = [(re.compile(path), self._lanes[name]) for path, name in _paths(app).items()]

    @classmethod
    def before(cls, app: Flask) -> "Gate":
        """Put a gate before an app; the app stays what it is for everybody who calls it."""
        gate = cls(app, app.extensions["marketplace_clock"])
        app.wsgi_app = gate  # type: ignore[method-assign]
        return gate

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Take the request in, stamp it, wait, work."""
        if environ.get("CONTENT_LENGTH"):
            _take_in(environ)
        environ[RECEIVED] = self._watch.stamp()
        mine = self._lane_of(environ) if environ["REQUEST_METHOD"] == "POST" else self._rest
        if not mine.enter():
            return _come_back(environ, start_response)
        try:
            return self._work(environ, start_response)
        finally:
            mine.leave()  # an answer that streams has no slot any more

    def _lane_of(self, environ: Environ) -> Lane:
        path = environ.get("PATH_INFO", "")
        for pattern, mine in self._paths:
            if pattern.fullmatch(path):
                return mine
        return self._rest


def _paths(app: Flask) -> dict[str, str]:
    """Patterns of the POST routes that have a lane, and its name."""
    found: dict[str, str] = {}
    for rule in app.url_map.iter_rules():
        name = getattr(app.view_functions[rule.endpoint], "marketplace_lane", None)
        if name is not None and "POST" in (rule.methods or ()):
            parts = re.split(r"<[^>]+>", rule.rule)
            found["[^/]+".join(re.escape(part) for part in parts)] = name
    return found


def _take_in(environ: Environ) -> None:
    try:
        length = int(environ["CONTENT_LENGTH"])
    except ValueError:
        return
    if 0 < length <= READ_WHOLE:
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))


def _come_back(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """A refusal that costs next to nothing: no app, no database, both languages at once."""
    page = "text/html" in environ.get("HTTP_ACCEPT", "")
    facts = {"type": f"urn:marketplace:{Busy.code}", "title": Busy.message, "status": 503, "code": Busy.code}
    body = _BUSY_PAGE.encode() if page else orjson.dumps({**facts, "facts": {}, "detail": Busy.remedy})
    headers = [
        ("Content-Type", "text/html; charset=utf-8" if page else "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Retry-After", RETRY_SECONDS),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start_response("503 Service Unavailable", headers)
    return [body]
