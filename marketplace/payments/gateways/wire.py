"""The provider's wire: what is signed, how an answer leaves its envelope, one exchange under one deadline."""

import base64
import binascii
import json
import math
import re
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, quote_plus, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from marketplace.kernel.money import Fen
from marketplace.payments.gateways.hearing import hear, left
from marketplace.payments.gateways.links import LINKS, Address

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
ANSWER_LIMIT = 1 << 20  # bytes; a longer answer is not one of ours
_YUAN = re.compile(r"(\d{1,12})(?:\.(\d{1,2}))?", re.ASCII)
_SPACE = " \t\r\n"
_QUOTED = {byte: quote_plus(bytes([byte])) for byte in range(256)}


def fen_text(amount: Fen) -> str:
    """Amount in fen as the plain yuan text of the wire: 123450 becomes 1234.50."""
    return f"{amount // 100}.{amount % 100:02d}"


def text_fen(text: object) -> Fen:
    """Plain yuan text of the wire as fen. Raises ValueError for anything but digits with at most two decimals."""
    found = _YUAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("not an amount")
    return Fen(int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0")))


@lru_cache(maxsize=8)
def load_private_key(pem: bytes) -> rsa.RSAPrivateKey:
    """A private RSA key of 2048 bits or more, PKCS#1 or PKCS#8. Raises ValueError otherwise."""
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < 2048:
        raise ValueError("RSA2 needs an RSA key of at least 2048 bits")
    return key


@lru_cache(maxsize=8)
def load_public_key(pem: bytes) -> rsa.RSAPublicKey:
    """A public RSA key of 2048 bits or more. Raises ValueError otherwise."""
    key = serialization.load_pem_public_key(pem)
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise ValueError("RSA2 needs an RSA key of at least 2048 bits")
    return key


def signing_text(params: Mapping[str, str], *, without: frozenset[str]) -> bytes:
    """The text under the signature: names in ASCII order, raw values, empty ones left out."""
    return "&".join(f"{k}={v}" for k, v in sorted(params.items()) if v and k not in without).encode()


def sign(key: rsa.RSAPrivateKey, text: bytes) -> str:
    """RSA2: PKCS#1 v1.5 over SHA-256, base64."""
    return base64.b64encode(key.sign(text, padding.PKCS1v15(), hashes.SHA256())).decode()


def verified(key: rsa.RSAPublicKey, text: bytes, signature: object) -> bool:
    """True only for a SHA-256 signature of exactly these bytes; older hashes do not pass."""
    if not isinstance(signature, str):
        return False
    try:
        key.verify(base64.b64decode(signature, validate=True), text, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def top_level(text: str) -> dict[str, tuple[str, Any]]:
    """Top-level members of a JSON object, each with the exact text of its value.

    The signature covers the text as sent, so it is cut out and never written anew.
    Raises ValueError for anything that is not one object with distinct names.
    """
    try:
        return _members(text, json.JSONDecoder())
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _members(text: str, decoder: json.JSONDecoder) -> dict[str, tuple[str, Any]]:
    found: dict[str, tuple[str, Any]] = {}
    at = _expect(text, _skip(text, 0), "{")
    while True:
        key, at = decoder.raw_decode(text, _skip(text, at))
        if not isinstance(key, str) or key in found:
            raise ValueError("member names must be distinct texts")
        start = _skip(text, _expect(text, _skip(text, at), ":"))
        value, at = decoder.raw_decode(text, start)
        found[key] = (text[start:at], value)
        at = _skip(text, at)
        if text[at : at + 1] != ",":
            break
        at += 1
    if _skip(text, _expect(text, at, "}")) != len(text):
        raise ValueError("text after the object")
    return found


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] and text[at] in _SPACE:
        at += 1
    return at


def _expect(text: str, at: int, sign_: str) -> int:
    if text[at : at + 1] != sign_:
        raise ValueError(f"expected {sign_}")
    return at + 1


def checked_url(url: str) -> SplitResult:
    """The gateway's address; plain http only to this very machine. Raises ValueError otherwise."""
    parts = urlsplit(url)
    if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in LOOPBACK):
        raise ValueError("a payment gateway is reached by https, or by http on the loopback address only")
    if not parts.hostname:
        raise ValueError("the gateway's address has no host")
    return parts


