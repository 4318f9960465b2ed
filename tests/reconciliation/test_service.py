"""Statements are believed when whole, matched line by line, and every difference stands with an owner until two end it."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from marketplace.payments import queries as payments
from marketplace.payments.sandbox.bills import MUTATIONS, mutated
from marketplace.reconciliation import errors, matching, queries, service
from marketplace.reconciliation.models import ReconDay, ReconMatch
from marketplace.reconciliation.queries import statements
from marketplace.testing.payments import some_payers
from marketplace.testing.reconciliation import ACCOUNT, DAY, OPENING_FEN, a_bill, paid_orders, two_clerks
from marketplace.web.paging import page_of

FOUND = {
    "missing": {"missing_there"},
    "double": {"duplicate"},
    "extra": {"missing_here"},
    "amount": {"amount", "missing_there"},
    "number": {"missing_here", "missing_there"},
    "sign": {"sign", "missing_there"},
}


@pytest.fixture
def clerks(work):
    return two_clerks(work)


def take_in(work, clerk, content, day=DAY, **over):
    with work(clerk) as ctx:
        return service.import_statement(ctx, account=ACCOUNT, day=day, form="alipay-account", content=content, **over)


def breaks(work, day=DAY):
    with work() as ctx:
        return list(queries.breaks_of(ctx, ACCOUNT, day))


def test_a_true_statement_leaves_nothing_open(work, clerks):
    lines = paid_orders(work, 12)
    day = take_in(work, clerks[0], a_bill(lines))
    with work() as ctx:
        assert statements.counts(ctx, day) == {"lines": 12, "matched": 12, "breaks": 0}
    assert breaks(work) == []


def test_any_order_of_lines_and_any_repetition_of_a_file_gives_one_result(work, clerks):
    payers, days = some_payers(work), count(1)
    before = {"opening": OPENING_FEN}

    @settings(max_examples=8, suppress_health_check=list(HealthCheck))
    @given(st.permutations(range(5)), st.integers(1, 3))
    def law(order, times):
        day = DAY + timedelta(days=next(days))
        lines = paid_orders(work, 5, day=day, payers=payers)
        file = a_bill([lines[place] for place in order], day=day, opening_fen=before["opening"])
        before["opening"] += sum(line.fen for line in lines)
        for _ in range(times):
            found = take_in(work, clerks[0], file, day)
        with work() as ctx:
            matching.run(ctx, queries.day_of(ctx, ACCOUNT, day))
            assert statements.counts(ctx, found) == {"lines": 5, "matched": 5, "breaks": 0}

    law()


def test_each_mutation_of_a_statement_is_found(work, clerks):
    payers, opening = some_payers(work), OPENING_FEN
    assert set(FOUND) == set(MUTATIONS)
    for n, (name, place) in enumerate((name, place) for name in MUTATIONS for place in (0, 3, 5)):
        day = DAY + timedelta(days=n)
        lines = mutated(paid_orders(work, 6, day=day, payers=payers), f"{name}:{place}")
        take_in(work, clerks[0], a_bill(lines, day=day, opening_fen=opening), day)
        opening += sum(line.fen for line in lines)
        assert {row.kind for row in breaks(work, day)} == FOUND[name], name


def test_a_line_that_comes_a_day_later_is_missing_first_and_explained_then(work, clerks):
    lines = paid_orders(work, 4)
    take_in(work, clerks[0], a_bill(lines[:3]))
    assert [row.kind for row in breaks(work)] == ["missing_there"]
    shifted = [type(lines[3])(*(getattr(lines[3], f) for f in ("id", "business_id", "number")), "2026-03-03 00:00:09",
                              lines[3].party, lines[3].fen, lines[3].kind)]  # fmt: skip
    opening = OPENING_FEN + sum(line.fen for line in lines[:3])
    take_in(work, clerks[0], a_bill(shifted, day=DAY + timedelta(days=1), opening_fen=opening), DAY + timedelta(days=1))
    assert [(row.state, row.action) for row in breaks(work)] == [("resolved", "timing")]


def test_a_file_that_is_cut_off_is_refused_and_leaves_nothing(work, clerks):
    lines = paid_orders(work, 5)
    whole = a_bill(lines)
    for content in (a_bill(lines, truncated=True), whole[:-40], whole[: len(whole) // 2], b"", b"PK\x03\x04"):
        with pytest.raises(errors.StatementDamaged):
            take_in(work, clerks[0], content)
    with work() as ctx:
        assert ctx.session.scalars(queries.days()).all() == []
    take_in(work, clerks[0], whole)


def test_a_line_of_another_day_and_a_gap_between_days_are_refused(work, clerks):
    lines = paid_orders(work, 3)
    with pytest.raises(errors.StatementDamaged):
        take_in(work, clerks[0], a_bill(lines, day=DAY), DAY + timedelta(days=1))
    take_in(work, clerks[0], a_bill(lines))
    with pytest.raises(errors.StatementGap):
        later = paid_orders(work, 1, day=DAY + timedelta(days=1))
        take_in(work, clerks[0], a_bill(later, day=DAY + timedelta(days=1)), DAY + timedelta(days=1))


def test_the_same_file_again_changes_nothing_and_another_needs_a_word(work, clerks):
    lines = paid_orders(work, 5)
    wrong, right = a_bill(mutated(lines, "missing:1")), a_bill(lines)
    first = take_in(work, clerks[0], wrong)
    assert take_in(work, clerks[0], wrong).statement_id == first.statement_id
    with pytest.raises(errors.StatementDiffers):
        take_in(work, clerks[0], right)
    take_in(work, clerks[0], right, replace=True)
    assert [(row.kind, row.state, row.action) for row in breaks(work)] == [("missing_there", "resolved", "timing")]


@pytest.mark.parametrize("piece", [matching.CHUNK, 1])
def test_several_lines_that_add_up_to_one_payment_are_one_match(work, clerks, monkeypatch, piece):
    monkeypatch.setattr(matching, "CHUNK", piece)
    lines = paid_orders(work, 3)
    halves = [replace(lines[0], fen=-4_000), replace(lines[0], id="half", fen=lines[0].fen + 4_000), *lines[1:]]
    day = take_in(work, clerks[0], a_bill(halves))
    with work() as ctx:
        assert statements.counts(ctx, day) == {"lines": 4, "matched": 4, "breaks": 0}
        assert {row.by_pass for row in ctx.session.query(ReconMatch)} == {matching.NUMBER, matching.SUM}


def test_a_line_without_our_number_is_proposed_and_two_persons_decide(work, clerks):
    lines = paid_orders(work, 3)
    take_in(work, clerks[0], a_bill([replace(lines[0], number=""), *lines[1:]]))
    (found,) = breaks(work)
    assert found.kind == "proposal"
    with work(clerks[0]) as ctx:
        service.propose(ctx, found.id, action="matched", reason="渠道未回传商户订单号，金额、日期、户名一致")
    with pytest.raises(errors.BreakSamePerson), work(clerks[0]) as ctx:
        service.confirm(ctx, found.id)
    with work(clerks[1]) as ctx:
        assert service.confirm(ctx, found.id).state == "resolved"
        day = queries.day_of(ctx, ACCOUNT, DAY)
        assert statements.counts(ctx, day) == {"lines": 3, "matched": 3, "breaks": 0}


def test_one_movement_is_proposed_for_one_line_only_however_often_and_late_lines_come(work, clerks):
    lines = paid_orders(work, 2)
    unnamed = [replace(lines[0], number=""), lines[1]]
    take_in(work, clerks[0], a_bill(unnamed))
    later = DAY + timedelta(days=1)
    again = [replace(unnamed[0], id="later", at=f"{later} 00:00:09")]
    opening = OPENING_FEN + sum(line.fen for line in unnamed)
    take_in(work, clerks[0], a_bill(again, day=later, opening_fen=opening), later)
    assert [row.kind for row in (*breaks(work), *breaks(work, later))] == ["proposal", "missing_here"]


def test_a_day_closes_when_each_break_has_an_owner_and_is_sealed(work, clerks, clock):
    lines = paid_orders(work, 4)
    day = take_in(work, clerks[0], a_bill(mutated(lines, "extra:0")))
    clock.advance(days=1)
    with pytest.raises(errors.DayUnfinished), work(clerks[1]) as ctx:
        service.close_day(ctx, day.id)
    (found,) = breaks(work)
    with work(clerks[0]) as ctx:
        service.assign(ctx, found.id)
    with work(clerks[1]) as ctx:
        assert len(service.close_day(ctx, day.id).digest) == 64
    with pytest.raises(errors.DayClosed):
        take_in(work, clerks[0], a_bill(lines), replace=True)
    with work() as ctx:
        assert statements.broken_seals(ctx) == []
        ctx.session.query(queries.StatementLine).first().amount_fen += 1
    with work() as ctx:
        assert [broken.id for broken in statements.broken_seals(ctx)] == [day.id]
    with pytest.raises(errors.BreakReasonNeeded), work(clerks[1]) as ctx:
        service.reopen_day(ctx, day.id, reason=" ")
    with work(clerks[1]) as ctx:
        assert service.reopen_day(ctx, day.id, reason="渠道更正账单").state == "open"


def test_days_are_closed_in_their_order(work, clerks, clock):
    lines = paid_orders(work, 2)
    take_in(work, clerks[0], a_bill(lines))
    opening = OPENING_FEN + sum(line.fen for line in lines)
    second = take_in(
        work, clerks[0], a_bill([], day=DAY + timedelta(days=1), opening_fen=opening), DAY + timedelta(days=1)
    )
    clock.advance(days=2)
    with pytest.raises(errors.EarlierDayOpen), work(clerks[0]) as ctx:
        service.close_day(ctx, second.id)


def test_a_break_ends_only_in_a_way_that_fits_it(work, clerks):
    lines = paid_orders(work, 2)
    take_in(work, clerks[0], a_bill(mutated(lines, "missing:0")))
    (found,) = breaks(work)
    with pytest.raises(errors.BreakActionUnsuited), work(clerks[0]) as ctx:
        service.propose(ctx, found.id, action="matched", reason="x")
    with work(clerks[0]) as ctx:
        service.propose(ctx, found.id, action="loss", reason="核实为坏账")
    with work(clerks[1]) as ctx:
        assert service.refuse(ctx, found.id, reason="请先向渠道查询").state == "assigned"
    with pytest.raises(errors.SettlementClerkUnknown), work(clerks[0]) as ctx:
        service.assign(ctx, found.id, username="nobody")


def test_other_people_may_not_reconcile(work, clerks):
    from marketplace.kernel.errors import NotPermitted
    from marketplace.testing.identity import a_member

    with work() as ctx:
        stranger = a_member(ctx, "department", "finance")
    with pytest.raises(NotPermitted):
        take_in(work, stranger, b"")
    assert payments.orders(None) is not None


def rewritten(content, change):
    """A bill whose text was changed after the provider wrote it."""
    import io
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as package, zipfile.ZipFile(out, "w") as made:
        for info in package.infolist():
            text = package.read(info).decode("gbk")
            made.writestr(info, (change(text) if "业务流水号" in text else text).encode("gbk"))
    return out.getvalue()


def test_a_file_whose_own_count_is_wrong_is_refused(work, clerks):
    content = rewritten(a_bill(paid_orders(work, 5)), lambda text: text.replace("支出合计：5笔", "支出合计：6笔"))
    with pytest.raises(errors.StatementDamaged) as refused:
        take_in(work, clerks[0], content)
    assert "末尾合计6笔，明细5笔" in refused.value.say()


def test_a_line_cut_out_of_the_middle_is_refused(work, clerks):
    lines = paid_orders(work, 5)

    def cut(text):
        rows = text.split("\r\n")
        fen = f"{-lines[2].fen // 100}.{-lines[2].fen % 100:02d}"
        total = f"{-sum(line.fen for line in lines) // 100}.{-sum(line.fen for line in lines) % 100:02d}"
        less = -sum(line.fen for line in lines) + lines[2].fen
        kept = [row for row in rows if lines[2].number not in row]
        assert len(kept) == len(rows) - 1
        assert fen
        return (
            "\r\n".join(kept)
            .replace("支出合计：5笔", "支出合计：4笔")
            .replace(total, f"{less // 100}.{less % 100:02d}")
        )

    with pytest.raises(errors.StatementDamaged) as refused:
        take_in(work, clerks[0], rewritten(a_bill(lines), cut))
    assert "不连续" in refused.value.say()


def test_days_are_paged_by_their_date(work):
    """More days than a page holds: the cursor carries a date, which JSON does not know."""
    with work() as ctx:
        for n in range(3):
            ctx.session.add(
                ReconDay(
                    id=ctx.new_id(),
                    account="sandbox",
                    day=date(2026, 3, 2 + n),
                    state="open",
                    statement_id=ctx.new_id(),
                )
            )
        ctx.session.flush()
        key = (ReconDay.day, ReconDay.id)
        first = page_of(ctx.session, select(ReconDay), key=key, rows=2)
        rest = page_of(ctx.session, select(ReconDay), key=key, rows=2, cursor=first.next)
        assert [row.day.day for row in (*first.items, *rest.items)] == [2, 3, 4]
