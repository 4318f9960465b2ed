"""An agency and the people of supervision."""

import pytest

from marketplace.testing.agencies import an_agency
from marketplace.testing.identity import a_colleague
from marketplace.testing.supervision import a_regulator


@pytest.fixture
def agency_id(work):
    with work() as ctx:
        return an_agency(ctx).id


@pytest.fixture
def people(work, agency_id):
    with work() as ctx:
        return {
            "first": a_regulator(ctx),
            "second": a_regulator(ctx),
            "agency": a_colleague(ctx, agency_id, "agency"),
        }
