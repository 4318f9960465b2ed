"""The wire as stored files: an adapter on keys made for these files alone, what it would send, what it hears.

`MARKETPLACE_WRITE_GOLDEN=1` writes the files anew.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock

from marketplace.payments.gateways import wire
from marketplace.payments.gateways.alipay import AlipayGateway
from marketplace.payments.gateways.alipay_access import Access, certificate_mode, key_mode
from marketplace.payments.ports import Observation, Prepared
from marketplace.payments.sandbox.papers import APP_CERT, PROVIDER_CERT, ROOT_CERT
from marketplace.payments.sandbox.signing import APP_ID, APP_PRIVATE, PROVIDER_PUBLIC, Signer, make_keys
from tests.payments.paying import soon

GOLDEN = Path(__file__).parent / "golden"
KEYS = GOLDEN / "keys"
WRITES = bool(os.environ.get("MARKETPLACE_WRITE_GOLDEN"))
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MODES = ("key", "certificate")


def a_signer() -> Signer:
    """The provider's desk behind the files."""
    if WRITES:
        make_keys(KEYS)
    return Signer(KEYS)


def gateway(mode: str) -> AlipayGateway:
    """The adapter in one of both modes, at an hour that stands still."""
    private = (KEYS / APP_PRIVATE).read_bytes()
    if mode == "key":
        known = key_mode(APP_ID, private, (KEYS / PROVIDER_PUBLIC).read_bytes())
    else:
        ours, provider, root = ((KEYS / name).read_bytes() for name in (APP_CERT, PROVIDER_CERT, ROOT_CERT))
        known = certificate_mode(APP_ID, private, (ours, provider, root), lambda: AT)
    return AlipayGateway(lambda: Access("http://127.0.0.1:1/gateway.do", known), lambda: AT)


def requested(act: Callable[[], object]) -> bytes:
    """The bytes of the first request that would leave."""
    heard: list[bytes] = []

    def post(parts, query, form, *, deadline):
        heard.append(wire._request_bytes(parts, query, form))
        return wire.Reply(sent=False, trouble="golden")

    with mock.patch.object(wire, "post", post):
        act()
    return heard[0]


def hears(rail: AlipayGateway, act: str, command: Prepared, body: bytes) -> Observation:
    """What is concluded when the provider says these bytes."""
    reply = wire.Reply(sent=True, status=200, body=body)
    # What is asked is not looked at here, and signing it would be most of the work.
    with mock.patch.object(wire, "post", return_value=reply), mock.patch.object(wire, "sign", return_value="x"):
        told: Observation = getattr(rail, act)(command, deadline=soon())
    return told


def sealed(signer: Signer, mode: str, method: str, facts: dict) -> bytes:
    """An answer of the provider to a method."""
    serial = signer.cert_sn if mode == "certificate" else ""
    return signer.seal(method.replace(".", "_") + "_response", facts, serial).encode()


def golden(name: str, made: bytes | Callable[[], bytes]) -> bytes:
    """The stored bytes; written first when asked for."""
    path = GOLDEN / name
    if WRITES:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made if isinstance(made, bytes) else made())
    return path.read_bytes()


def flipped(body: bytes, place: int, mask: int = 1) -> bytes:
    """The same bytes but for one."""
    changed = bytearray(body)
    changed[place] ^= mask
    return bytes(changed)
