"""Laws of what a rail tells without being asked; each takes a rail."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from marketplace.payments.ports import Observation, Prepared
from marketplace.testing.rails import Rail, prepared, quiet, raises_value_error, soon


def a_changed_notice_is_refused(rail: Rail) -> None:
    """A genuine notice is read; with any byte changed it is refused, or only its spelling has changed."""
    for command, headers, body in _notices(rail):
        notice_id, fact = rail.gateway.parse_notice(headers, body)
        assert notice_id
        assert (fact.source, fact.number) == ("notice", command.number)
        assert fact.amount in {None, command.amount}
        assert (notice_id, fact) == rail.gateway.parse_notice(headers, body), "reading a notice twice reads the same"
        refused = sum(_refused_or_same(rail, headers, body, place, (notice_id, fact)) for place in range(len(body)))
        assert refused > len(body) * 0.8, "nearly every byte of a notice is under its signature"
        for cut in (b"", body[:-1], body[: len(body) // 2], body + b"&x=1"):
            raises_value_error(partial(rail.gateway.parse_notice, headers, cut))


def garbage_is_no_notice(rail: Rail) -> None:
    """Whatever is no genuine notice raises ValueError and nothing else."""

    @quiet
    @given(st.one_of(st.binary(max_size=300), st.text('abc=&%+{}":1', max_size=80).map(lambda text: text.encode())))
    def law(body: bytes) -> None:
        raises_value_error(partial(rail.gateway.parse_notice, {}, body))

    law()


def acknowledging_is_not_refusing(rail: Rail) -> None:
    """The answer to a stored notice differs from the one to a notice that must come again."""
    answers = [rail.gateway.notice_ack(stored=stored) for stored in (True, False)]
    for status, body in answers:
        assert 200 <= status < 600
        assert isinstance(body, str)
    if rail.notice is not None:
        assert answers[0] != answers[1]
        assert answers[0][0] == 200


def _notices(rail: Rail) -> Iterator[tuple[Prepared, Mapping[str, str], bytes]]:
    if rail.notice is None:
        return
    command = prepared(rail)
    rail.gateway.send(command, deadline=soon())
    yield command, *rail.notice(command.number)


def _refused_or_same(
    rail: Rail, headers: Mapping[str, str], body: bytes, place: int, told: tuple[str, Observation]
) -> bool:
    changed = bytearray(body)
    changed[place] ^= 1
    try:
        notice_id, fact = rail.gateway.parse_notice(headers, bytes(changed))
    except ValueError:
        return True
    assert (notice_id, replace(fact, raw=told[1].raw)) == told, f"byte {place} changed what the notice says"
    return False
