"""As a release may: a column with a default, and an index, on a table in use."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("recognizer", "0001_initial")]
    operations: ClassVar = [
        migrations.RunSQL(
            [
                "ALTER TABLE recognizer_prediction ADD remark text NOT NULL DEFAULT ''",
                "CREATE INDEX remark_index ON recognizer_prediction (remark, id)",
            ],
            migrations.RunSQL.noop,
        )
    ]
