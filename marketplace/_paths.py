"""Find templates/ and migrations/ in a wheel, an editable install and a bare checkout alike."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def _locate(name: str, sentinel: str) -> Path:
    for root in (PACKAGE, PACKAGE.parent):
        if (root / name / sentinel).is_file():
            return root / name
    raise RuntimeError(f"{name}/{sentinel} is missing: marketplace was packaged without it")


TEMPLATES = _locate("templates", "marketplace/base.html")
MIGRATIONS = _locate("migrations", "env.py")
