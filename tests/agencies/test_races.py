"""One company that enters twice at the same moment."""

import threading

from sqlalchemy import func, select

from marketplace.agencies.models import Agency
from marketplace.identity.rules import make_uscc
from marketplace.kernel.errors import DomainError, Kind
from marketplace.testing.agencies import an_agency


def test_two_entries_of_one_company_at_once_make_one_agency(runtime):
    code, told = make_uscc("race"), []
    start = threading.Barrier(2)

    def enter():
        start.wait()
        try:
            with runtime.work() as ctx:
                an_agency(ctx, uscc=code)
            told.append("entered")
        except DomainError as refused:
            told.append(refused.kind)

    threads = [threading.Thread(target=enter) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with runtime.work(write=False) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Agency).where(Agency.uscc == code)) == 1
    assert sorted(map(str, told)) == sorted(["entered", str(Kind.CONFLICT)])
