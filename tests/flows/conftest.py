"""What the flows share."""

import pytest
from sqlalchemy import func, select

from marketplace.kernel.events import EventRow
from tests.flows.rivals import Rival


@pytest.fixture
def rival(app, sign_in):
    """A new browser of somebody."""
    return lambda username="": Rival(app, sign_in, username)


@pytest.fixture
def events(work):
    """How often something has been recorded."""

    def count(type_):
        with work(write=False) as ctx:
            return ctx.session.scalar(select(func.count()).select_from(EventRow).where(EventRow.type == type_))

    return count
