"""The suite runs on SQLite, or on a private PostgreSQL with MARKETPLACE_TEST_DATABASE=postgresql."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from marketplace.kernel.context import Ctx
from marketplace.ledger import check
from marketplace.payments.sandbox.signing import make_keys

pytest_plugins = ["marketplace.testing.plugin"]

# Timings never decide a test; and the gate sees the same examples every time.
settings.register_profile(
    "steady", deadline=None, derandomize=bool(os.environ.get("CI")), suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

_LOOPBACK = ("127.", "::1", "localhost")
_connect = socket.socket.connect


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only loopback and unix sockets: a test that needs the network is broken."""

    def connect(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(_LOOPBACK):
            raise OSError(f"tests do not use the network: {address}")
        _connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(scope="session")
def sandbox_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and certificates of both parties, made once: making them takes longer than most tests."""
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder)
    return folder


@pytest.fixture
def books_balance(work: Callable[..., AbstractContextManager[Ctx]]) -> Iterator[None]:
    """Whatever a test did, the ledger's invariants hold afterwards."""
    yield
    with work(write=False) as ctx:
        assert check.run(ctx) == []
