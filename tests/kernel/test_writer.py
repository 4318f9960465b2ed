"""One writer for all who wait: judged in the order they came, refused alone, never acknowledged before the commit."""

import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event

from marketplace.kernel import writer
from marketplace.kernel.errors import Busy, NotStored, WrongState
from marketplace.kernel.ids import Counter
from marketplace.kernel.writer import OneWriter
from tests.kernel.test_turns import market, names, refuse

pytestmark = pytest.mark.once  # a line of threads before SQLite, whatever the suite runs on
ROOT = Path(__file__).parents[2]
REFUSED, POISON = "refused", "poison"


def judge(ctx, asked):
    """Note every name; one is refused, one breaks the judgement of all who are judged with it."""
    if POISON in asked and len(asked) > 1:
        raise LookupError
    ctx.session.add_all(Counter(name=name, value=1) for name in asked if name != REFUSED)
    ctx.session.flush()
    return [WrongState() if name in {REFUSED, POISON} else name.upper() for name in asked]


class Gated:
    """A judge whose first judgement waits at a gate; remembers what was judged together."""

    def __init__(self):
        self.gate, self.judged = threading.Event(), []

    def __call__(self, ctx, asked):
        self.judged.append(list(asked))
        self.gate.wait(10)
        return judge(ctx, asked)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(writer, "GATHERING_SECONDS", 0.0)
    engine, runtime = market(tmp_path / "writer.db")
    yield engine, runtime
    engine.dispose()


def stand_in_line(one_writer, gated, *wanted):
    """The first is being judged; the others came one after the other and wait. Their futures, when all is over."""
    pool, asked = ThreadPoolExecutor(len(wanted)), []
    for place, name in enumerate(wanted):
        asked.append(pool.submit(one_writer.ask, name))
        while (not gated.judged) if place == 0 else len(one_writer._line) < place:
            threading.Event().wait(0.002)
    gated.gate.set()
    pool.shutdown()
    return asked


def test_those_who_wait_are_judged_in_the_order_they_came_and_share_one_commit(place):
    engine, runtime = place
    gated, commits = Gated(), []
    event.listen(engine, "commit", commits.append)
    done = stand_in_line(OneWriter(runtime, gated), gated, "a", "e", "b", "d", "c")
    assert [one.result() for one in done] == ["A", "E", "B", "D", "C"]
    assert (gated.judged, len(commits)) == ([["a"], ["e", "b", "d", "c"]], 2)


def test_a_line_longer_than_one_commit_goes_on_in_its_order(place, monkeypatch):
    _, runtime = place
    monkeypatch.setattr(writer, "MOST", 2)
    gated = Gated()
    for one in stand_in_line(OneWriter(runtime, gated), gated, "a", "c", "b", "d"):
        one.result()
    assert gated.judged == [["a"], ["c", "b"], ["d"]]


def test_one_that_is_refused_is_refused_alone(place):
    _, runtime = place
    gated = Gated()
    done = stand_in_line(OneWriter(runtime, gated), gated, "a", "b", REFUSED, "c")
    with pytest.raises(WrongState):
        done[2].result()
    assert [done[n].result() for n in (0, 1, 3)] == ["A", "B", "C"]
    assert names(runtime) == {"a", "b", "c"}


def test_one_that_breaks_the_judgement_harms_nobody_else(place):
    _, runtime = place
    gated = Gated()
    done = stand_in_line(OneWriter(runtime, gated), gated, "a", "b", POISON, "c")
    with pytest.raises(WrongState):
        done[2].result()
    assert [done[n].result() for n in (0, 1, 3)] == ["A", "B", "C"]
    assert gated.judged[2:] == [["b"], [POISON], ["c"]]


def test_a_failed_commit_refuses_all_who_were_judged_together(place, monkeypatch):
    engine, runtime = place
    gated = Gated()
    one_writer = OneWriter(runtime, gated)
    with monkeypatch.context() as broken:
        broken.setattr(engine.dialect, "do_commit", refuse)
        for one in stand_in_line(one_writer, gated, "a", "b", "c"):
            with pytest.raises(NotStored):
                one.result()
    assert names(runtime) == set()
    assert one_writer.ask("later") == "LATER"


def test_whoever_waits_too_long_is_refused_and_nothing_of_it_is_there(place, monkeypatch):
    _, runtime = place
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", 0.05)
    gated, pool = Gated(), ThreadPoolExecutor(1)
    one_writer = OneWriter(runtime, gated)
    first = pool.submit(one_writer.ask, "slow")
    while not gated.judged:
        threading.Event().wait(0.002)
    with pytest.raises(Busy):
        one_writer.ask("impatient")
    gated.gate.set()
    assert first.result() == "SLOW"
    pool.shutdown()
    assert names(runtime) == {"slow"}


CLIENTS = """
    import sys, threading
    sys.path.insert(0, {root!r})
    from tests.kernel.test_writer import judge
    from tests.kernel.test_turns import market
    from marketplace.kernel.writer import OneWriter
    engine, runtime = market({path!r})
    one_writer, tell = OneWriter(runtime, judge), threading.Lock()
    def client(who):
        for n in range(100000):
            answer = one_writer.ask(f"{{who}}-{{n}}")
            with tell:
                print(answer, flush=True)
    for who in "abcdef":
        threading.Thread(target=client, args=(who,)).start()
"""


def test_a_killed_process_has_lost_nothing_that_it_acknowledged(tmp_path):
    path = tmp_path / "writer.db"
    code = textwrap.dedent(CLIENTS.format(root=str(ROOT), path=str(path)))
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        told = [process.stdout.readline() for _ in range(40)]
        process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()
    engine, runtime = market(path)
    acknowledged = {line.strip().lower() for line in told if line.endswith("\n")}
    assert len(acknowledged) >= 40
    assert acknowledged <= names(runtime)
    engine.dispose()