@dataclass(frozen=True, slots=True)
class Reply:
    """What one exchange brought: `sent` tells whether any byte of the request may have left."""

    sent: bool
    status: int = 0
    body: bytes = b""
    trouble: str = ""


def post(parts: SplitResult, query: Mapping[str, str], form: Mapping[str, str], *, deadline: float) -> Reply:
    """POST once. One deadline (time.monotonic, seconds) holds for connecting, sending and the whole answer."""
    return _once(parts, _request_bytes(parts, query, form), deadline, ANSWER_LIMIT)


def exchange(parts: SplitResult, verb: str, headers: Mapping[str, str], body: bytes, *, deadline: float) -> Reply:
    """One request of any kind under one deadline. headers: beside Host, length and connection."""
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    lines = [f"{verb} {target} HTTP/1.1", f"Host: {parts.netloc}", *(f"{k}: {v}" for k, v in headers.items())]
    lines += [f"Content-Length: {len(body)}", "Accept-Encoding: identity", f"Connection: {LINKS.manner}", "", ""]
    return _once(parts, "\r\n".join(lines).encode() + body, deadline, ANSWER_LIMIT)


def _once(parts: SplitResult, request: bytes, deadline: float, limit: int) -> Reply:
    try:
        link = _connect(parts, deadline)
    except (OSError, ValueError) as error:
        return Reply(sent=False, trouble=type(error).__name__)
    try:
        link.settimeout(left(deadline))
    except TimeoutError:
        link.close()
        return Reply(sent=False, trouble="TimeoutError")
    whole = False
    try:
        link.sendall(request)
        status, body, whole = _answer(link, deadline, limit)
    except (OSError, ValueError) as error:
        return Reply(sent=True, trouble=type(error).__name__)
    finally:
        if whole:
            LINKS.give_back(_address(parts), link)
        else:
            link.close()
    return Reply(sent=True, status=status, body=body)


def get(parts: SplitResult, *, deadline: float, limit: int) -> Reply:
    """GET once under one deadline (time.monotonic, seconds). limit: the most bytes that are read."""
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    head = f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
    return _once(parts, head.encode(), deadline, limit)


def _address(parts: SplitResult) -> Address:
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _connect(parts: SplitResult, deadline: float) -> socket.socket:
    """A connection that was kept, or a new one."""
    _, host, port = address = _address(parts)
    link = LINKS.take(address) or socket.create_connection((host, port), timeout=left(deadline))
    try:
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            # Otherwise the kernel goes on delivering for a quarter of an hour what a dead worker has written.
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, math.ceil(left(deadline) * 1000))
        if parts.scheme != "https" or isinstance(link, ssl.SSLSocket):
            return link
        return ssl.create_default_context().wrap_socket(link, server_hostname=host)
    except BaseException:
        link.close()
        raise


def encoded(params: Mapping[str, str]) -> str:
    """Parameters as a form or a query has them."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in params.items())


def _quoted(text: str) -> str:
    return text.encode().decode("latin-1").translate(_QUOTED)


def _request_bytes(parts: SplitResult, query: Mapping[str, str], form: Mapping[str, str]) -> bytes:
    body = encoded(form).encode()
    head = (
        f"POST {parts.path or '/'}?{encoded(query)} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        "Content-Type: application/x-www-form-urlencoded;charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nAccept-Encoding: identity\r\nConnection: {LINKS.manner}\r\n\r\n"
    )
    return head.encode() + body


def _answer(link: socket.socket, deadline: float, limit: int) -> tuple[int, bytes, bool]:
    return hear(link, deadline, limit)
