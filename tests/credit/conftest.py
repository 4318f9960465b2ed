"""Two sides with an award, and the authority."""

from typing import Any

import pytest

from marketplace.testing.contracts import Work, some_parties
from marketplace.testing.identity import a_member


@pytest.fixture
def parties(work: Work) -> Any:
    with work() as ctx:
        return some_parties(ctx)


@pytest.fixture
def authority(work: Work) -> Any:
    with work() as ctx:
        return a_member(ctx, "authority")
