"""SQLite's writers share commits: nothing acknowledged is lost, nothing refused is there, nobody starves."""

import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, func, select
from sqlalchemy.exc import OperationalError

from marketplace.kernel import engines, turns
from marketplace.kernel.context import Runtime
from marketplace.kernel.errors import Busy, NotStored
from marketplace.kernel.ids import Counter
from marketplace.kernel.keys import KeyRing

ROOT = Path(__file__).parents[2]


def market(path, **kwargs):
    from sqlalchemy.orm import sessionmaker

    engine = create_engine(f"sqlite:///{path}")
    engines.prepare(engine)
    Counter.__table__.create(engine, checkfirst=True)
    return engine, Runtime(
        sessions=sessionmaker(engine, expire_on_commit=False),
        keys=KeyRing(b"7" * 32, {}),
        turns=engines.turns(engine),
        **kwargs,
    )


@pytest.fixture
def place(tmp_path):
    engine, runtime = market(tmp_path / "turns.db")
    yield engine, runtime
    engine.dispose()


def note(runtime, name, gate=None, *, fail=False):
    with runtime.work() as ctx:
        ctx.session.add(Counter(name=name, value=1))
        ctx.session.flush()
        if gate is not None:
            gate.wait(10)
        if fail:
            raise LookupError(name)


def names(runtime):
    with runtime.work(write=False) as ctx:
        return set(ctx.session.scalars(select(Counter.name)))


def in_line(runtime, count):
    """Wait until so many writers stand in line."""
    for _ in range(2000):
        if len(runtime.turns._line) >= count:
            return
        threading.Event().wait(0.005)
    raise AssertionError("nobody stands in line")


def a_batch(runtime, monkeypatch, *, fail=()):
    """One writer that holds its turn until five others stand in line; the futures of all six."""
    monkeypatch.setattr(turns, "LONGEST_SECONDS", 60.0)
    gate, pool = threading.Event(), ThreadPoolExecutor(6)
    first = pool.submit(note, runtime, "n0", gate)
    in_line_after = [pool.submit(note, runtime, f"n{n}", fail=n in fail) for n in range(1, 6)]
    in_line(runtime, 5)
    gate.set()
    pool.shutdown()
    return [first, *in_line_after]


def test_those_who_wait_share_one_commit(place, monkeypatch):
    engine, runtime = place
    commits = []
    event.listen(engine, "commit", commits.append)
    for done in a_batch(runtime, monkeypatch):
        done.result()
    assert len(commits) == 1
    assert names(runtime) == {f"n{n}" for n in range(6)}


def test_one_who_fails_in_a_batch_takes_back_only_his_own(place, monkeypatch):
    _, runtime = place
    done = a_batch(runtime, monkeypatch, fail={2})
    with pytest.raises(LookupError):
        done[2].result()
    assert names(runtime) == {"n0", "n1", "n3", "n4", "n5"}


def test_a_failed_commit_refuses_all_of_the_batch_and_leaves_nothing(place, monkeypatch):
    engine, runtime = place
    with monkeypatch.context() as broken:
        broken.setattr(engine.dialect, "do_commit", refuse)
        for done in a_batch(runtime, broken):
            with pytest.raises(NotStored):
                done.result()
    assert names(runtime) == set()
    note(runtime, "later")
    assert names(runtime) == {"later"}


def refuse(connection):
    raise OperationalError("COMMIT", {}, Exception("database or disk is full"))


def test_a_transaction_that_the_database_took_back_by_itself_refuses_all_of_the_batch(place, monkeypatch):
    _, runtime = place
    monkeypatch.setattr(turns, "LONGEST_SECONDS", 60.0)
    gate, pool = threading.Event(), ThreadPoolExecutor(2)
    first = pool.submit(note, runtime, "n0", gate)
    in_line_is_empty = runtime.turns
    assert in_line_is_empty is not None

    def full():
        with runtime.work() as ctx:
            ctx.session.connection().connection.driver_connection.rollback()

    second = pool.submit(full)
    in_line(runtime, 1)
    gate.set()
    pool.shutdown()
    for done in (first, second):
        with pytest.raises(NotStored):
            done.result()
    assert names(runtime) == set()


def test_a_writer_inside_a_writer_is_told_so_at_once(place):
    _, runtime = place
    with pytest.raises(RuntimeError, match="inside another"), runtime.work(), runtime.work():
        pass
    note(runtime, "after")
    assert names(runtime) == {"after"}


def test_whoever_waits_too_long_is_refused_and_holds_nobody_up(place, monkeypatch):
    _, runtime = place
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.05)
    gate, pool = threading.Event(), ThreadPoolExecutor(2)
    first = pool.submit(note, runtime, "slow", gate)
    while runtime.turns._holder is None:
        threading.Event().wait(0.005)
    with pytest.raises(Busy):
        note(runtime, "impatient")
    gate.set()
    first.result()
    pool.shutdown()
    note(runtime, "after")
    assert names(runtime) == {"slow", "after"}


