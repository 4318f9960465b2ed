"""Lines of a department, and what is held on them."""

from marketplace.budgets.queries import balances
from marketplace.testing.budgets import a_line


def some_lines(ctx, department_id, *amounts, source="treasury", year=2026):
    return [
        a_line(ctx, department_id, amount_fen=fen, name=f"指标{n}", source=source, fiscal_year=year).id
        for n, fen in enumerate(amounts, start=1)
    ]


def held(ctx, line_id):
    return {stage: fen for stage, fen in balances.line_stages(ctx, line_id).items() if fen}
