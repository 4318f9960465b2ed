"""Where granian cannot be had: the command that the manual gives is started once, and takes a bid."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from marketplace.bench import load, processes, world
from marketplace.bench.bidding import bid_requests
from marketplace.bench.market import SQLITE, place
from marketplace.tenders.models import Bid

MANUAL = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.mark.long
def test_gunicorn_as_the_manual_starts_it_takes_a_bid_and_refuses_its_double(tmp_path):
    arguments = re.search(r"`gunicorn ([^`]+)`", MANUAL.read_text(encoding="utf-8"))[1].split()
    with place(tmp_path, SQLITE) as where:
        world.seed(where.runtime)
        secrets, port = world.bidders(where.runtime, 1), processes.free_port()
        [request] = bid_requests(world.tender(where.runtime).id, secrets)
        command = ["-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *arguments]
        with processes.running(command, where.environment, where.folder) as process:
            processes.wait_for(port, process)
            [taken, doubled] = load.closed(port, [request, request], connections=1)
        with where.runtime.work(write=False) as ctx:
            stored = ctx.session.scalars(select(Bid.digest)).all()
    assert (taken.status, doubled.status) == (201, 409)
    assert stored == [json.loads(taken.body)["digest"]]
