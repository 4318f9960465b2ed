"""支付沙箱: a play gateway for demo and tests, with real signatures on both sides and no real money anywhere."""

import json
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from marketplace.payments.sandbox.signing import APP_ID, APP_PRIVATE, MARK, PROVIDER_PUBLIC, RealKeysNearby, make_keys

ADDRESS_FILE = "sandbox.json"
REAL_KEYS = "MARKETPLACE_ALIPAY_PRIVATE_KEY"  # the setting that names a merchant's key file


@dataclass(frozen=True)
class Keys:
    """What a merchant of this sandbox needs."""

    app_id: str
    private_key: Path
    provider_public_key: Path


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox. url: its gateway. keys: the merchant's half. stop: ends it."""

    url: str
    keys: Keys
    folder: Path
    stop: Callable[[], None]
    kill: Callable[[], None] = lambda: None  # SIGKILL; only for one in a process of its own
    pid: int = 0  # of that process

    @property
    def home(self) -> str:
        """The address of its page."""
        return self.url.removesuffix("gateway.do")

    def moved(self) -> list[dict[str, Any]]:
        """Every movement of play money so far."""
        return list(self._call("moved"))

    def fault(self, kind: str, *, method: str = "", value: str = "", times: int = 1) -> None:
        """Switch on a fault for the next requests."""
        self._call("faults", {"kind": kind, "method": method, "value": value, "times": times})

    def settle(self) -> None:
        """Wait until everything that was asked before is answered, also what a dead caller has asked."""
        self._call("settle", {})

    def forget_faults(self) -> None:
        """Switch off every fault that no request has taken."""
        self._call("faults/forget", {})

    def set(self, **settings: str) -> None:
        """Switch lasting settings: dedupe, latency_ms, certificate_mode, status, opening_fen, notify_url, let_go.

        And receipt: ready, later, failed, damaged, changed.
        """
        self._call("settings", settings)

    def refuse(self, account: str, sub_code: str) -> None:
        """From now on refuse transfers to one payee with this code."""
        self._call("settings", {f"refuse:{account}": sub_code})

    def finish(self, number: str, status: str) -> dict[str, Any]:
        """Let a transfer change later; returns the signed notice."""
        return dict(self._call(f"transfers/{number}/finish", {"status": status}))

    def charge(self, amount_fen: int, *, at: str) -> None:
        """The provider takes a fee from the account. at: "YYYY-MM-DD hh:mm:ss" in Beijing."""
        self._call("charges", {"amount_fen": amount_fen, "at": at})

    def trades(self) -> list[dict[str, Any]]:
        """Every collection asked for, newest first."""
        return list(self._call("trades"))

    def arrive(self, address: str) -> None:
        """The payer's browser opens the provider's page."""
        with urllib.request.urlopen(address, timeout=30) as page:  # noqa: S310 - loopback
            page.read()

    def pay(self, number: str, *, at: str = "", deliver: bool = True) -> dict[str, Any]:
        """The payer pays a collection; returns the signed notice and what was answered to it."""
        return dict(self._call(f"trades/{number}/pay", {"at": at, "deliver": deliver}))

    def _call(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        call = urllib.request.Request(self.home + path, data, {"Content-Type": "application/json"})  # noqa: S310 - loopback
        with urllib.request.urlopen(call, timeout=30) as reply:  # noqa: S310 - loopback
            return json.load(reply)


def refuse_real_keys(settings: Mapping[str, Any], folder: Path) -> None:
    """Raise RealKeysNearby when settings or environment name a merchant's key outside the sandbox's folder."""
    named = [settings.get(REAL_KEYS), os.environ.get(REAL_KEYS)]
    for path in filter(None, named):
        if not Path(str(path)).resolve().is_relative_to(folder.resolve()):
            raise RealKeysNearby("a merchant's real key is configured; the sandbox does not start beside it")


def start_sandbox(
    folder: Path,
    *,
    port: int = 0,
    own_process: bool = False,
    certificates: bool = False,
    settings: Mapping[str, Any] | None = None,
) -> Sandbox:
    """Start a sandbox on the loopback address: in a thread, or in a process of its own.

    folder: its keys and its book. port: 0 takes a free one. certificates: speak certificate mode.
    Raises RealKeysNearby (see refuse_real_keys).
    """
    refuse_real_keys(settings or {}, folder)
    make_keys(folder)
    if own_process:
        return _in_own_process(folder, port, certificates=certificates)
    from marketplace.payments.sandbox.server import LOOPBACK, create_sandbox
    from marketplace.payments.sandbox.serving import Serving

    app = create_sandbox(folder)
    app.extensions["sandbox"].book.set("certificate_mode", "on" if certificates else "off")
    server = Serving((LOOPBACK, port), app.wsgi_app)
    app.extensions["sandbox_callers"] = server.callers
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()

    def stop() -> None:
        server.shutdown()
        thread.join()
        server.hang_up()
        server.server_close()
        app.extensions["sandbox"].book.close()

    return _announce(folder, int(server.server_address[1]), stop, certificates=certificates)


def _in_own_process(folder: Path, port: int, *, certificates: bool) -> Sandbox:
    command = [sys.executable, "-m", "marketplace.payments.sandbox", "--folder", str(folder), "--port", str(port)]
    command += ["--certificates"] * certificates
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the sandbox did not start (exit {process.wait()})")

    def end(how: Callable[[], None]) -> None:
        how()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()

    def stop() -> None:
        end(process.terminate)

    def kill() -> None:
        end(process.kill)

    return replace(_sandbox(folder, json.loads(line)["url"], stop), kill=kill, pid=process.pid)


def _announce(folder: Path, port: int, stop: Callable[[], None], *, certificates: bool) -> Sandbox:
    url = f"http://127.0.0.1:{port}/gateway.do"
    (folder / ADDRESS_FILE).write_text(json.dumps({"url": url, "app_id": APP_ID, "certificates": certificates}))
    return _sandbox(folder, url, stop)


def _sandbox(folder: Path, url: str, stop: Callable[[], None]) -> Sandbox:
    return Sandbox(url, Keys(APP_ID, folder / APP_PRIVATE, folder / PROVIDER_PUBLIC), folder, stop)


__all__ = ["ADDRESS_FILE", "MARK", "Keys", "RealKeysNearby", "Sandbox", "refuse_real_keys", "start_sandbox"]
