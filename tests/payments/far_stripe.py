"""Stripe as localstripe plays it: its process, its payer, its objects."""

import base64
import hashlib
import hmac
import importlib.util
import json
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

KEY, SECRET = "sk_test_play", "whsec_play"
needs_localstripe = pytest.mark.skipif(
    importlib.util.find_spec("localstripe") is None, reason="localstripe is not installed"
)
CARD = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2030", "cvc": "123"}


@contextmanager
def localstripe(folder: Path) -> Iterator[str]:
    """Its address, while it runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def pay(url: str, intent: str) -> None:
    """The payer pays by card. Raises OSError when he is not let."""
    method = call(url, "payment_methods", {"type": "card", **{f"card[{name}]": said for name, said in CARD.items()}})
    call(url, f"payment_intents/{intent}", {"payment_method": method["id"]})
    call(url, f"payment_intents/{intent}/confirm", {})


def call(url: str, path: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    """One exchange, as Stripe's own programs have it; a form is posted."""
    body = None if form is None else urllib.parse.urlencode(form).encode()
    headers = {"Authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}
    asked = urllib.request.Request(f"{url}/v1/{path}", body, headers)
    with urllib.request.urlopen(asked, timeout=10) as reply:
        return dict(json.load(reply))


def signed(event: dict[str, Any], secret: str = SECRET) -> tuple[dict[str, str], bytes]:
    """An event as Stripe delivers it: (headers, body)."""
    body = json.dumps(event).encode()
    mac = hmac.new(secret.encode(), b"1772413200." + body, hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t=1772413200,v1={mac}"}, body


def _wait(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("localstripe did not start")
