"""B5: how many bids a second come through HTTP, beside PostgreSQL's own client that calls the same function."""

import re
import statistics
import subprocess
import time
from itertools import islice
from pathlib import Path

from marketplace.bench import load, world
from marketplace.bench.bidding import EACH, bid_requests, require_all_accepted
from marketplace.bench.frame import PAIRS, BrokenInvariantError, Row, foreign, pairs
from marketplace.bench.market import POSTGRESQL, Place, place, served
from marketplace.testing import postgres

CLIENTS, SECONDS, MANY = 16, 2, 3 * EACH
# What is random in a bid is random here too, also the lock of its key; nobody opens these.
_SCRIPT = """
SELECT marketplace_place_bid(1, '{tender}', 1, now(), md5(random()::text), md5(random()::text) || md5(random()::text),
  repeat('e', 2144), repeat('d', 64), md5(random()::text), 'tender/{tender}', 'tender.bid.placed', 'sealed', true, true,
  md5(random()::text) || md5(random()::text), repeat('b', 400), 'tender/{tender}', NULL, now(),
  (random() * 1e15)::bigint, md5(random()::text) || md5(random()::text), repeat('r', 64), repeat('a', 1000));
"""


def throughput(folder: Path) -> Row:
    """B5: bids per second of wall time with 16 clients."""
    with place(folder, POSTGRESQL) as where, foreign() as noise:
        world.seed(where.runtime)
        secrets = world.bidders(where.runtime, MANY * (PAIRS + 1))
        tender, other = world.tender(where.runtime), world.tender(where.runtime)
        requests, answers = iter(bid_requests(tender.id, secrets)), list[load.Answer]()
        script = folder / "bid.sql"
        script.write_text(_SCRIPT.format(tender=other.id))
        with served(where) as port:

            def ours() -> float:
                begin = time.perf_counter()
                got = load.closed(port, list(islice(requests, MANY)), CLIENTS)
                answers.extend(got)
                return len(got) / (time.perf_counter() - begin)

            floors, subjects = pairs(lambda: _directly(where, script), ours)
        require_all_accepted(where, tender.id, answers)
    ratios = [mine / floor for mine, floor in zip(subjects, floors, strict=True)]
    subject, base = statistics.median(subjects), statistics.median(floors)
    return Row("B5", "bids/s over HTTP", "/s", subject, base, ratios, 0.35, "", noise.percent, at_least=True, cpu=False)


def _directly(where: Place, script: Path) -> float:
    """Bids per second that pgbench places by calling the function."""
    binaries, server = postgres.binaries(), where.server
    assert binaries is not None
    assert server is not None
    database = where.url.partition("?")[0].rpartition("/")[2]
    words = f"-h {server.folder} -U marketplace -n -M prepared -c {CLIENTS} -j 2 -T {SECONDS} -f {script} {database}"
    done = subprocess.run([binaries / "pgbench", *words.split()], capture_output=True, text=True, check=False)
    found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    if found is None:
        raise BrokenInvariantError(f"pgbench did not run: {done.stderr[-300:]}")
    return float(found[1])
