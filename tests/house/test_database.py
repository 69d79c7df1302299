"""The tables on both engines."""

from playhouse.schema_diff import diff_models

from survey_app.database import database, waiting
from survey_app.models import TABLES, Draft, Envelope, OpenEnvelope


def test_migrations_bring_the_tables_that_the_models_describe(db):
    assert waiting() == []
    assert set(database.get_tables()) >= {table._meta.table_name for table in TABLES}
    difference = diff_models(database.obj, list(TABLES))
    assert not any(difference), difference


def test_the_box_keeps_no_order_of_writing_on_sqlite(db):
    if database.param != "?":
        return
    for table in (Draft, Envelope, OpenEnvelope):
        (sql,) = database.execute_sql(
            "SELECT sql FROM sqlite_master WHERE name = ?", (table._meta.table_name,)
        ).fetchone()
        assert "WITHOUT ROWID" in sql.upper()
