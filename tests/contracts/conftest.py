"""Two sides with an award, paid by themselves or from a budget."""

from typing import Any

import pytest

from marketplace.testing.contracts import Work, some_parties


@pytest.fixture
def parties(work: Work) -> Any:
    with work() as ctx:
        return some_parties(ctx)


@pytest.fixture
def paid_by_budget(work: Work) -> Any:
    with work() as ctx:
        return some_parties(ctx, encumbered=True)
