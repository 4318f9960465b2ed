"""Signals leave after commit, at least once, and every topic the code sends is described."""

import re
from pathlib import Path

import pytest

from marketplace.integration import signals

ROOT = Path(__file__).parents[2]


@pytest.fixture
def heard():
    found = []

    def listen(sender, **payload):
        found.append(payload)

    signals.namespace.signal("marketplace.tender.published").connect(listen)
    yield found
    signals.namespace.signal("marketplace.tender.published").disconnect(listen)


def test_a_signal_is_sent_by_the_worker_after_commit_and_once(runtime, heard):
    with runtime.work() as ctx:
        ctx.send("tender.published", {"number": "ZJ-1"})
    assert heard == []
    runtime.tick()
    runtime.tick()
    assert heard == [{"number": "ZJ-1"}]


def test_nothing_is_sent_for_what_was_rolled_back(runtime, heard):
    with pytest.raises(RuntimeError), runtime.work() as ctx:
        ctx.send("tender.published", {"number": "ZJ-1"})
        raise RuntimeError
    runtime.tick()
    assert heard == []


def test_a_listener_that_raises_hears_it_again(runtime, clock):
    calls = []

    def deaf_at_first(sender, **payload):
        calls.append(payload)
        if len(calls) == 1:
            raise ValueError

    signal = signals.namespace.signal("marketplace.tender.published")
    with signal.connected_to(deaf_at_first):
        with runtime.work() as ctx:
            ctx.send("tender.published", {"number": "ZJ-1"})
        runtime.tick()
        clock.advance(minutes=1)
        runtime.tick()
    assert len(calls) == 2


def test_a_listener_may_write_to_the_same_database(runtime):
    numbers = []

    def write(sender, **payload):
        with runtime.work() as ctx:
            numbers.append(ctx.number("SG"))

    signal = signals.namespace.signal("marketplace.tender.published")
    with signal.connected_to(write):
        with runtime.work() as ctx:
            ctx.send("tender.published", {"number": "ZJ-1"})
        runtime.tick()
    assert [number[-6:] for number in numbers] == ["000001"]


def test_a_message_that_a_dead_worker_took_comes_back(runtime, clock, heard):
    from marketplace.kernel import outbox

    with runtime.work() as ctx:
        ctx.send("tender.published", {"number": "ZJ-1"})
    with runtime.work() as ctx:
        assert len(outbox.take(ctx.session, ctx.now)) == 1
    runtime.tick()
    assert heard == []
    clock.advance(minutes=2)
    runtime.tick()
    assert heard == [{"number": "ZJ-1"}]


def test_every_topic_that_is_sent_is_described():
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "marketplace").rglob("*.py"))
    sent = set(re.findall(r'ctx\.send\(\s*"([\w.]+)"', code))
    assert sent
    assert sent - set(signals.TOPICS) == set()


def test_every_topic_is_documented():
    page = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
    assert [topic for topic in signals.TOPICS if f"`marketplace.{topic}`" not in page] == []
