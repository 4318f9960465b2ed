"""Laws of giving back what was collected; each takes a till."""

from marketplace.payments.ports import Outcome
from marketplace.testing.rails import soon
from marketplace.testing.tills import Till, a_payment, a_refund, offered, paid


def one_refund_goes_back_once(till: Till) -> None:
    """For rails that deduplicate for ever: a refund is done once however often it is sent."""
    made = paid(till)
    back = a_refund(till, made, made.amount // 4)
    outcomes = [till.gateway.send(back, deadline=soon()).outcome for _ in range(3)]
    assert set(outcomes) <= {Outcome.SUCCEEDED, Outcome.ACCEPTED}
    assert till.went(made) == [back.amount]


def a_refund_is_found_under_its_own_number(till: Till) -> None:
    """Not there before, done when sent, and found afterwards with its own amount."""
    made = paid(till)
    back = a_refund(till, made, made.amount // 4)
    assert till.gateway.query(back, deadline=soon()).outcome is Outcome.NOT_FOUND
    assert till.gateway.send(back, deadline=soon()).outcome in {Outcome.SUCCEEDED, Outcome.ACCEPTED}
    told = till.gateway.query(back, deadline=soon())
    assert (told.outcome, told.number, told.operation) == (Outcome.SUCCEEDED, back.number, "refund")
    assert told.amount in {None, back.amount}
    assert till.went(made) == [back.amount]


def no_more_goes_back_than_came(till: Till) -> None:
    """Parts may go back until all is gone; one fen more is not done and not called done."""
    made = paid(till)
    half = made.amount // 2
    assert till.gateway.send(a_refund(till, made, half), deadline=soon()).outcome is Outcome.SUCCEEDED
    much = a_refund(till, made, made.amount - half + 1)
    assert till.gateway.send(much, deadline=soon()).outcome in {Outcome.REFUSED, Outcome.UNKNOWN}
    assert till.gateway.query(much, deadline=soon()).outcome is not Outcome.SUCCEEDED
    assert till.gateway.send(a_refund(till, made, made.amount - half), deadline=soon()).outcome is Outcome.SUCCEEDED
    assert sum(till.went(made)) == made.amount


def what_never_came_never_goes_back(till: Till) -> None:
    """A refund of what nobody has paid, or of what does not exist, is not done."""
    for made in (offered(till), a_payment(till)):
        back = a_refund(till, made, 100)
        assert till.gateway.send(back, deadline=soon()).outcome not in {Outcome.SUCCEEDED, Outcome.ACCEPTED}
        assert till.gateway.query(back, deadline=soon()).outcome is not Outcome.SUCCEEDED
        assert till.went(made) == []
