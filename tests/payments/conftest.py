"""A running sandbox for every test that pays."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.kernel.context import Runtime
from marketplace.payments.sandbox import Sandbox, start_sandbox


@pytest.fixture
def sandbox(runtime: Runtime) -> Iterator[Sandbox]:
    """The sandbox that the market's settings name."""
    running = start_sandbox(Path(runtime.settings["MARKETPLACE_SANDBOX"]))
    yield running
    running.stop()
