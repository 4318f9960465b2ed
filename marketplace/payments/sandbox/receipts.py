"""The provider's official receipts (电子回单): asked for, made, fetched once from an address that soon dies."""

import json
import secrets
import sqlite3

from flask import Blueprint, Response, abort

from marketplace.payments.sandbox.book import setting
from marketplace.payments.sandbox.methods import OK, Facts, failed, yuan_of
from marketplace.payments.sandbox.server import desk_here, say_what_this_is

APPLY, QUERY = "alipay.data.bill.ereceipt.apply", "alipay.data.bill.ereceipt.query"
receipts = Blueprint("sandbox_receipts", __name__)
receipts.after_request(say_what_this_is)


def apply(db: sqlite3.Connection, content: str, home: str) -> Facts:
    """Ask for the receipt of one movement, by the number the provider gave it."""
    asked = json.loads(content)
    found = db.execute("SELECT number FROM transfer WHERE order_id = ?", (str(asked.get("key", "")),)).fetchone()
    if asked.get("type") != "FUND_DETAIL" or found is None:
        return failed("INVALID_PARAMETER")
    file_id = f"DZ{secrets.randbelow(10**16):016d}"
    db.execute("INSERT INTO ereceipt (file_id, number) VALUES (?, ?)", (file_id, found["number"]))
    return {**OK, "file_id": file_id}


def query(db: sqlite3.Connection, content: str, home: str) -> Facts:
    """Whether it is made, and where. The setting `receipt` lets it be late or fail."""
    file_id = str(json.loads(content).get("file_id", ""))
    if db.execute("SELECT 1 FROM ereceipt WHERE file_id = ?", (file_id,)).fetchone() is None:
        return failed("INVALID_PARAMETER")
    how = setting(db, "receipt", "ready")
    if how == "later":
        return {**OK, "status": "PROCESS"}
    if how == "failed":
        return {**OK, "status": "FAIL", "error_message": "回单生成失败"}
    token = secrets.token_hex(16)
    db.execute("UPDATE ereceipt SET token = ? WHERE file_id = ?", (token, file_id))
    return {**OK, "status": "SUCCESS", "download_url": f"{home}receipts/{token}"}


@receipts.get("/receipts/<token>")
def fetch(token: str) -> Response:
    """The file behind an address that was given out; once."""
    with desk_here().book.entry() as db:
        found = db.execute("SELECT number FROM ereceipt WHERE token = ? AND token <> ''", (token,)).fetchone()
        if found is None:
            abort(404)
        db.execute("UPDATE ereceipt SET token = '' WHERE token = ?", (token,))
        row = db.execute("SELECT * FROM transfer WHERE number = ?", (found["number"],)).fetchone()
        how = setting(db, "receipt", "ready")
    made = paper(row)
    if how == "damaged":
        made = made[: len(made) // 2]
    elif how == "changed":
        made = made.replace(b"/Producer (sandbox)", b"/Producer (other01)")
    return Response(made, content_type="application/pdf")


def paper(row: sqlite3.Row) -> bytes:
    """A transfer as a page of PDF, the same every time."""
    payee = json.loads(row["content"]).get("payee_info", {})
    lines = [
        "电子回单（沙箱，不是真实资金）",
        f"商户订单号：{row['number']}",
        f"资金单号：{row['order_id']}",
        f"付款时间：{row['at']}",
        f"金额：{yuan_of(row['amount_fen'])} 元",
        f"收款方：{payee.get('name', '')}",
        f"收款账号：尾号 {str(payee.get('identity', ''))[-4:]}",
    ]
    words = [f"1 0 0 1 72 {760 - 28 * n} Tm <{line.encode('utf-16-be').hex()}> Tj" for n, line in enumerate(lines)]
    page = "BT /F1 14 Tf {} ET".format(" ".join(words)).encode()
    return _pdf(page)


def _pdf(page: bytes) -> bytes:
    # The font is named and not put in: every reader of PDF knows it.
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /FontDescriptor 7 0 R"
        b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0"
        b" /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
        b"<< /Producer (sandbox) >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count, start = len(parts) + 1, len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table)
    return made + b"trailer\n<< /Size %d /Root 1 0 R /Info 8 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, start)


METHODS = {APPLY: apply, QUERY: query}
