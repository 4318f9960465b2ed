"""What a replay found: one run as JSON, and the runs of several methods side by side."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from marketplace.kernel.money import yuan
from marketplace.selection.quotes import WHOLE_BP, half_up, percent

# What the record does not say, and what stands in its place; printed with every table.
STAND_INS = {
    "lowest": "the recorded bids as they are",
    "bidding": "nobody quotes again in the room; bids that the record disqualified stay, for a room is not screened",
    "average": "the recorded bids as they are, though they were made to be the lowest",
    "merit": "price 70 %, plan 30 %; every plan has the same 80 points, because the record has none",
    "shortlist": "the recorded bids as they are; the three lowest, and equals of the third, draw",
    "inquiry": "all who bid were invited, and the buyer names the recorded winner",
    "random": "the notice fixes the ceiling as the price, and everybody accepts it",
    "weighted": "the same, and nobody has a grade: all have the same tickets",
    "direct": "the recorded winner, at the price that it bid",
}
WHY = {
    "有效报名不足规定家数": "fewer bidders than the rules ask for, after one extension",
    "没有有效报价": "no valid bid was left",
    "开启后有效报价不足规定家数": "too few valid bids were left",
}


def sort_of(reason: str) -> str:
    """The kind of an ending, for counting."""
    return WHY.get(reason, reason)


@dataclass
class Report:
    """What came out. Amounts in hundredths of the record's currency; disagreements and odd records are explained.

    paid_fen, recorded_fen and ceiling_fen are sums over the same tenders: those that both we and the record awarded.
    drawn: a draw was held; tied_first: another valid bid had the winner's price, and the draw decided between them.
    undecided: why there is no award of ours, and how often.
    """

    method: str
    variant: str = ""
    currency: str = ""
    tenders: int = 0
    bids: int = 0
    awarded: int = 0
    decided: int = 0
    agree: int = 0
    ties: int = 0
    drawn: int = 0
    tied_first: int = 0
    compared: int = 0
    undecided: Counter[str] = field(default_factory=Counter)
    disagree: list[dict[str, str]] = field(default_factory=list)
    without_award: list[dict[str, str]] = field(default_factory=list)
    records: list[dict[str, Any]] = field(default_factory=list)
    paid_fen: int = 0
    recorded_fen: int = 0
    ceiling_fen: int = 0
    seconds: float = 0.0

    @property
    def name(self) -> str:
        """Code of the method, with its variant."""
        return f"{self.method}/{self.variant}" if self.variant else self.method

    def compare(self, paid_fen: int, recorded_fen: int, ceiling_fen: int) -> None:
        """Add one tender that was awarded here and in the record."""
        self.compared += 1
        self.paid_fen += paid_fen
        self.recorded_fen += recorded_fen
        self.ceiling_fen += ceiling_fen

    def as_json(self) -> dict[str, Any]:
        """The report as it is written to a file."""
        return {
            "method": self.name,
            "stands_in": STAND_INS.get(self.method, ""),
            "tenders": self.tenders,
            "bids": self.bids,
            "awarded": self.awarded,
            "decided": self.decided,
            "undecided": _counted(self.undecided),
            "agree": self.agree,
            "ties": self.ties,
            "drawn": self.drawn,
            "tied_first": self.tied_first,
            "disagree": self.disagree,
            "without_award": self.without_award,
            "records": self.records,
            "compared": self.compared,
            "currency": self.currency,
            "cost": yuan(self.paid_fen),
            "recorded_cost": yuan(self.recorded_fen),
            "ceilings": yuan(self.ceiling_fen),
            "saved_bp": saved_bp(self.paid_fen, self.ceiling_fen),
            "more_than_recorded_bp": -saved_bp(self.paid_fen, self.recorded_fen),
            "seconds": round(self.seconds, 2),
            "bids_per_s": round(self.bids / self.seconds, 1) if self.seconds else 0.0,
        }


def _counted(found: Mapping[str, int]) -> dict[str, int]:
    return {why: number for why, number in sorted(found.items()) if number}


def saved_bp(paid_fen: int, of_fen: int) -> int:
    """How much less than `of_fen` was paid, in basis points, halves up; negative where it was more."""
    size = half_up(abs(of_fen - paid_fen) * WHOLE_BP, of_fen) if of_fen else 0
    return size if paid_fen <= of_fen else -size


COLUMNS = (
    "method",
    "awarded",
    "compared",
    "cost",
    "the record paid",
    "against the record",
    "saved of the ceilings",
    "draws held",
    "first place drawn among equals",
    "without award",
)


def table(reports: Sequence[Mapping[str, Any]]) -> str:
    """The runs side by side, as a Markdown table, with what stands in for what the record lacks. reports: as JSON."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
    lines += ["| " + " | ".join(_cells(report)) + " |" for report in reports]
    currency = next((report["currency"] for report in reports if report["currency"]), "the record's currency")
    lines += ["", f"Amounts in {currency}, summed over the tenders that both the method and the record awarded."]
    lines += [f"- {report['method']}: {report['stands_in']}." for report in reports if report["stands_in"]]
    return "\n".join(lines)


def _cells(report: Mapping[str, Any]) -> list[str]:
    more = report["more_than_recorded_bp"]
    why = "; ".join(f"{number} × {words}" for words, number in report["undecided"].items())
    return [
        report["method"],
        f"{report['decided']} of {report['tenders']}",
        str(report["compared"]),
        _amount(report["cost"]),
        _amount(report["recorded_cost"]),
        _signed("+", more),
        _signed("", report["saved_bp"]),
        str(report["drawn"]),
        str(report["tied_first"]),
        why or "none",
    ]


def _signed(plus: str, bp: int) -> str:
    return ("-" if bp < 0 else plus if bp else "") + percent(abs(bp)) + " %"


def _amount(text: str) -> str:
    """An amount with its thousands set apart."""
    whole, _, rest = text.replace(",", "").partition(".")
    return f"{int(whole):,}" + (f".{rest}" if rest.strip("0") else "")
