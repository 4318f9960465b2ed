"""A running sandbox for every test that collects, and somebody who owes."""

import pytest

from marketplace.testing.collection import a_debtor
from tests.payments.conftest import gateway, play, sandbox

__all__ = ["gateway", "play", "sandbox"]


@pytest.fixture
def debtor(work):
    return a_debtor(work)
