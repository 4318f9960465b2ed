"""Statement files as providers write them, read as a stream and believed only when they prove that nothing is missing.

Forms: `alipay-account` (账务明细) and `alipay-trade` (业务明细), CSV in GBK in a zip, and `bank-csv` (银行流水).
"""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime

from marketplace.kernel.clock import SHANGHAI

FORMS = ("alipay-account", "alipay-trade", "bank-csv")
MOST_BYTES = 512 * 1024 * 1024  # of one unpacked member
_SIGNED = re.compile(r"([+-]?)(\d{1,13})(?:\.(\d{1,2}))?", re.ASCII)
_COUNTED = re.compile(r"(\d+)笔[，,]\D*共(-?[\d.]+)元")
_FROM = re.compile(r"起始日期：\[(\d{4})年(\d\d)月(\d\d)日")
_ACCOUNT = re.compile(r"账号：\[([^\]]+)\]")

ACCOUNT_COLUMNS = (
    "账务流水号", "业务流水号", "商户订单号", "商品名称", "发生时间", "对方账号", "收入金额（+元）", "支出金额（-元）",
    "账户余额（元）", "交易渠道", "业务类型", "备注",
)  # fmt: skip
TRADE_COLUMNS = (
    "支付宝交易号", "商户订单号", "业务类型", "商品名称", "创建时间", "完成时间", "门店编号", "门店名称", "操作员",
    "终端号", "对方账户", "订单金额（元）", "商家实收（元）", "支付宝红包（元）", "集分宝（元）", "支付宝优惠（元）",
    "商家优惠（元）", "券核销金额（元）", "券名称", "商家红包消费金额（元）", "卡消费金额（元）", "退款批次号/请求号",
    "服务费（元）", "分润（元）", "备注",
)  # fmt: skip
BANK_COLUMNS = ("交易流水号", "交易时间", "摘要", "对方户名", "借方金额", "贷方金额", "余额")


class BillIncomplete(ValueError):
    """A file that is cut off, or whose own figures do not fit its lines. where, facts: what was found, for people."""

    def __init__(self, where: str, **facts: object) -> None:
        super().__init__(where.format_map(facts))
        self.where, self.facts = where, facts


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of a provider's book. amount_fen: + into the account, - out of it. number: ours, where it repeats it."""

    seq: int
    line_id: str
    number: str
    provider_id: str
    amount_fen: int
    fee_fen: int
    balance_fen: int | None
    at: datetime
    kind: str
    party: str


@dataclass
class Bill:
    """A file while it is read. The totals are complete once `lines` has ended without raising."""

    form: str
    raw: bytes
    day: date
    account: str = ""
    count: int = 0
    income_fen: int = 0
    outgo_fen: int = 0
    opening_fen: int | None = None
    closing_fen: int | None = None
    trailer: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[BillLine]:
        """Every line in the order of the file. Raises BillIncomplete as soon as something does not fit."""
        for line in _READERS[self.form](self):
            self._take(line)
            yield line
        _TRAILERS[self.form](self)

    def _take(self, line: BillLine) -> None:
        if line.at.astimezone(SHANGHAI).date() != self.day:
            raise BillIncomplete("第{n}行的时间不在账单日{day}之内", n=line.seq, day=self.day)
        if line.balance_fen is not None:
            if self.closing_fen is None:
                self.opening_fen = line.balance_fen - line.amount_fen
            elif self.closing_fen + line.amount_fen != line.balance_fen:
                raise BillIncomplete("第{n}行的余额与上一行不连续", n=line.seq)
            self.closing_fen = line.balance_fen
        self.count += 1
        self.income_fen += max(line.amount_fen, 0)
        self.outgo_fen += min(line.amount_fen, 0)


def signed_fen(text: str) -> int:
    """Yuan as statements write it ("+12.30", "-5", "") in fen. Raises BillIncomplete for anything else."""
    if not text:
        return 0
    found = _SIGNED.fullmatch(text)
    if found is None:
        raise BillIncomplete("“{text}”不是金额", text=text[:20])
    fen = int(found[2]) * 100 + int((found[3] or "0").ljust(2, "0"))
    return -fen if found[1] == "-" else fen


