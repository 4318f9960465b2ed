"""Migrations and models agree, there is one history, and it can be walked down and up again."""

from sqlalchemy import inspect, text

from marketplace import migrate
from marketplace.kernel.base import Base
from marketplace.testing.plugin import engine_of


def test_models_migrations_and_database_agree(app):
    assert migrate.differences(engine_of(app)) == []


def test_down_and_up_again_is_the_same_database(app):
    engine = engine_of(app)
    before = sorted(inspect(engine).get_table_names())
    migrate.downgrade(engine, "base")
    assert [
        name for name in inspect(engine).get_table_names() if name.startswith("marketplace_") and "alembic" not in name
    ] == []
    migrate.upgrade(engine)
    assert sorted(inspect(engine).get_table_names()) == before
    assert migrate.differences(engine) == []


def test_a_hosts_own_tables_are_left_alone(app):
    engine = engine_of(app)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE host_things (id INTEGER)"))
    assert migrate.differences(engine) == []
    migrate.downgrade(engine, "base")
    assert "host_things" in inspect(engine).get_table_names()


def test_append_only_tables_refuse_on_the_migrated_database(app):
    marked = {name for name, table in Base.metadata.tables.items() if table.info.get("append_only")}
    engine = engine_of(app)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            found = connection.execute(text("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'"))
        else:
            found = connection.execute(text("SELECT event_object_table FROM information_schema.triggers"))
        assert marked <= {row[0] for row in found}
    assert "marketplace_event" in marked
