"""The keepers' keys apart from the service."""

import pytest


@pytest.fixture
def keys(runtime):
    """The keepers' private keys, taken away from the service."""
    private = dict(runtime.keys.private)
    runtime.keys.private.clear()
    return private
