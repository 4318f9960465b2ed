"""An enterprise's buyer called jia."""

import pytest

from marketplace.testing.identity import a_member


@pytest.fixture
def jia(work):
    """An enterprise's buyer called jia."""
    with work() as ctx:
        return a_member(ctx, "enterprise", username="jia")