def test_a_database_in_memory_has_no_line():
    engine = create_engine("sqlite://")
    assert engines.turns(engine) is None


WRITERS = """
    import resource, sys, threading
    sys.path.insert(0, {root!r})
    from tests.kernel.test_turns import market, note
    from marketplace.kernel.errors import DomainError
    engine, runtime = market({path!r})
    if {limit}:
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
    tell = threading.Lock()
    def write(who):
        for n in range(100000):
            name = f"{{who}}-{{n}}-" + "x" * 40
            try:
                note(runtime, name)
            except Exception as error:
                with tell:
                    print("refused", type(error).__name__, flush=True)
                return
            with tell:
                print(name, flush=True)
    threads = [threading.Thread(target=write, args=(f"{{sys.argv[1]}}{{n}}",)) for n in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
"""


def writers(path, name, limit=0):
    code = textwrap.dedent(WRITERS.format(root=str(ROOT), path=str(path), limit=limit))
    return subprocess.Popen(
        [sys.executable, "-c", code, name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def test_a_killed_process_has_lost_nothing_that_it_acknowledged(tmp_path):
    path = tmp_path / "turns.db"
    engine, runtime = market(path)
    both = [writers(path, name) for name in "ab"]
    said = {both[0].stdout.readline().strip() for _ in range(20)} | {
        both[1].stdout.readline().strip() for _ in range(20)
    }
    both[0].send_signal(signal.SIGKILL)
    said |= {both[1].stdout.readline().strip() for _ in range(20)}  # the other one goes on
    both[1].send_signal(signal.SIGKILL)
    for process in both:
        said |= {line.strip() for line in process.stdout.read().split("\n")[:-1]}
        process.wait()
        process.stdout.close()
    assert len(said) >= 60
    assert said <= names(runtime)
    engine.dispose()


HOLDER = """
    import sys
    sys.path.insert(0, {root!r})
    from tests.kernel.test_turns import market, note
    class Gate:
        def wait(self, seconds):
            print("in", flush=True)
            sys.stdin.readline()
    engine, runtime = market({path!r})
    note(runtime, "held", Gate())
    print("out", flush=True)
    engine.dispose()
"""


def test_a_process_that_was_stopped_in_its_turn_stops_nobody_for_ever(tmp_path, monkeypatch):
    path = tmp_path / "turns.db"
    engine, runtime = market(path)
    other, elsewhere = market(path)
    note(runtime, "before")
    code = textwrap.dedent(HOLDER.format(root=str(ROOT), path=str(path)))
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "in\n"
        holder.send_signal(signal.SIGSTOP)
        with monkeypatch.context() as short:
            short.setattr(turns, "PATIENCE_SECONDS", 0.1)
            for where in (runtime, elsewhere, runtime):  # the second time one stands in line already
                with pytest.raises(Busy):
                    note(where, "refused")
        holder.send_signal(signal.SIGCONT)
        holder.stdin.write("go on\n")
        holder.stdin.flush()
        assert holder.stdout.readline() == "out\n"
    note(elsewhere, "after")  # whoever stood in line for nobody has given the turn back
    note(runtime, "after all")
    assert names(runtime) == {"before", "held", "after", "after all"}
    engine.dispose()
    other.dispose()


def test_a_full_disk_loses_nothing_that_was_acknowledged_and_refuses_the_rest(tmp_path):
    path = tmp_path / "turns.db"
    market(path)[0].dispose()
    process = writers(path, "a", limit=200_000)
    lines = process.communicate(timeout=120)[0].split("\n")[:-1]
    said = {line for line in lines if not line.startswith("refused")}
    assert sum(line.startswith("refused") for line in lines) == 4
    assert said
    engine, runtime = market(path)
    assert said <= names(runtime)
    with runtime.work(write=False) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Counter)) - len(said) <= 4
    engine.dispose()


def test_lock_files_are_let_go_and_opened_again(runtime, tmp_path):
    if runtime.turns is None:
        pytest.skip("PostgreSQL has no lock files")

    def held():
        names = list(Path("/proc/self/fd").iterdir())
        open_files = [name.readlink() for name in names if name.exists()]
        return [path for path in open_files if path.name.endswith("-turn") and tmp_path in path.parents]

    for _ in range(2):
        with runtime.work() as ctx:
            ctx.number("HH")
            runtime.turns.close()
            assert len(held()) == 1, "nobody takes the lock file from a writer"
        runtime.turns.close()
        assert held() == []
