"""A running sandbox for every test that pays."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.kernel.clock import system_clock
from marketplace.kernel.context import Runtime
from marketplace.payments.gateways.alipay import AlipayGateway
from marketplace.payments.gateways.sandbox import sandbox_gateway
from marketplace.payments.models import PaymentOrder
from marketplace.payments.sandbox import Sandbox, start_sandbox
from marketplace.testing.payments import Work, an_approved_order, some_payers


@pytest.fixture
def sandbox(runtime: Runtime, sandbox_keys: Path) -> Iterator[Sandbox]:
    """The sandbox that the market's settings name."""
    shutil.copytree(sandbox_keys, runtime.settings["MARKETPLACE_SANDBOX"], dirs_exist_ok=True)
    running = start_sandbox(Path(runtime.settings["MARKETPLACE_SANDBOX"]))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox of its own, for tests of the adapter that need no market."""
    running = start_sandbox(tmp_path_factory.mktemp("play") / "sandbox")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def gateway(play: Sandbox) -> AlipayGateway:
    """The Alipay adapter pointed at that sandbox."""
    return sandbox_gateway({"MARKETPLACE_SANDBOX": play.folder}, system_clock)


@pytest.fixture
def order(work: Work) -> PaymentOrder:
    """One that may be sent."""
    return an_approved_order(work, some_payers(work))
