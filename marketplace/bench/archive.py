"""A market filled with the history of another system: the same made-up titles in every run."""

import csv
import io
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from marketplace.bench import world
from marketplace.bench.frame import BrokenInvariantError
from marketplace.bench.market import market
from marketplace.identity import queries as identity
from marketplace.kernel.clock import SHANGHAI
from marketplace.kernel.context import Runtime
from marketplace.tenders import service
from marketplace.tenders.rules.history import COLUMNS
from marketplace.testing.tenders import a_buying_actor

PLACES = "连云港 盐城 宿迁 苏州 无锡 徐州 南通 扬州 泰州 镇江 常州 淮安 海州 灌云 东海 赣榆"
THINGS = "港口扩建 污水处理厂 跨河大桥 标准厂房 化工园区 风力发电 城市快速路 水库加固 老旧小区 人民医院 实验小学"
SERVICES = "环境影响评价 水土保持方案 地质灾害评估 安全评价 节能报告 社会稳定风险评估 防洪评价 文物勘探"
BEGIN = datetime(2016, 1, 1, 9, tzinfo=SHANGHAI)


def titles(rows: int) -> Iterator[str]:
    """So many titles as they are usual, of words that come often and numbers that come rarely."""
    chance = random.Random(7)
    lists = [words.split() for words in (PLACES, THINGS, SERVICES)]
    for number in range(rows):
        where, what, need = (chance.choice(words) for words in lists)
        yield f"{where}{what}工程{number % 997}号地块{need}报告编制"


def history_file(rows: int, uscc: str) -> bytes:
    """A file of so many tenders that ended in another system."""
    out = io.StringIO()
    write = csv.writer(out).writerow
    write(COLUMNS)
    for place, title in enumerate(titles(rows)):
        at = BEGIN + timedelta(minutes=place * 4)
        end = at + timedelta(days=7)
        number, ceiling = f"LS-{place:08d}", f"{50_000 + place % 50_000}.00"
        write((number, title, uscc, "ZJ-02", "320700", "lowest", ceiling, at, end, "已中选", "编制报告并组织评审"))
    return out.getvalue().encode()


def with_buyer(folder: Path, url: str = "") -> tuple[Flask, Runtime, str]:
    """An empty market with one buyer: the app, its runtime, the buyer's code."""
    app = market(folder, url)
    runtime: Runtime = app.extensions["marketplace"]
    world.seed(runtime)
    buyer = a_buying_actor(runtime.work)
    with runtime.work(write=False) as ctx:
        return app, runtime, identity.organisation(ctx, buyer.organisation_id or "").uscc


def filled(folder: Path, rows: int, url: str = "") -> tuple[Flask, Runtime]:
    """A market with so many tenders of history. Raises BrokenInvariantError."""
    app, runtime, uscc = with_buyer(folder, url)
    with runtime.work() as ctx:
        report = service.import_history(ctx, history_file(rows, uscc), dry_run=False)
        ctx.session.connection().execute(text("ANALYZE"))
    if report.problems or report.tenders != rows:
        raise BrokenInvariantError(f"{report.tenders} of {rows} taken over, {report.problems[:1]}")
    return app, runtime
