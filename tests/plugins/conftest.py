"""The sandbox in both modes, for the laws of every gateway."""

from collections.abc import Iterator

import pytest

from marketplace.payments.sandbox import Sandbox, start_sandbox


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox with keys alone."""
    running = start_sandbox(tmp_path_factory.mktemp("laws") / "sandbox")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox that speaks certificate mode."""
    running = start_sandbox(tmp_path_factory.mktemp("laws") / "certified", certificates=True)
    yield running
    running.stop()
