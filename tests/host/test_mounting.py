"""Mounted in a host: its database session, its prefix, its 404 page; and two markets in one process."""

import pytest
from flask import Flask, render_template_string
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

from marketplace import Marketplace, create_app
from marketplace.kernel.base import Base
from marketplace.kernel.ports import Actor
from marketplace.testing.plugin import put_away, runtime_of


@pytest.fixture
def host(marketplace_backend, marketplace_keys, tmp_path):
    """A government platform with its own SQLAlchemy, its own `t`, its own 404."""
    url, remove = marketplace_backend.fresh(tmp_path)
    app = Flask("host")
    app.config.update(
        SQLALCHEMY_DATABASE_URI=url, MARKETPLACE_URL_PREFIX="/zjcs", MARKETPLACE_FILES=str(tmp_path), **marketplace_keys
    )
    database = SQLAlchemy(app)
    app.jinja_env.globals["t"] = "own"
    app.register_error_handler(404, lambda error: ("host says 404", 404))

    @app.get("/own")
    def own():
        return render_template_string("{{ t }}")

    Marketplace(app, holds_keys=True)
    yield app, database
    put_away(app)
    remove()


def test_pages_and_api_live_under_the_prefix(host):
    browser = host[0].test_client()
    assert browser.get("/zjcs/").status_code == 200
    assert browser.get("/zjcs/api/v1/openapi.json").json["openapi"] == "3.1.0"
    assert browser.get("/").status_code == 404


def test_the_hosts_404_and_templates_stay_its_own(host):
    browser = host[0].test_client()
    assert browser.get("/nowhere").text == "host says 404"
    assert browser.get("/own").text == "own"


def test_a_missing_tender_is_our_404_in_words(host):
    answer = host[0].test_client().get("/zjcs/api/v1/tenders/nowhere")
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_a_verb_joins_the_hosts_own_transaction(host):
    app, database = host
    with app.app_context():
        ctx = runtime_of(app).join(database.session(), Actor.system())
        number = ctx.number("HH")
        assert number.startswith("HH-")
        database.session.rollback()
        assert database.session.execute(text("SELECT count(*) FROM marketplace_counter")).scalar() == 0


def test_the_host_is_the_only_owner_of_its_sqlalchemy(host):
    app, database = host
    with app.app_context():
        assert app.extensions["sqlalchemy"] is database
        assert runtime_of(app).sessions().get_bind() is database.engine


def test_two_markets_live_in_one_process(marketplace_backend, marketplace_keys, tmp_path):
    apps = []
    for name in ("甲市中介超市", "乙市中介超市"):
        folder = tmp_path / name
        folder.mkdir()
        url, remove = marketplace_backend.fresh(folder)
        settings = {**marketplace_keys, "MARKETPLACE_DATABASE_URL": url, "MARKETPLACE_NAME": name}
        apps.append((create_app(settings), name, remove))
    with runtime_of(apps[0][0]).work() as ctx:
        assert ctx.number("TW").endswith("000001")
    with runtime_of(apps[1][0]).work() as ctx:
        assert ctx.number("TW").endswith("000001")
    for app, name, remove in apps:
        assert name in app.test_client().get("/").text
        put_away(app)
        remove()


def test_all_our_tables_carry_our_prefix():
    assert [table for table in Base.metadata.tables if not table.startswith("marketplace_")] == []
