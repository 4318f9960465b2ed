"""create_app(): a bare Flask app plus the extension."""

import gc
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from marketplace import config
from marketplace.extension import Marketplace
from marketplace.kernel import versions
from marketplace.kernel.clock import Clock, SimulatedClock, system_clock
from marketplace.web import problems
from marketplace.web.direct import Directly
from marketplace.web.doors import explain_http
from marketplace.web.gate import Gate
from marketplace.web.headers import secure
from marketplace.web.serving import LazyRule, NoSession, OrjsonProvider, Site
from marketplace.web.warm import Front


def create_app(
    settings: Mapping[str, Any] | None = None, *, clock: Clock | None = None, holds_keys: bool = False
) -> Flask:
    """The marketplace standing alone.

    settings: MARKETPLACE_* keys; the environment fills the rest. clock: for tests and the demonstration.
    holds_keys: whether this process may open envelopes; the web process may not.
    """
    app = Site("marketplace", static_folder=None, template_folder=None)
    app.json = OrjsonProvider(app)
    app.session_interface = NoSession()
    app.url_rule_class = LazyRule
    app.config.update(settings or {})
    known = config.load(app.config)
    logging.getLogger("marketplace").setLevel(known["MARKETPLACE_LOG_LEVEL"])
    app.config["MAX_CONTENT_LENGTH"] = int(known["MARKETPLACE_MAX_UPLOAD_MB"]) * 2**20
    market = Marketplace(clock=clock or _clock(known), holds_keys=holds_keys).init_app(app)
    with app.app_context():
        market.version = versions.version(app.extensions["sqlalchemy"].engine, market.readers)
    app.register_error_handler(HTTPException, _explain)
    app.register_error_handler(Exception, _explain_bug)
    app.after_request(secure)
    Front.before(app, market)
    Directly.before(app, market)
    return app


def production() -> Flask:
    """One web process for granian or gunicorn: stamps, lines and limits before the app (web/gate.py)."""
    app = create_app()
    Gate.before(app)
    gc.collect()
    gc.freeze()  # what was made at the start stays, so the collector need not walk it again and again
    return app


def _clock(settings: Mapping[str, str]) -> Clock:
    text = settings["MARKETPLACE_DEMO_CLOCK"]
    if not text:
        return system_clock
    start, _, anchor = text.partition("@")
    real = datetime.fromisoformat(anchor) if anchor else None
    return SimulatedClock(datetime.fromisoformat(start), running=system_clock, anchor=real)


def _explain(error: HTTPException) -> ResponseReturnValue:
    return problems.of_http(error) if "/api/" in request.path else explain_http(error)


def _explain_bug(error: Exception) -> ResponseReturnValue:
    response = problems.of_bug(error)
    if "/api/" in request.path:
        return response
    from marketplace.web.doors import render
    from marketplace.web.language import t

    return render("marketplace/problem.html", title=t("系统出现意外错误，已记录"), remedy="", code="http.500"), 500
