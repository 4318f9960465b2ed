"""Forms come from our own pages: Sec-Fetch-Site or Origin must say so (OWASP: fetch metadata)."""

from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import BadRequest

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def is_our_own() -> bool:
    """Whether an unsafe request with cookies was sent by one of our pages."""
    if request.method in SAFE:
        return True
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer")
    return bool(origin) and urlsplit(str(origin)).netloc == request.host


def refuse_foreign_forms() -> None:
    """Raise 400 for a form that another site submitted."""
    if not is_our_own():
        raise BadRequest
