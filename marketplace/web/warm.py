"""Public pages kept warm: rendered once, answered as bytes until anything is committed or a second has passed.

A page is kept under the mark of the database that was asked for before it was read (kernel/versions.py), so that
nobody is shown a notice as it was before a change. Only what the public is shown is kept; whoever says who he is gets
a page of his own. Browsers and proxies ask again with the ETag and are answered 304 as long as nothing differs.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple, TypeVar, cast

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue

from marketplace.web.actor import runtime, whoever_is_asking
from marketplace.web.csrf import SAFE
from marketplace.web.language import locale

View = TypeVar("View", bound=Callable[..., Any])
Key = tuple[str, ...]
Stamp = tuple[str, int]

ADDRESS = ("wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")
MOST_PAGES = 256
LARGEST_BYTES = 256 * 1024


class Page(NamedTuple):
    """A rendered page and when it was true."""

    stamp: Stamp
    body: bytes
    etag: str


class Shelf:
    """The warm pages of one process; what was asked for longest ago goes first."""

    def __init__(self, most: int = MOST_PAGES) -> None:
        self._most, self._guard = most, threading.Lock()
        self._pages: OrderedDict[Key, Page] = OrderedDict()

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
        stamp = (market.version(), int(market.clock().timestamp()))
        shelf: Shelf = current_app.extensions["marketplace_warm"]
        key = (*(request.environ.get(name, "") for name in ADDRESS), locale())
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


def _answer(page: Page) -> Response:
    headers = [("ETag", page.etag), ("Cache-Control", "no-cache"), ("Vary", "Cookie, Authorization")]
    # A proxy that compresses marks the tag as weak; the page is the same.
    known = request.environ.get("HTTP_IF_NONE_MATCH", "")
    if known and page.etag in (one.strip().removeprefix("W/") for one in known.split(",")):
        return Response(status=304, headers=headers)
    return Response(page.body, mimetype="text/html", headers=headers)
