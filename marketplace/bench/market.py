"""The market that is measured."""

from pathlib import Path

from flask import Flask

from marketplace import create_app, migrate


def market(folder: Path, url: str = "") -> Flask:
    """A migrated market that keeps its data in `folder`, or in the database of `url`."""
    settings = {
        "MARKETPLACE_DATABASE_URL": url or f"sqlite:///{folder / 'bench.db'}",
        "MARKETPLACE_KEY_FILE": str(folder / "keys.toml"),
        "MARKETPLACE_FILES": str(folder / "files"),
    }
    app = create_app(settings, holds_keys=True)
    with app.app_context():
        migrate.upgrade(app.extensions["sqlalchemy"].engine)
    return app
