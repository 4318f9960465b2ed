"""Public pages kept warm: rendered once, answered as bytes until anything is committed or a second has passed.

A page is kept under the mark of the database that was asked for before it was read (kernel/versions.py), so that
nobody is shown a notice as it was before a change. Only what the public is shown is kept; whoever says who he is gets
a page of his own. In a host's app nothing is kept: its frame around our pages may show what we do not know.
Browsers and proxies ask again with the ETag and are answered 304 as long as nothing differs.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, NamedTuple, TypeVar, cast

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import EnvironHeaders

from marketplace.kernel.context import Runtime
from marketplace.kernel.ports import KnowsSilence
from marketplace.web.actor import SentHeaders, runtime, whoever_is_asking
from marketplace.web.csrf import SAFE
from marketplace.web.headers import PAGE_HEADERS
from marketplace.web.language import LOCALES, locale

View = TypeVar("View", bound=Callable[..., Any])
Key = tuple[str, ...]
Stamp = tuple[str, int]

ADDRESS = ("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")
HTML = ("Content-Type", "text/html; charset=utf-8")
MOST_PAGES = 256
LARGEST_BYTES = 256 * 1024


class Page(NamedTuple):
    """A rendered page and when it was true."""

    stamp: Stamp
    body: bytes
    etag: str

    def is_known(self, tags: str) -> bool:
        """Whether the reader has it already. tags: If-None-Match; a proxy that compresses marks a tag as weak."""
        return self.etag in (one.strip().removeprefix("W/") for one in tags.split(","))

    @property
    def headers(self) -> list[tuple[str, str]]:
        """What a page and a 304 say beside the security headers."""
        return [("ETag", self.etag), ("Cache-Control", "no-cache"), ("Vary", "Cookie, Authorization")]


class Shelf:
    """The warm pages of one process; what was asked for longest ago goes first."""

    def __init__(self, most: int = MOST_PAGES) -> None:
        self._most, self._guard = most, threading.Lock()
        self._pages: OrderedDict[Key, Page] = OrderedDict()

    def __contains__(self, key: Key) -> bool:
        return key in self._pages

    def take(self, key: Key, stamp: Stamp) -> Page | None:
        """The page, if it is still true."""
        with self._guard:
            page = self._pages.get(key)
            if page is None or page.stamp != stamp:
                return None
            self._pages.move_to_end(key)
            return page

    def put(self, key: Key, page: Page) -> None:
        """Keep a page in place of its older self."""
        if len(page.body) > LARGEST_BYTES:
            return
        with self._guard:
            self._pages[key] = page
            self._pages.move_to_end(key)
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)


def warm(view: View) -> View:
    """Keep what a public page shows. The page shows nothing that is not in the database, the address or the clock."""

    @wraps(view)
    def inside(*args: Any, **kwargs: Any) -> ResponseReturnValue:
        market = runtime()
        if market.version is None or request.method not in SAFE or whoever_is_asking().kind != "public":
            return cast("ResponseReturnValue", view(*args, **kwargs))
        # Asked before the page is read: what is committed in between makes the page newer than its mark, never older.
        stamp = _stamp(market)
        shelf: Shelf = current_app.extensions["marketplace_warm"]
        key = _key(request.environ, locale())
        page = shelf.take(key, stamp)
        if page is None:
            made = view(*args, **kwargs)
            if not isinstance(made, str):
                return cast("ResponseReturnValue", made)
            body = made.encode()
            page = Page(stamp, body, f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"')
            shelf.put(key, page)
        return _answer(page)

    return cast("View", inside)


def _stamp(market: Runtime) -> Stamp:
    assert market.version is not None
    return (market.version(), int(market.clock().timestamp()))


def _key(environ: Mapping[str, Any], language: str) -> Key:
    return (*[environ.get(name, "") for name in ADDRESS], language)


def _answer(page: Page) -> Response:
    tags = request.environ.get("HTTP_IF_NONE_MATCH", "")
    if tags and page.is_known(tags):
        return Response(status=304, headers=page.headers)
    return Response(page.body, mimetype="text/html", headers=page.headers)


class Front:
    """WSGI: hands warm pages out before the framework has begun, to readers who say nothing about themselves."""

    def __init__(self, app: Flask, market: Runtime) -> None:
        self._work, self._market = app.wsgi_app, market
        self._shelf: Shelf = app.extensions["marketplace_warm"]
        provider = market.plugins["identity_providers"][market.settings["MARKETPLACE_IDENTITY"]]
        self._silent = provider.is_silent if isinstance(provider, KnowsSilence) else None

    @classmethod
    def before(cls, app: Flask, market: Runtime) -> None:
        """Put a front before an app whose database tells whether it has changed."""
        if market.version is not None:
            app.wsgi_app = cls(app, market)  # type: ignore[method-assign]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer from the shelf, or let the app work."""
        page = self._found(environ)
        if page is None:
            return self._work(environ, start_response)
        tags = environ.get("HTTP_IF_NONE_MATCH", "")
        if tags and page.is_known(tags):
            start_response("304 NOT MODIFIED", [*page.headers, *PAGE_HEADERS])
            return []
        length = ("Content-Length", str(len(page.body)))
        start_response("200 OK", [HTML, length, *page.headers, *PAGE_HEADERS])
        return [page.body]

    def _found(self, environ: dict[str, Any]) -> Page | None:
        if self._market.version is None or environ["REQUEST_METHOD"] != "GET" or "HTTP_COOKIE" in environ:
            return None
        if "lang=" in environ.get("QUERY_STRING", ""):
            return None
        key = _key(environ, LOCALES[0])
        if key not in self._shelf or self._silent is None or not self._silent(SentHeaders(EnvironHeaders(environ)), {}):
            return None
        return self._shelf.take(key, _stamp(self._market))
