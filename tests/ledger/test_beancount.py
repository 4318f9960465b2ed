"""A second program adds the books up and comes to the same totals."""

import subprocess
import sys
from pathlib import Path

from marketplace.budgets import service
from marketplace.ledger import beancount
from marketplace.testing.budgets import a_line, an_obligation

PROGRAM = Path(sys.executable).with_name("bean-check")


def _exported(work):
    with work() as ctx:
        line_id = a_line(ctx, amount_fen=123_456, document='财预〔2026〕"一"\\号').id
        row = an_obligation(ctx, line_id, 60_001)
        service.make_due(ctx, row.id, amount_fen=20_007, reference="M-1")
        service.to_transit(ctx, row.id, amount_fen=20_007, reference="payment/1")
        service.settle(ctx, row.id, amount_fen=20_007, reference="payment/1")
        service.release(ctx, row.id, reason="x")
    with work(write=False) as ctx:
        return "\n".join(beancount.export(ctx)) + "\n"


def _checked(text, tmp_path):
    (tmp_path / "books.beancount").write_text(text, "utf-8")
    done = subprocess.run(
        [str(PROGRAM), "--no-cache", str(tmp_path / "books.beancount")], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr


def test_bean_check_adds_up_to_the_same_totals(work, tmp_path):
    text = _exported(work)
    assert text.count(" balance ") == 8
    assert _checked(text, tmp_path) == (0, "")


def test_bean_check_finds_one_fen_too_many(work, tmp_path):
    text = _exported(work)
    moved = text.replace("  200.07 CNY", "  200.08 CNY", 1).replace("  -200.07 CNY", "  -200.08 CNY", 1)
    assert moved != text
    code, said = _checked(moved, tmp_path)
    assert (code, "Balance failed" in said) == (1, True)
