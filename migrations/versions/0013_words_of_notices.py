"""An index of the words of notices: SQLite's own full text, or a tsvector under GIN; the order in which notices came."""

from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TENDER, WORD, TEXT = "marketplace_tender", "marketplace_tender_word", "marketplace_tender_text"
OLD = sa.table(WORD, sa.column("gram"), sa.column("tender_id"))
NOTICE = sa.table(TENDER, *(sa.column(name) for name in ("id", "seq", "published_at", "title", "number", "content")))


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def upgrade() -> None:
    """Number the notices, build the index from the words that are there, and drop those."""
    op.add_column(TENDER, sa.Column("seq", sa.BigInteger(), nullable=True))
    op.create_index("uq_marketplace_tender_seq", TENDER, ["seq"], unique=True)
    if _postgresql():
        op.execute("CREATE SEQUENCE marketplace_tender_seq")
        op.execute(f"CREATE TABLE {TEXT} (seq bigint PRIMARY KEY, grams tsvector NOT NULL)")
        op.execute(f"CREATE INDEX ix_{TEXT}_grams ON {TEXT} USING gin (grams)")
    else:
        op.execute(f"CREATE VIRTUAL TABLE {TEXT} USING fts5(grams, content='', detail=none, tokenize='ascii')")
    _fill()
    op.drop_table(WORD)


def _fill() -> None:
    connection = op.get_bind()
    published = sa.select(NOTICE.c.id).where(NOTICE.c.published_at.is_not(None))
    places = {id: place for place, id in enumerate(connection.scalars(published.order_by(NOTICE.c.published_at)), 1)}
    for id, seq in places.items():
        connection.execute(sa.update(NOTICE).where(NOTICE.c.id == id).values(seq=seq))
    words = connection.execute(sa.select(OLD.c.tender_id, OLD.c.gram).order_by(OLD.c.tender_id)).all()
    for id, rows in groupby(words, key=lambda row: row[0]):
        if id in places:
            _enter(places[id], [gram for _, gram in rows])
    if _postgresql():
        connection.execute(sa.text(f"SELECT setval('marketplace_tender_seq', {len(places) + 1}, false)"))


def _enter(seq: int, grams: list[str]) -> None:
    if _postgresql():
        made = sa.text(f"INSERT INTO {TEXT} (seq, grams) VALUES (:seq, array_to_tsvector(CAST(:grams AS text[])))")
        op.get_bind().execute(made, {"seq": seq, "grams": grams})
        return
    made = sa.text(f"INSERT INTO {TEXT} (rowid, grams) VALUES (:seq, :grams)")
    op.get_bind().execute(made, {"seq": seq, "grams": " ".join(gram.encode().hex() for gram in grams)})


def downgrade() -> None:
    """Back to a row for each pair of characters, of title, number and content."""
    op.create_table(
        WORD,
        sa.Column("gram", sa.String(4), nullable=False),
        sa.Column("tender_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["tender_id"], [f"{TENDER}.id"], name=f"fk_{WORD}_tender_id"),
        sa.PrimaryKeyConstraint("gram", "tender_id", name=f"pk_{WORD}"),
    )
    connection = op.get_bind()
    wanted = sa.select(NOTICE.c.id, NOTICE.c.title, NOTICE.c.number, NOTICE.c.content)
    for id, *texts in connection.execute(wanted.where(NOTICE.c.published_at.is_not(None))).all():
        words = [word for text in texts for word in "".join(c if c.isalnum() else " " for c in text.lower()).split()]
        grams = {word[i : i + n] for word in words for n in (1, 2) for i in range(len(word) - n + 1)}
        connection.execute(sa.insert(OLD), [{"gram": gram, "tender_id": id} for gram in sorted(grams)])
    op.execute(f"DROP TABLE {TEXT}")
    if _postgresql():
        op.execute("DROP SEQUENCE marketplace_tender_seq")
    op.drop_index("uq_marketplace_tender_seq", TENDER)
    op.drop_column(TENDER, "seq")
