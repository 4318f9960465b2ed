"""What nobody can do without: a bare Flask app on the same server that writes the same rows by one raw statement."""

import os
import threading
import uuid
from typing import Any

from flask import Flask, jsonify, request

from marketplace.web.serving import NoSession

URL = "BENCH_URL"
SCHEMA = (
    "CREATE TABLE floor_token (secret VARCHAR(80) PRIMARY KEY, agency VARCHAR(32) NOT NULL)",
    "CREATE TABLE floor_bid (id VARCHAR(32) PRIMARY KEY, tender VARCHAR(32) NOT NULL, bidder VARCHAR(64) NOT NULL,"
    " envelope TEXT NOT NULL, digest VARCHAR(64) NOT NULL, UNIQUE (tender, bidder))",
    "CREATE TABLE floor_event (id VARCHAR(32) PRIMARY KEY, subject VARCHAR(80) NOT NULL, body TEXT NOT NULL)",
    "CREATE TABLE floor_answered (key VARCHAR(64) PRIMARY KEY, answer TEXT NOT NULL)",
)
_ENVELOPE, _BODY, _ANSWER = "e" * 400, "b" * 400, "a" * 1000
_POSTGRESQL = (
    "WITH bid AS (INSERT INTO floor_bid VALUES (%(id)s, 't', %(who)s, %(envelope)s, 'd') RETURNING id)"
    ", kept AS (INSERT INTO floor_answered SELECT id, %(answer)s FROM bid)"
    " INSERT INTO floor_event SELECT id, 't', %(body)s FROM bid"
)
_SQLITE = (
    "INSERT INTO floor_bid VALUES (:id, 't', :who, :envelope, 'd')",
    "INSERT INTO floor_event VALUES (:id, 't', :body)",
    "INSERT INTO floor_answered VALUES (:id, :answer)",
)


def bare() -> Flask:
    """The floor: look the token up, write bid, event and answer durably, answer."""
    app, url = Flask("bare", static_folder=None), os.environ[URL]
    app.session_interface = NoSession()
    write = _raw_postgresql(url) if url.startswith("postgresql") else _raw_sqlite(url)

    @app.post("/bid")
    def bid() -> Any:
        request.get_json()
        values = {"id": uuid.uuid4().hex, "envelope": _ENVELOPE, "body": _BODY, "answer": _ANSWER}
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
