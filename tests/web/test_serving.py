"""The framework's short ways: for every request the same answer as the framework's own."""

import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder

pytestmark = pytest.mark.once

HOSTS = ("localhost", "市场.example", "xn--0trw57c.example:8443", "A.Example:80", "[::1]:5000", "a..b", "a b", "", None)
PATHS = ("/", "/tenders", "//tenders", "/tenders/?a=1&b=%E6%B0%B4", "/nowhere", "/tenders/ZJ-1", "")
MORE = ({}, {"SCRIPT_NAME": "/market"}, {"wsgi.url_scheme": "https"}, {"HTTP_UPGRADE": "websocket"})


def environs():
    for host in HOSTS:
        for path in PATHS:
            for more in MORE:
                environ = EnvironBuilder(path=path or "/").get_environ()
                environ |= {"PATH_INFO": environ["PATH_INFO"] if path else ""} | more
                environ.pop("HTTP_HOST")
                yield environ if host is None else {**environ, "HTTP_HOST": host}


def told(app, create, environ):
    """What an adapter says about itself, and what it finds."""
    request = app.request_class(dict(environ))
    try:
        adapter = create(app, request)
        facts = {name: value for name, value in vars(adapter).items() if name != "map"}
        found = adapter.match(return_rule=True)
    except HTTPException as error:
        return type(error), getattr(error, "new_url", None)
    return request.host, facts, found


def test_a_route_is_found_as_the_framework_finds_it(app):
    asked = list(environs())
    for environ in asked:
        assert told(app, type(app).create_url_adapter, environ) == told(app, Flask.create_url_adapter, environ), environ
    assert len(asked) > 200


@pytest.mark.parametrize(("name", "value"), [("TRUSTED_HOSTS", [".example"]), ("SERVER_NAME", "market.example")])
def test_a_host_that_is_configured_is_judged_by_the_framework(app, name, value):
    app.config[name] = value
    ours = [told(app, type(app).create_url_adapter, environ) for environ in environs()]
    assert ours == [told(app, Flask.create_url_adapter, environ) for environ in environs()]


async def waits():
    return "came"


def test_what_is_plain_is_called_as_it_is_and_nothing_else(app, monkeypatch):
    def plain():
        return "went"

    assert app.ensure_sync(plain) is plain
    monkeypatch.setattr(app, "async_to_sync", lambda func: ("wrapped", func))
    assert app.ensure_sync(waits) == ("wrapped", waits)


def test_a_session_that_somebody_asked_for_is_closed_with_the_request(app):
    lent = app.extensions["sqlalchemy"]
    with app.app_context():
        session = lent.session()
        assert lent.session.registry.has()
        session.connection()
    assert not session.in_transaction()
