"""The keepers' keys apart from the service."""

import pytest

from marketplace.testing.selection import keys_apart


@pytest.fixture
def keys(runtime):
    """The keepers' private keys, taken away from the service."""
    return keys_apart(runtime)
