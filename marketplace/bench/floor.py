"""What nobody can do without: a bare Flask app on the same server that writes the same rows by one raw statement.

Also the usual way, for scale: ORM objects, a cookie session, and a check before the insert.
"""

import os
import threading
import uuid
from typing import Any

from flask import Flask, jsonify, request, session
from flask_sqlalchemy import SQLAlchemy
from nacl.public import PrivateKey, SealedBox
from nacl.signing import SigningKey
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.engines import prepare
from marketplace.web.serving import NoSession

URL = "BENCH_URL"
SCHEMA = (
    "CREATE TABLE floor_token (secret VARCHAR(80) PRIMARY KEY, agency VARCHAR(32) NOT NULL)",
    "CREATE TABLE floor_bid (id VARCHAR(32) PRIMARY KEY, tender VARCHAR(32) NOT NULL, bidder VARCHAR(64) NOT NULL,"
    " envelope TEXT NOT NULL, digest VARCHAR(64) NOT NULL, UNIQUE (tender, bidder))",
    "CREATE TABLE floor_event (id VARCHAR(32) PRIMARY KEY, subject VARCHAR(80) NOT NULL, body TEXT NOT NULL)",
)
_ENVELOPE, _BODY = "e" * 400, "b" * 400
_POSTGRESQL = (
    "WITH bid AS (INSERT INTO floor_bid VALUES (%(id)s, 't', %(who)s, %(envelope)s, 'd') RETURNING id)"
    " INSERT INTO floor_event SELECT id, 't', %(body)s FROM bid"
)
_SQLITE = (
    "INSERT INTO floor_bid VALUES (:id, 't', :who, :envelope, 'd')",
    "INSERT INTO floor_event VALUES (:id, 't', :body)",
)


def bare() -> Flask:
    """The floor: look the token up, write bid and event durably, answer."""
    app, url = Flask("bare", static_folder=None), os.environ[URL]
    app.session_interface = NoSession()
    write = _raw_postgresql(url) if url.startswith("postgresql") else _raw_sqlite(url)

    @app.post("/bid")
    def bid() -> Any:
        request.get_json()
        values = {"id": uuid.uuid4().hex, "envelope": _ENVELOPE, "body": _BODY}
        write({**values, "who": uuid.uuid4().hex, "secret": request.headers["Authorization"]})
        return jsonify(values), 201

    return app


def _raw_postgresql(url: str) -> Any:
    import psycopg

    mine = threading.local()

    def write(values: dict[str, str]) -> None:
        if not hasattr(mine, "connection"):
            mine.connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        mine.connection.execute("SELECT agency FROM floor_token WHERE secret = %(secret)s", values).fetchone()
        mine.connection.execute(_POSTGRESQL, values)

    return write


def _raw_sqlite(url: str) -> Any:
    import sqlite3

    connection = sqlite3.connect(url.removeprefix("sqlite:///"), check_same_thread=False, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=30000")
    alone = threading.Lock()

    def write(values: dict[str, str]) -> None:
        with alone:
            connection.execute("SELECT agency FROM floor_token WHERE secret = :secret", values).fetchone()
            connection.execute("BEGIN IMMEDIATE")
            for statement in _SQLITE:
                connection.execute(statement, values)
            connection.execute("COMMIT")

    return write


def _usual_tables(tables: SQLAlchemy) -> tuple[Any, Any, Any]:
    """The classes of token, bid and event, as one would write them first."""

    class Token(tables.Model):  # type: ignore[name-defined,misc]
        __tablename__ = "floor_token"
        secret: Mapped[str] = mapped_column(primary_key=True)
        agency: Mapped[str]

    class Bid(tables.Model):  # type: ignore[name-defined,misc]
        __tablename__ = "floor_bid"
        id: Mapped[str] = mapped_column(primary_key=True)
        tender: Mapped[str]
        bidder: Mapped[str]
        envelope: Mapped[str]
        digest: Mapped[str]

    class Event(tables.Model):  # type: ignore[name-defined,misc]
        __tablename__ = "floor_event"
        id: Mapped[str] = mapped_column(primary_key=True)
        subject: Mapped[str]
        body: Mapped[str]

    return Token, Bid, Event


def usual() -> Flask:
    """The usual way with the same features: signed-in by cookie, sealed, recorded, receipt signed."""
    app = Flask("usual", static_folder=None)
    app.config.update(SECRET_KEY="bench", SQLALCHEMY_DATABASE_URI=os.environ[URL])
    tables = SQLAlchemy(app)
    key, box = SigningKey.generate(), SealedBox(PrivateKey.generate().public_key)

    token, bids, events = _usual_tables(tables)

    with app.app_context():
        prepare(tables.engine)

    @app.post("/bid")
    def bid() -> Any:
        facts = request.get_json()
        session["seen"] = session.get("seen", 0) + 1
        tables.session.get(token, request.headers["Authorization"])
        who = uuid.uuid4().hex
        if tables.session.query(bids).filter_by(tender="t", bidder=who).first() is not None:
            return jsonify(error="doubled"), 409
        made = bids(id=uuid.uuid4().hex, tender="t", bidder=who, envelope="", digest="d")
        made.envelope = box.encrypt(str(facts).encode()).hex()
        tables.session.add(made)
        tables.session.add(events(id=uuid.uuid4().hex, subject="t", body=_BODY))
        tables.session.commit()
        return jsonify(id=made.id, signature=key.sign(made.id.encode()).signature.hex()), 201

    return app
