"""docs/api/openapi.json is the contract: `make openapi` writes it, test_openapi.py compares it."""

import json
import tempfile
from pathlib import Path
from typing import Any

from marketplace import create_app

FILE = Path(__file__).parents[2] / "docs" / "api" / "openapi.json"


def document() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "MARKETPLACE_DATABASE_URL": f"sqlite:///{folder}/market.db",
            "MARKETPLACE_KEY_FILE": f"{folder}/keys.toml",
        }
        return create_app(settings).extensions["marketplace_api"].document()


def text() -> str:
    return json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
