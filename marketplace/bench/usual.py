"""The usual way, for scale: the same bid with the same features, written as one would write it first.

A cookie session, objects read one by one, a check before the insert, the framework's own validation and answer. It
reads and writes the market's own tables, so that what it took is opened and proved like any other bid.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_bytes
from typing import Any

from flask import Flask, abort, request, session
from flask_smorest import Api, Blueprint
from flask_sqlalchemy import SQLAlchemy
from marshmallow import Schema, fields, validate
from sqlalchemy import select

from marketplace import config
from marketplace.agencies.models import Agency, Qualification, ServiceScope, Suspension
from marketplace.bench.floor import URL
from marketplace.catalogue.models import CatalogueItem
from marketplace.identity import rules as identity
from marketplace.identity.models import Login, Membership, Organisation, Token
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.events import EventRow, Unsealed, canonical, leaf_hash
from marketplace.kernel.ids import new_id
from marketplace.kernel.keys import KeyRing
from marketplace.kernel.money import parse_yuan
from marketplace.relations.models import Relation
from marketplace.tenders import rules
from marketplace.tenders.events import BidPlaced
from marketplace.tenders.models import Bid, Tender
from marketplace.tenders.service import envelopes

SETTINGS = {"API_TITLE": "usual", "API_VERSION": "1", "OPENAPI_VERSION": "3.1.0", "SECRET_KEY": "bench"}


class BidIn(Schema):
    """What is bid."""

    price_fen = fields.String(required=True)
    days = fields.Integer(required=True, validate=validate.Range(min=1))
    lead = fields.String(load_default="", validate=validate.Length(max=60))
    note = fields.String(load_default="", validate=validate.Length(max=2000))


class ReceiptOut(Schema):
    """The receipt."""

    tender, kind, leaf, at, digest = (fields.String() for _ in range(5))
    event = fields.Dict()
    public_key, signature = fields.String(), fields.String()


def usual() -> Flask:
    """The app: one route, all features."""
    app = Flask("usual", static_folder=None)
    waits = {"connect_args": {"timeout": 30}} if os.environ[URL].startswith("sqlite") else {}
    app.config.update(SETTINGS, SQLALCHEMY_DATABASE_URI=os.environ[URL], SQLALCHEMY_ENGINE_OPTIONS=waits)
    tables, api, door = SQLAlchemy(app), Api(app), Blueprint("usual", __name__)
    stored = config.read_key_file(Path(os.environ["MARKETPLACE_KEY_FILE"]))
    keys = KeyRing(bytes.fromhex(stored["secret"]), stored["keepers"])

    def bid(data: dict[str, Any], tender_id: str) -> dict[str, Any]:
        session["seen"] = session.get("seen", 0) + 1
        return _bid(tables.session, keys, data, tender_id)

    door.post("/bid/<tender_id>")(door.arguments(BidIn)(door.response(201, ReceiptOut)(bid)))
    api.register_blueprint(door)
    return app


def _bid(db: Any, keys: KeyRing, data: dict[str, Any], tender_id: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    token, firm = _authenticated(db, now)
    tender = db.get(Tender, tender_id)
    if tender is None or tender.stage != "open" or tender.closes_at <= now:
        abort(409)
    _require_eligible(db, tender, firm, now)
    index = keys.index("bid", tender.id, firm.id)
    if db.scalars(select(Bid).filter_by(tender_id=tender.id, bidder_index=index)).first() is not None:
        abort(409)
    price = parse_yuan(data.pop("price_fen"))
    if not 0 < price <= tender.ceiling_fen:
        abort(422)
    inside = {"tender_id": tender.id, "agency_id": firm.id, "price_fen": price, "rate_bp": None, **data}
    envelope = envelopes.seal(tender, inside)
    digest = rules.digest_of(envelope)
    db.add(
        Bid(
            id=new_id(now, token_bytes),
            tender_id=tender.id,
            bidder_index=index,
            envelope=envelope,
            digest=digest,
            placed_at=now,
        )
    )
    event = _recorded(db, BidPlaced(f"tender/{tender.id}", digest), now)
    token.last_used_at = now
    number = tender.number
    db.commit()
    body = {"tender": number, "digest": digest, "public_key": keys.public_key, **event}
    return {**body, "signature": keys.sign(canonical(body))}


def _authenticated(db: Any, now: datetime) -> tuple[Token, Organisation]:
    secret = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = db.scalars(select(Token).filter_by(secret_hash=identity.digest(secret))).first()
    if token is None or token.revoked_at is not None or token.expires_at <= now:
        abort(401)
    login, firm = db.get(Login, token.login_id), db.get(Organisation, token.organisation_id)
    held = db.scalars(select(Membership).filter_by(login_id=login.id, organisation_id=firm.id)).all()
    permissions = identity.permissions_of(frozenset(row.role for row in held))
    if login.locked_at is not None or "bid.place" not in permissions & set(token.scopes):
        abort(403)
    return token, firm


def _require_eligible(db: Any, tender: Tender, firm: Organisation, now: datetime) -> None:
    agency = db.get(Agency, firm.id)
    scope = db.scalars(select(ServiceScope).filter_by(agency_id=agency.id, item_code=tender.item_code)).first()
    stops = db.scalars(select(Suspension).filter_by(agency_id=agency.id, lifted_at=None)).all()
    stopped = any(row.reach in {"all", tender.item_code} and (row.until is None or row.until > now) for row in stops)
    item = db.scalars(select(CatalogueItem).filter_by(code=tender.item_code)).first()
    if agency.standing != "active" or scope is None or stopped:
        abort(409)
    papers = db.scalars(select(Qualification).filter_by(agency_id=agency.id, item_code=item.code)).all()
    day = shanghai_date(tender.closes_at or now)
    valid = any(row.valid_from <= day and (row.valid_to is None or row.valid_to >= day) for row in papers)
    if item.qualification_mode in {"licence", "cma"} and not valid:
        abort(409)
    if agency.uscc in {avoided["uscc"] for avoided in tender.avoidances} or _related(db, tender, firm):
        abort(409)


def _related(db: Any, tender: Tender, firm: Organisation) -> bool:
    buyer = db.get(Organisation, tender.buyer_id)
    mine, theirs = (
        {row.party_key for row in db.scalars(select(Relation).filter_by(organisation_id=one.id, live=True))}
        | {one.uscc}
        for one in (firm, buyer)
    )
    return bool(mine & theirs)


def _recorded(db: Any, event: BidPlaced, now: datetime) -> dict[str, Any]:
    who = {"actor": "sealed", "organisation": None}
    content: dict[str, Any] = {
        "id": new_id(now, token_bytes),
        "subject": event.subject,
        "type": event.type,
        "at": now.isoformat(),
    }
    content |= {**who, "data": event.data()}
    body = canonical(content)
    row = {**content, **who, "at": now, "public": event.public, "sealed": event.sealed, "leaf": leaf_hash(body)}
    del row["data"]
    db.add(EventRow(**row, body=body.decode()))
    db.add(Unsealed(event_id=content["id"], held_for=event.subject))
    return {"kind": event.type, "leaf": row["leaf"], "at": content["at"], "event": content}