def _at(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    except ValueError as error:
        raise BillIncomplete("“{text}”不是时间", text=text[:20]) from error


@contextmanager
def _members(raw: bytes) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            if any(entry.file_size > MOST_BYTES or entry.flag_bits & 1 for entry in package.infolist()):
                raise BillIncomplete("压缩包过大或已加密")
            yield package
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise BillIncomplete("压缩包不完整") from error
    except UnicodeDecodeError as error:
        raise BillIncomplete("文件不是GBK编码") from error


def _detail(package: zipfile.ZipFile) -> str:
    # The order of the two members varies, so they are told apart by name.
    names = [name for name in package.namelist() if name.lower().endswith(".csv") and "汇总" not in _name(name)]
    if len(names) != 1:
        raise BillIncomplete("压缩包中应有且只有一份明细")
    return names[0]


def _name(name: str) -> str:
    try:
        return name.encode("cp437").decode("gbk")  # names are written in GBK without saying so
    except (UnicodeEncodeError, UnicodeDecodeError):
        return name


def _rows(bill: Bill, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """Rows between header and end mark, cells without their tabs; lines with # go to the head or the trailer."""
    with _members(bill.raw) as package, package.open(_detail(package)) as stream:
        text = io.TextIOWrapper(stream, "gbk", newline="")
        seen = _head(bill, text, columns)
        reader = csv.reader(text)
        for cells in reader:
            if cells and cells[0].startswith("#"):
                bill.trailer.append(",".join(cells))
                continue
            if bill.trailer or len(cells) != len(columns):
                raise BillIncomplete("第{n}行的列数不对，文件可能被截断", n=seen + 1)
            seen += 1
            yield seen, [cell.strip(" \t") for cell in cells]


def _head(bill: Bill, text: Iterable[str], columns: tuple[str, ...]) -> int:
    for row in text:
        line = row.strip("\r\n\t ")
        if not line.startswith("#"):
            if tuple(cell.strip() for cell in line.split(",")) != columns:
                raise BillIncomplete("表头与约定的格式不符")
            return 0
        if found := _ACCOUNT.search(line):
            bill.account = found[1]
        if (found := _FROM.search(line)) and date(*map(int, found.groups())) != bill.day:
            raise BillIncomplete("文件中的起始日期不是该账单日")
    raise BillIncomplete("文件中没有表头")


def _account_lines(bill: Bill) -> Iterator[BillLine]:
    for seq, cell in _rows(bill, ACCOUNT_COLUMNS):
        income, outgo = signed_fen(cell[6]), signed_fen(cell[7])
        if income < 0 or outgo > 0 or bool(income) == bool(outgo):
            raise BillIncomplete("第{n}行的收入和支出金额方向不对", n=seq)
        yield BillLine(
            seq, cell[0], cell[2], cell[1], income + outgo, 0, signed_fen(cell[8]), _at(cell[4]), cell[10], cell[5]
        )


def _trade_lines(bill: Bill) -> Iterator[BillLine]:
    for seq, cell in _rows(bill, TRADE_COLUMNS):
        refund = cell[2] == "退款"
        amount = signed_fen(cell[11])
        if not amount or (amount < 0) != refund:
            raise BillIncomplete("第{n}行的金额方向与业务类型不符", n=seq)
        number = cell[21] if refund else cell[1]
        yield BillLine(
            seq, f"{cell[0]}/{cell[21]}" if refund else cell[0], number, cell[0], amount, signed_fen(cell[22]), None,
            _at(cell[5]), cell[2], cell[10],
        )  # fmt: skip


def _bank_lines(bill: Bill) -> Iterator[BillLine]:
    text = io.StringIO(_bank_text(bill.raw), newline="")
    seen = _head(bill, text, BANK_COLUMNS)
    for cells in csv.reader(text):
        if cells and cells[0].startswith("#"):
            bill.trailer.append(",".join(cells))
            continue
        if bill.trailer or len(cells) != len(BANK_COLUMNS):
            raise BillIncomplete("第{n}行的列数不对，文件可能被截断", n=seen + 1)
        seen += 1
        cell = [part.strip(" \t") for part in cells]
        debit, credit = signed_fen(cell[4]), signed_fen(cell[5])
        if debit < 0 or credit < 0 or bool(debit) == bool(credit):
            raise BillIncomplete("第{n}行的借方和贷方金额不对", n=seen)
        yield BillLine(
            seen, cell[0], cell[2], cell[2], credit - debit, 0, signed_fen(cell[6]), _at(cell[1]), "银行流水", cell[3]
        )


def _bank_text(raw: bytes) -> str:
    for encoding in ("utf-8-sig", "gbk"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BillIncomplete("文件既不是UTF-8也不是GBK编码")


def _counted(bill: Bill, mark: str) -> tuple[int, int]:
    line = next((line for line in bill.trailer if line.startswith(f"#{mark}")), "")
    found = _COUNTED.search(line)
    if found is None:
        raise BillIncomplete("文件末尾没有“{mark}”，可能被截断", mark=mark)
    return int(found[1]), signed_fen(found[2])


def _check_sums(bill: Bill, income: str, outgo: str) -> None:
    came, went = _counted(bill, income), _counted(bill, outgo)
    if came[0] + went[0] != bill.count:
        raise BillIncomplete("末尾合计{said}笔，明细{n}笔", said=came[0] + went[0], n=bill.count)
    if (came[1], abs(went[1])) != (bill.income_fen, -bill.outgo_fen):
        raise BillIncomplete("末尾合计金额与明细之和不符")


def _check_account(bill: Bill) -> None:
    _check_sums(bill, "收入合计", "支出合计")
    with _members(bill.raw) as package:
        for name in package.namelist():
            if "汇总" in _name(name):
                _check_summary(bill, package.read(name).decode("gbk"))


def _check_summary(bill: Bill, text: str) -> None:
    rows = [[cell.strip(" \t") for cell in row] for row in csv.reader(io.StringIO(text))]
    total = next((row for row in rows if row and row[0] == "合计"), None)
    if total is None or len(total) < 5:
        raise BillIncomplete("汇总表没有合计行")
    if (signed_fen(total[2]), abs(signed_fen(total[4]))) != (bill.income_fen, -bill.outgo_fen):
        raise BillIncomplete("汇总表的合计与明细之和不符")


def _check_trade(bill: Bill) -> None:
    _check_sums(bill, "交易合计", "退款合计")


def _check_bank(bill: Bill) -> None:
    _check_sums(bill, "贷方合计", "借方合计")


_READERS: dict[str, Callable[[Bill], Iterator[BillLine]]] = {
    "alipay-account": _account_lines,
    "alipay-trade": _trade_lines,
    "bank-csv": _bank_lines,
}
_TRAILERS: dict[str, Callable[[Bill], None]] = {
    "alipay-account": _check_account,
    "alipay-trade": _check_trade,
    "bank-csv": _check_bank,
}
