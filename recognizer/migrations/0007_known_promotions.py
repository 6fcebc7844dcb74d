from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Case, F, Value, When


def write_down_known_promotions(
    apps: Apps, schema_editor: BaseDatabaseSchemaEditor
) -> None:
    """Of each version its last promotion is known; the live one's comes last."""
    ModelVersion = apps.get_model("recognizer", "ModelVersion")
    Promotion = apps.get_model("recognizer", "Promotion")
    were_live = ModelVersion.objects.filter(
        promoted_at__isnull=False, state__in=["live", "retired"]
    )
    is_live = Case(When(state="live", then=Value(1)), default=Value(0))
    for version in were_live.order_by(is_live, "promoted_at", "number"):
        Promotion.objects.create(version=version, created_at=version.promoted_at)


def date_requests(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """They were started as soon as they were asked for."""
    runs = apps.get_model("recognizer", "TrainingRun").objects
    runs.filter(started_at__isnull=False).update(requested_at=F("started_at"))


class Migration(migrations.Migration):
    dependencies = [("recognizer", "0006_background_training")]

    operations = [
        migrations.RunPython(write_down_known_promotions, migrations.RunPython.noop),
        migrations.RunPython(date_requests, migrations.RunPython.noop),
    ]
