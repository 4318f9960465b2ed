"""Two who keep a budget."""

import pytest

from marketplace.testing.budgets import a_finance_pair


@pytest.fixture
def pair(work):
    """Department id, and two of its finance clerks as actors."""
    with work() as ctx:
        return a_finance_pair(ctx)
