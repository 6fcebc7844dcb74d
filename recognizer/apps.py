from django.apps import AppConfig
from django.db.models.signals import post_migrate


class RecognizerConfig(AppConfig):
    name = "recognizer"

    def ready(self) -> None:
        from recognizer import checks, signals  # noqa: F401  (they register themselves)

        post_migrate.connect(signals.register_shipped_model, sender=self)
