"""Pages that belong to no domain: health, language, the API's own documentation, static files."""

import hashlib
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from marketplace.kernel.drift import Watch
from marketplace.web.actor import runtime
from marketplace.web.doors import local_path, page_door, public, render, see_other
from marketplace.web.language import LOCALES

STATIC = Path(__file__).parent / "static"
YEAR_SECONDS = 31_536_000

door: Blueprint = page_door("web", __name__)


@public
def healthz() -> ResponseReturnValue:
    """The process answers. Registered on the app itself: a health check has no form, no language and no reader."""
    return Response(b"ok\n", mimetype="text/plain")


@door.get("/clock")
@public
def clock() -> ResponseReturnValue:
    """The market's time and how far this process's clock is from it: by that the arrival of a bid is stamped."""
    watch: Watch = current_app.extensions["marketplace_clock"]
    found, second = watch.reading(), timedelta(milliseconds=1)
    return jsonify(
        now=(runtime().clock() + found.offset).isoformat(),
        offset_ms=round(found.offset / second, 3),
        error_ms=round(found.error / second, 3),
        most_ms=round(watch.most / second),
        trusted=watch.trusted,
        measured_at=found.at.isoformat(),
    )


@door.get("/static/marketplace/<path:name>")
@public
def static_file(name: str) -> ResponseReturnValue:
    """A file of ours; its address carries its hash, so it may be kept for a year."""
    return send_from_directory(STATIC, name, max_age=YEAR_SECONDS)


@door.get("/lang/<code>")
@public
def language(code: str) -> ResponseReturnValue:
    """Choose the language and go back to a page of ours."""
    response = current_app.make_response(see_other(local_path(request.args.get("next", "")) or "/"))
    if code in LOCALES:
        response.set_cookie("marketplace_lang", code, max_age=YEAR_SECONDS, samesite="Lax", httponly=True)
    return response


@door.get("/api/v1/docs")
@public
def api_docs() -> ResponseReturnValue:
    """The API's documentation, rendered from its own OpenAPI document without any foreign script."""
    return render("marketplace/web/api_docs.html", spec=_spec())


@door.get("/api/v1/openapi.json")
@public
def openapi_document() -> ResponseReturnValue:
    """The contract of the API, OpenAPI 3.1."""
    return jsonify(_spec())


def _spec() -> dict[str, Any]:
    found: dict[str, Any] = current_app.extensions["marketplace_api"].document()
    return found


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]


def static_url(name: str) -> str:
    """Address of a static file with its content hash."""
    return url_for("marketplace_web.static_file", name=name, v=_digest(name))
