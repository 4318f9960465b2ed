"""The docs are tested: what the code has and the docs lack fails the build."""

import re
from pathlib import Path

import pytest

from marketplace.config import SETTINGS
from tests.architecture import generated_docs

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("name", list(generated_docs.PAGES))
def test_a_generated_page_is_current(name):
    assert (DOCS / name).read_text(encoding="utf-8") == generated_docs.PAGES[name](), "run `make docs`"


def test_every_event_says_what_happened():
    assert [e.type for e in generated_docs.our_events() if (e.__doc__ or "").startswith(f"{e.__name__}(")] == []


def test_every_setting_is_used_and_documented():
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    code = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "marketplace").rglob("*.py") if p.name != "config.py")
    assert [s.name for s in SETTINGS if f"`{s.name}`" not in page or s.name not in code] == []


def test_every_plug_in_point_and_verb_is_documented():
    page = (DOCS / "plugins.md").read_text(encoding="utf-8")
    points = {
        "SelectionMethod": "marketplace/selection/ports.py",
        "Gateway": "marketplace/payments/ports.py",
        "IdentityProvider": "marketplace/kernel/ports.py",
        "CreditFeed": "marketplace/credit/ports.py",
    }
    missing = []
    for point, path in points.items():
        source = (ROOT / path).read_text(encoding="utf-8")
        match = re.search(rf"class {point}\(.*?Protocol.*?\):(.*?)(?=\n\S|\Z)", source, re.S)
        assert match, f"{point} is not in {path}"
        verbs = re.findall(r"def (\w+)\(", match[1])
        missing += [name for name in [point, *verbs] if f"`{name}`" not in page]
    assert missing == []


def test_every_make_target_is_documented():
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.M)
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8") + (ROOT / "README.md").read_text(encoding="utf-8")
    assert [target for target in targets if f"make {target}" not in page] == []


def test_every_link_between_pages_leads_somewhere():
    broken = []
    for page in [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.name} → {target}")
    assert broken == []


def test_the_project_names_no_place_where_it_was_made():
    # Written in parts so that this file does not find itself.
    words = ["/" + "work/", "/" + "tmp/", "pypi" + ".org", "npmjs" + ".com", "deb" + "ian.org"]
    found = []
    for pattern in (
        "marketplace/**/*",
        "templates/**/*",
        "docs/**/*",
        "tests/**/*",
        "*.md",
        "Makefile",
        "setup.cfg",
        ".ci/*",
    ):
        for path in ROOT.glob(pattern):
            if path.is_file() and path.suffix in {".py", ".md", ".html", ".txt", ".toml", ".cfg", ".po", ".css", ""}:
                text = path.read_text(encoding="utf-8", errors="ignore")
                found += [f"{path}: {word}" for word in words if word in text]
    assert found == []


def test_no_number_of_a_decision_is_used_twice():
    numbers = sorted(int(path.name[:4]) for path in (DOCS / "adr").glob("[0-9]*.md"))
    assert len(numbers) == len(set(numbers)) > 0
