"""Who may import whom is written in setup.cfg; these tests keep that list whole and run it."""

import ast
import configparser
from pathlib import Path

from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[2]
KIT = {"kernel", "web", "portal", "integration", "testing", "bench", "demo", "migrations", "templates"}
OUTSIDE = {"kernel/turns.py", "kernel/context.py"}


def domains() -> set[str]:
    package = ROOT / "marketplace"
    rooms = {path.parent for path in package.glob("*/models.py")} | {path.parent for path in package.glob("*/models/")}
    return {path.name for path in rooms} - KIT


def contracts() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_the_import_contracts_are_kept(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename="setup.cfg", no_cache=True) == EXIT_STATUS_SUCCESS


def test_every_domain_has_private_tables():
    listed = {name.rpartition("private-tables-")[2] for name in contracts().sections() if "private-tables-" in name}
    assert listed == domains()


def test_every_domain_keeps_the_order_of_rooms():
    listed = contracts()["importlinter:contract:rooms"]["containers"].split()
    assert {name.removeprefix("marketplace.") for name in listed} == domains()


def test_only_the_unit_of_work_commits():
    offenders = []
    for path in (ROOT / "marketplace").rglob("*.py"):
        name = str(path.relative_to(ROOT / "marketplace"))
        if name in OUTSIDE or name.startswith(("bench/", "testing/", "payments/sandbox/")):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            allowed = name == "web/doors.py" and called == "rollback"
            if called in {"commit", "rollback"} and not node.args and not allowed:
                offenders.append(f"{name}:{node.lineno}")
    assert offenders == []


def test_rooms_have_the_agreed_names():
    rooms = {
        "rules",
        "models",
        "service",
        "queries",
        "schemas",
        "events",
        "errors",
        "api",
        "pages",
        "cli",
        "deadlines",
        "ports",
    }
    extra = {
        "agencies": {"own", "papers", "receipts", "standing"},
        "audit": {"receipts", "verifier"},
        "budgets": {
            "appropriating",
            "carrying",
            "closing",
            "importing",
            "moving",
            "settling",
            "sheets",
            "transfers",
            "trial",
            "vouchers",
        },
        "collection": {"books", "evidence", "holding", "sender"},
        "contracts": {"changes", "delivery", "signing", "terms"},
        "credit": {"appeals", "imports"},
        "identity": {"admin", "administration", "masks", "tokens"},
        "ledger": {"beancount", "booking", "check", "listing"},
        "payments": {
            "callbacks",
            "deductions",
            "disputes",
            "drafting",
            "evidence",
            "fetching",
            "flight",
            "inbox",
            "invoices",
            "payees",
            "plain_orders",
            "receipts",
            "sender",
        },
        "reconciliation": {"breaks", "fetching", "matching", "trail"},
        "selection": {"ceremony", "ordering", "quotes", "ranking", "rfc3797", "stock", "witnessing"},
        "supervision": {"exits", "own", "proceedings"},
    }
    odd = {
        f"{domain}/{path.stem}"
        for domain in domains()
        for path in (ROOT / "marketplace" / domain).glob("*.py")
        if path.stem not in rooms | {"__init__"} | extra.get(domain, set())
    }
    assert odd == set(), "a room with another name needs an ADR and a line here"
