"""One index on fingerprints instead of two, on PostgreSQL.

Django adds a second one to each indexed text there, for LIKE, which nobody asks of
fingerprints. PostgreSQL gives the first one its new name and reads no row for it.

Going back gives the old names, but does not make the second ones again: what was there
before does without them, too.
"""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# The table, and what its index was called and is called now.
INDEXES = (
    (
        "recognizer_digit",
        "recognizer_digit_fingerprint_64e22c74",
        "digit_fingerprint",
    ),
    (
        "recognizer_learntglyph",
        "recognizer_learntglyph_fingerprint_9aa32e81",
        "learnt_glyph_fingerprint",
    ),
)


def drop_those_for_like(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for table, old, new in INDEXES:
        if editor.connection.vendor == "postgresql":
            editor.execute(f'DROP INDEX IF EXISTS "{old}_like"')
        _rename(editor, table, old, new)


def take_the_old_names(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for table, old, new in INDEXES:
        _rename(editor, table, new, old)


def _rename(
    editor: BaseDatabaseSchemaEditor, table: str, before: str, after: str
) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(f'ALTER INDEX "{before}" RENAME TO "{after}"')
    else:
        # SQLite renames none. To let Django do it would write the whole table anew.
        editor.execute(f'CREATE INDEX "{after}" ON "{table}" ("fingerprint")')
        editor.execute(f'DROP INDEX "{before}"')


class Migration(migrations.Migration):
    dependencies = [
        ("recognizer", "0018_filtered_histories"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunPython(drop_those_for_like, take_the_old_names)
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="digit",
                    name="fingerprint",
                    field=models.CharField(
                        help_text="Begin of the glyph's SHA-256", max_length=32
                    ),
                ),
                migrations.AlterField(
                    model_name="learntglyph",
                    name="fingerprint",
                    field=models.CharField(max_length=32),
                ),
                migrations.AddIndex(
                    model_name="digit",
                    index=models.Index(
                        fields=["fingerprint"], name="digit_fingerprint"
                    ),
                ),
                migrations.AddIndex(
                    model_name="learntglyph",
                    index=models.Index(
                        fields=["fingerprint"], name="learnt_glyph_fingerprint"
                    ),
                ),
            ],
        ),
    ]
