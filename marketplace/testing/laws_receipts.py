"""Laws of rails that give official receipts (电子回单) of what they paid out; each takes a rail."""

from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.payments.ports import OfficialReceipt, Prepared
from marketplace.testing.rails import Law, Rail, prepared, quiet, soon

STEPS = 10  # questions after which an honest far side has made its receipt


def asked(rail: Rail, command: Prepared, ticket: str = "") -> OfficialReceipt:
    """The receipt of a command, as far as it goes in a few steps."""
    ids = rail.gateway.query(command, deadline=soon()).provider_ids
    told = rail.gateway.receipt(command, ids, ticket=ticket, deadline=soon())
    for _ in range(STEPS):
        if told.state != "waiting":
            break
        told = rail.gateway.receipt(command, ids, ticket=told.ticket, deadline=soon())
    return told


def a_paid(rail: Rail) -> Prepared:
    """A command whose money has moved."""
    command = prepared(rail)
    rail.gateway.send(command, deadline=soon())
    if rail.settles is not None:
        rail.settles(command)
    return command


def what_was_paid_has_a_receipt_that_stays_the_same(rail: Rail) -> None:
    """A few questions bring the file, its kind and its number; asked again under the same ticket, the same file."""
    command = a_paid(rail)
    told = asked(rail, command)
    assert told.state == "ready", told.code
    assert told.file
    assert "/" in told.media_type
    assert told.document
    again = asked(rail, command, told.ticket)
    assert (again.state, again.file) == ("ready", told.file)


def two_payments_have_two_receipts(rail: Rail) -> None:
    """No payment is proved by the receipt of another."""
    first, second = (asked(rail, a_paid(rail)) for _ in range(2))
    assert first.file != second.file


def what_was_never_sent_has_no_receipt(rail: Rail) -> None:
    """Asking for a number that never left brings no file, however often."""
    command, ticket = prepared(rail), ""
    for _ in range(STEPS):
        told = rail.gateway.receipt(command, {}, ticket=ticket, deadline=soon())
        assert told.state != "ready"
        assert not told.file
        ticket = told.ticket


def garbage_is_no_receipt(rail: Rail) -> None:
    """No bytes of the far side raise, and none that are not its own bring a file or a refusal."""
    assert rail.hears_receipt is not None, "say what this rail concludes from answers about receipts"
    hears, command = rail.hears_receipt, prepared(rail)
    for body in (b"", b"null", b"[]", b"{}", b'"SUCCESS"', b"\xff\xfe", b"%PDF-1.4 %%EOF", b"[" * 50_000):
        assert hears(command, body).state in {"unknown", "waiting"}, body[:20]

    @settings(parent=quiet, max_examples=25)
    @given(st.binary(max_size=200))
    def law(body: bytes) -> None:
        told = hears(command, body)
        assert (told.state in {"unknown", "waiting"}, told.file) == (True, b"")

    law()


LAWS: tuple[Law, ...] = (
    what_was_paid_has_a_receipt_that_stays_the_same,
    two_payments_have_two_receipts,
    what_was_never_sent_has_no_receipt,
    garbage_is_no_receipt,
)


def laws_of(rail: Rail) -> tuple[Law, ...]:
    """The laws of receipts, where the rail promises any."""
    return LAWS if rail.gateway.caps.gives_receipts else ()
