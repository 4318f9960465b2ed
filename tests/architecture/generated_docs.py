"""Pages of docs/ that are made from the code: `make docs` writes them, test_docs.py compares them."""

import importlib
import pkgutil
from dataclasses import fields
from pathlib import Path

import click

import marketplace
from marketplace.cli import group
from marketplace.config import SETTINGS
from marketplace.extension import rooms
from marketplace.kernel.errors import DomainError
from marketplace.kernel.events import Event
from marketplace.web.language import catalogue
from marketplace.web.problems import STATUS

DOCS = Path(__file__).parents[2] / "docs"


def settings() -> str:
    rows = [
        f"| `{s.name}` | {'(secret)' if s.secret else f'`{s.default}`' if s.default else ''} | {s.purpose} |"
        for s in SETTINGS
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "From the environment, or from a host's `app.config`. `marketplace config` prints the values in force.",
            "",
            "| key | default | purpose |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def our_errors() -> list[type[DomainError]]:
    for module in pkgutil.walk_packages(marketplace.__path__, "marketplace."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return sorted((e for e in DomainError.all if e.__module__.startswith("marketplace.")), key=lambda e: e.code)


def errors() -> str:
    english = catalogue("en").gettext
    lines = [
        "# Problem codes",
        "",
        "Every refusal carries a stable code. JSON answers are problem documents (RFC 9457) whose type is",
        "`urn:marketplace:<code>`; pages show the sentence and the remedy; the terminal prints the code first.",
        "",
    ]
    for error in our_errors():
        lines += [f"## {error.code}", "", f"HTTP {int(STATUS[error.kind])} · {(error.__doc__ or '').strip()}", ""]
        lines += [f"- 中文：{error.message}", f"- English: {english(error.message)}"]
        if error.remedy:
            lines += [f"- 处理：{error.remedy}", f"- Remedy: {english(error.remedy)}"]
        lines.append("")
    return "\n".join(lines)


def our_events() -> list[type[Event]]:
    rooms("events")
    found = [e for e in Event.registered.values() if e.__module__.startswith("marketplace.")]
    return sorted(found, key=lambda e: e.type)


def events() -> str:
    lines = [
        "# Events",
        "",
        "Append-only facts, each a leaf of the Merkle tree. A type never changes meaning; a new shape is a new type.",
        "",
        "| type | what happened | facts | shown |",
        "| --- | --- | --- | --- |",
    ]
    for event in our_events():
        facts = ", ".join(f"`{name}`" for name in (item.name for item in fields(event)) if name != "subject")
        shown = "after opening, without the actor" if event.sealed else "public" if event.public else "to the parties"
        words = (event.__doc__ or "").strip().split("\n")[0].replace("|", "/")
        lines.append(f"| `{event.type}` | {words} | {facts} | {shown} |")
    return "\n".join([*lines, ""])


def leaves(command: click.Command, path: str) -> list[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        found = {name: command.get_command(context, name) for name in command.list_commands(context)}
        return [leaf for name, child in found.items() if child for leaf in leaves(child, f"{path} {name}")]
    return [(path, command)]


def commands() -> str:
    lines = ["# Commands", "", "The console script `marketplace`; in a host the same group is `flask marketplace`.", ""]
    for path, command in leaves(group, "marketplace"):
        lines += [f"## {path}", "", (command.help or "").strip().replace("\n\n", "\n"), ""]
        options = [p for p in command.params if isinstance(p, click.Option)]
        lines += [f"- `{' '.join(o.opts)}` {o.help or ''}".rstrip() for o in options]
        lines += [f"- `{p.human_readable_name}`" for p in command.params if isinstance(p, click.Argument)]
        lines += [""] if command.params else []
    return "\n".join(lines)


PAGES = {"settings.md": settings, "errors.md": errors, "events.md": events, "commands.md": commands}


def main() -> None:
    for name, make in PAGES.items():
        (DOCS / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
