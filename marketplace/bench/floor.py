"""What nobody can do without: a bare Flask app on the same server that writes the same rows by raw statements."""

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from flask import Flask, jsonify, request

from marketplace.kernel.context import lock_key
from marketplace.tenders.service.direct import PLACED
from marketplace.tenders.service.steps import lock_name
from marketplace.web.serving import NoSession

URL = "BENCH_URL"
Write = Callable[[dict[str, Any]], None]
_WHO = "SELECT organisation_id FROM marketplace_token WHERE secret_hash = {}"
# The rows of a bid as the market has them, in their usual sizes; what is inside is read by nobody.
SIZES = {"envelope": 2144, "new_body": 400, "kept_answer": 1000}
_SQLITE = (
    "INSERT INTO marketplace_bid (id, tender_id, bidder_index, envelope, digest, placed_at, version, notice_version)"
    " SELECT :id, :tender, :bidder_index, :envelope, :digest, :received, 1, :seen FROM marketplace_tender"
    " WHERE id = :tender AND stage = 'open' AND notice_version = :seen AND closes_at > :received",
    "INSERT INTO marketplace_event (id, subject, type, at, actor, public, sealed, leaf, body)"
    " VALUES (:new_id, :new_subject, :new_type, :received, :new_actor, 1, 1, :new_leaf, :new_body)",
    "INSERT INTO marketplace_unsealed (event_id, held_for) VALUES (:new_id, :held_for)",
    "INSERT INTO marketplace_answered (key, request, status, answer, at)"
    " VALUES (:kept_key, :kept_request, 201, :kept_answer, :received)",
)


def bare() -> Flask:
    """The floor: look the token up, write the rows of a keyed bid durably by one raw deed, answer."""
    app, url = Flask("bare", static_folder=None), os.environ[URL]
    app.session_interface = NoSession()
    write = _raw_postgresql(url) if url.startswith("postgresql") else _raw_sqlite(url)

    @app.post("/bid/<tender>")
    def bid(tender: str) -> Any:
        request.get_json()
        values = values_of(tender)
        write({**values, "secret": request.headers["Authorization"]})
        return jsonify({name: values[name] for name in ("id", "digest", "new_leaf", "kept_answer")}), 201

    return app


def values_of(tender: str) -> dict[str, Any]:
    """What is written for one bid: random where a bid is, and of the same size. tender: its id."""
    now, fresh = datetime.now(UTC), {name: token_hex(16) for name in ("id", "new_id")}
    long = {name: token_hex(32) for name in ("bidder_index", "digest", "new_leaf", "kept_key", "kept_request")}
    said = {"new_subject": f"tender/{tender}", "new_type": "tender.bid.placed", "new_actor": "sealed"}
    kept = {"used_hash": None, "last_used": now, "kept_lock": lock_key(long["kept_key"])}
    at = {"tender": tender, "lock": lock_key(lock_name(tender)), "seen": 1, "received": now}
    flags = {"new_public": True, "new_sealed": True, "held_for": said["new_subject"]}
    return {**fresh, **long, **said, **kept, **at, **flags, **{name: "e" * size for name, size in SIZES.items()}}


def _raw_postgresql(url: str) -> Write:
    import psycopg

    mine = threading.local()
    deed = f"SELECT marketplace_place_bid({', '.join(f'%({name})s' for name in PLACED.arguments)})"

    def write(values: dict[str, Any]) -> None:
        if not hasattr(mine, "connection"):
            mine.connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        mine.connection.execute(_WHO.format("%(secret)s"), values).fetchone()
        if mine.connection.execute(deed, values).fetchone() != (True,):
            raise RuntimeError("not written")

    return write


def _raw_sqlite(url: str) -> Write:
    import sqlite3

    connection = sqlite3.connect(url.removeprefix("sqlite:///"), check_same_thread=False, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=30000")
    alone = threading.Lock()

    def write(values: dict[str, Any]) -> None:
        said = {**values, "received": values["received"].strftime("%Y-%m-%d %H:%M:%S.%f")}
        with alone:
            connection.execute(_WHO.format(":secret"), values).fetchone()
            connection.execute("BEGIN IMMEDIATE")
            if [connection.execute(statement, said).rowcount for statement in _SQLITE] != [1] * len(_SQLITE):
                raise RuntimeError("not written")
            connection.execute("COMMIT")

    return write
