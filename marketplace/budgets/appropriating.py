"""指标下达: documents put money on lines."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from marketplace.budgets import queries
from marketplace.budgets.errors import BadClassification, BadFiscalYear, BudgetLineDiffers, DocumentDiffers
from marketplace.budgets.events import LineAppropriated
from marketplace.budgets.models import Appropriation, BudgetLine
from marketplace.budgets.moving import control, open_line, require_open, short, subject, who
from marketplace.budgets.queries import balances
from marketplace.budgets.rules import wrong_code
from marketplace.kernel.clock import shanghai_date
from marketplace.kernel.context import Ctx
from marketplace.ledger import queries as ledger_queries
from marketplace.ledger import service as ledger


@dataclass(frozen=True, slots=True)
class Paper:
    """The document itself, where it was shown: its date, the name of its file and the SHA-256 of the content."""

    issued_on: date | None = None
    file_name: str = ""
    file_sha256: str | None = None


def appropriate(
    ctx: Ctx,
    *,
    department_id: str,
    fiscal_year: int,
    name: str,
    function_code: str,
    economic_code: str,
    source: str,
    amount_fen: int,
    document: str,
    project: str = "",
    paper: Paper | None = None,
) -> BudgetLine:
    """指标下达: put money on a line, opening it the first time; another document adds to it.

    document: number of the appropriation document; the same document for the same line books once.
    Raises BadClassification, BadFiscalYear, BudgetLineDiffers, DocumentDiffers, PostingDiffers, YearFrozen.
    """
    if not 2000 <= fiscal_year <= 2100:
        raise BadFiscalYear(field="fiscal_year", fiscal_year=fiscal_year)
    wrong = wrong_code(function_code, economic_code)
    if wrong is not None:
        raise BadClassification(field=wrong[0], text=wrong[1])
    facts = {"function_code": function_code, "economic_code": economic_code, "source": source, "project": project}
    line = queries.line_named(ctx, department_id, fiscal_year, name)
    if line is not None and any(getattr(line, key) != value for key, value in facts.items()):
        raise BudgetLineDiffers(field="name", fiscal_year=fiscal_year, name=name)
    if line is None:
        require_open(ctx, department_id, fiscal_year)
        whose = {"department_id": department_id, "fiscal_year": fiscal_year}
        line = open_line(ctx, name=name, document=document, **whose, **facts)
    _keep(ctx, document, paper or Paper(), line)
    _fund(ctx, line, amount_fen, document)
    return line


def _keep(ctx: Ctx, number: str, paper: Paper, line: BudgetLine) -> None:
    """The document, once; what is known of it may be added to but not changed."""
    found = ctx.session.scalar(
        select(Appropriation).where(
            Appropriation.department_id == line.department_id,
            Appropriation.fiscal_year == line.fiscal_year,
            Appropriation.number == number,
        )
    )
    if found is None:
        found = Appropriation(
            id=ctx.new_id(),
            department_id=line.department_id,
            fiscal_year=line.fiscal_year,
            number=number,
            file_name="",
            created_at=ctx.now,
            created_by=who(ctx),
        )
        ctx.session.add(found)
    for key in ("issued_on", "file_name", "file_sha256"):
        said, known = getattr(paper, key), getattr(found, key)
        if said and known and said != known:
            raise DocumentDiffers(field="document", document=number)
        if said:
            setattr(found, key, said)
    ctx.session.flush()


def _fund(ctx: Ctx, line: BudgetLine, amount_fen: int, document: str) -> None:
    id = f"{line.id}/appropriate/{short(document)}"
    known = ledger_queries.posting(ctx, id) is not None
    if not known:
        require_open(ctx, line.department_id, line.fiscal_year)
    ledger.post(
        ctx,
        id=id,
        debit_id=control(ctx, line.department_id, "authority", line.fiscal_year),
        credit_id=balances.account_of(line, "", "available"),
        amount_fen=amount_fen,
        kind="appropriate",
        reference=document,
        fiscal_year=line.fiscal_year,
        business_date=shanghai_date(ctx.now),
    )
    if not known:
        ctx.record(LineAppropriated(subject=subject(line), amount_fen=amount_fen, document=document))
