"""The filled market is played once a session; every test works on a copy of its database."""

import shutil
from dataclasses import replace

import pytest

from marketplace.kernel.clock import SimulatedClock
from marketplace.testing import plugin
from tests.security.market import Builder, Market


@pytest.fixture(scope="session")
def filled(marketplace_backend, marketplace_keys, tmp_path_factory):
    """(backend whose template is the filled market, the market, its clock's time, its folder of files)."""
    folder = tmp_path_factory.mktemp("filled")
    url, _ = marketplace_backend.fresh(folder)
    clock = SimulatedClock(plugin.START)
    app = plugin._make(url, folder, marketplace_keys, clock)
    market = Builder(plugin.runtime_of(app), clock).build()
    engine = plugin.engine_of(app)
    if marketplace_backend.server is None:
        with engine.connect() as connection:
            connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    template = str(folder / "market.db") if marketplace_backend.server is None else url.split("/@/")[0]
    if marketplace_backend.server is not None:
        template = url.rsplit("/", 1)[1] if "?" not in url else url.split("?")[0].rsplit("/", 1)[1]
    return replace(marketplace_backend, template=template), market, clock(), folder


@pytest.fixture(scope="module", params=["by turns", pytest.param("everybody", marks=pytest.mark.long)])
def everybody(request) -> bool:
    """Whether everybody asks for everything, or people take turns where they are many."""
    return request.param == "everybody"


@pytest.fixture
def market(filled) -> Market:
    """Who and what is in the market."""
    return filled[1]


@pytest.fixture
def clock(filled) -> SimulatedClock:
    """The time at which the market stands."""
    return SimulatedClock(filled[2])


@pytest.fixture
def app(filled, marketplace_keys, tmp_path, clock):
    """A copy of the filled market."""
    backend, _, _, folder = filled
    url, remove = backend.fresh(tmp_path)
    for name in ("files", "sandbox", "treasury"):
        if (folder / name).exists():
            shutil.copytree(folder / name, tmp_path / name)
    made = plugin._make(url, tmp_path, marketplace_keys, clock)
    yield made
    plugin.put_away(made)
    remove()
