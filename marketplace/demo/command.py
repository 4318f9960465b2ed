"""`marketplace demo`: make a market, play the story once, say what happened, serve it."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import click

from marketplace import migrate
from marketplace.app import create_app
from marketplace.catalogue import service as catalogue
from marketplace.demo import story
from marketplace.demo.stage import Stage, read
from marketplace.kernel.clock import SimulatedClock, at_shanghai, system_clock
from marketplace.kernel.money import yuan
from marketplace.payments.sandbox import start_sandbox
from marketplace.rulebook import service as rulebook

FOLDER = Path("var/demo")
START = at_shanghai(date(2026, 3, 2), 9)
ACTS = 15


@click.command("demo")
@click.option("--port", default=8000, show_default=True, help="Port to serve on; the next free one if taken.")
@click.option("--serve/--no-serve", default=True, help="Serve after the story, or end.")
def command(port: int, *, serve: bool) -> None:
    """One complete life of a tender on a simulated clock, then the market it happened in."""
    folder = FOLDER.resolve()
    kept = folder / "story.json"
    if kept.exists():
        click.echo("演示数据已就绪（make demo-reset 可重新开始）")
        summary = json.loads(kept.read_text(encoding="utf-8"))
    else:
        summary = _play(folder)
        kept.write_text(json.dumps(summary, ensure_ascii=False, indent=1), encoding="utf-8")
    _report(summary)
    if serve:
        _serve(folder, summary, port)
    click.echo(_last_line(summary))


def settings(folder: Path) -> dict[str, str]:
    """The settings of the demonstration's market."""
    return {
        "MARKETPLACE_DATABASE_URL": f"sqlite:///{folder / 'market.db'}",
        "MARKETPLACE_KEY_FILE": str(folder / "keys.toml"),
        "MARKETPLACE_FILES": str(folder / "files"),
        "MARKETPLACE_SANDBOX": str(folder / "sandbox"),
        "MARKETPLACE_TREASURY": str(folder / "treasury"),
        "MARKETPLACE_NAME": "清江市网上中介服务超市",
        "MARKETPLACE_OPERATOR": "清江市中介超市运营中心",
        "MARKETPLACE_REGION": "320000",
    }


def _play(folder: Path) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    for half in folder.glob("market.db*"):  # a story that was interrupted starts over
        half.unlink()
    clock = SimulatedClock(START)
    app = create_app(settings(folder), clock=clock, holds_keys=True)
    with app.app_context():
        migrate.upgrade(app.extensions["sqlalchemy"].engine)
    runtime = app.extensions["marketplace"]
    with runtime.work() as ctx:
        rulebook.seed(ctx)
        catalogue.seed(ctx)
    sandbox = start_sandbox(folder / "sandbox", own_process=True)
    try:
        done = 0

        def step(words: str) -> None:
            nonlocal done
            done += 1
            click.echo(f"[{done:2}/{ACTS}] {words}")

        summary = story.play(Stage(runtime, clock, click.echo, sandbox), step)
    finally:
        sandbox.stop()
    summary["served_since"] = system_clock().isoformat()
    return summary


def _report(summary: dict[str, Any]) -> None:
    star = summary["star"]
    click.echo(f"\n谁中选、为什么 —— {star['number']} {star['title']}")
    for line in star["ranking"]:
        click.echo(f"  {line}")
    click.echo("\n从哪条预算指标付了多少")
    for item in summary["paid"]:
        click.echo(f"  {item['number']}  {yuan(item['amount_fen']):>12} 元  {item['line']} → {item['payee']}")
    click.echo("\n企业付给机构多少")
    for item in summary["collected"]:
        click.echo(f"  {item['number']}  {yuan(item['amount_fen']):>12} 元  {item['buyer']} → {item['agency']}")
    click.echo("\n信用分（评价与认定前 → 后）")
    for name, (before, after) in summary["scores"].items():
        click.echo(f"  {name}：{before} → {after}")
    click.echo(f"\n清退：{summary['expelled']}")
    click.echo(f"\n登录账号（密码均为 {read('cast.toml')['password']}）")
    for words, username, name in summary["logins"]:
        click.echo(f"  {words:6} {username:16} {name}")


def _last_line(summary: dict[str, Any]) -> str:
    return (
        f"demo ok: {summary['tenders']} tenders, {summary['awards']} awards, "
        f"{yuan(summary['paid_fen'])} yuan paid, ledger balanced, log verified"
    )


def _serve(folder: Path, summary: dict[str, Any], port: int) -> None:
    port = _free(port)
    clock = f"{summary['ends_at']}@{summary['served_since']}"
    address = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        **settings(folder),
        "MARKETPLACE_DEMO_CLOCK": clock,
        "MARKETPLACE_BASE_URL": address,
    }
    sandbox = start_sandbox(folder / "sandbox", own_process=True)
    run = [sys.executable, "-c", "from marketplace.cli import main; main()"]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that what was started here ends here as well
    worker = subprocess.Popen([*run, "worker"], env=environment)
    try:
        click.echo(f"\n打开 {address} ，按 Ctrl-C 结束")
        with suppress(KeyboardInterrupt):
            subprocess.run([*run, "serve", "--port", str(port), "--workers", "1"], env=environment, check=False)
    finally:
        worker.terminate()
        worker.wait()
        sandbox.stop()


def _free(port: int) -> int:
    for candidate in range(port, port + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return candidate
    raise click.ClickException(f"no free port from {port} on; give another with --port")
