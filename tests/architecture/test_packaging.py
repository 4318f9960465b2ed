"""A folder that is forgotten in setup.cfg builds without a word and is missing in the wheel: so count them."""

import configparser
from pathlib import Path

from setuptools import find_packages

ROOT = Path(__file__).parents[2]


def config() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def test_the_declared_packages_are_the_packages():
    declared = set(config()["options"]["packages"].split())
    mapped = {"marketplace.templates", "marketplace.migrations", "marketplace.migrations.versions"}
    assert declared == set(find_packages(str(ROOT), include=["marketplace", "marketplace.*"])) | mapped


def test_every_folder_with_python_is_a_package():
    folders = {path.parent for path in (ROOT / "marketplace").rglob("*.py")}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_templates_and_migrations_live_at_the_top():
    assert not (ROOT / "marketplace" / "templates").exists()
    assert not (ROOT / "marketplace" / "migrations").exists()


def test_every_template_has_a_suffix_that_ships():
    shipped = {".html", ".txt"}
    odd = [p for p in (ROOT / "templates").rglob("*") if p.is_file() and p.suffix not in shipped | {".py", ".pyc"}]
    assert odd == []


def test_every_data_file_of_the_package_ships():
    data = config()["options.package_data"]
    patterns = [(name.replace(".", "/"), pattern) for name, value in data.items() for pattern in value.split()]
    shipped = {path for folder, pattern in patterns for path in (ROOT / folder).glob(pattern) if path.is_file()}
    for folder in ("templates", "migrations"):
        shipped |= set((ROOT / folder).rglob("*"))
    wanted = {
        path
        for path in (ROOT / "marketplace").rglob("*")
        if path.is_file()
        and path.suffix not in {".py", ".pyc"}
        and not any(p.startswith((".", "__")) for p in path.parts)
    }
    assert sorted(str(path) for path in wanted - shipped) == []
