from django.apps import AppConfig
from django.conf import settings
from django.core.signals import request_finished
from django_tasks.signals import task_finished, task_started


class MonitoringConfig(AppConfig):
    name = "digitsite.monitoring"

    def ready(self) -> None:
        from digitsite.monitoring import context

        request_finished.connect(context.forget_the_request)
        task_started.connect(context.name_the_task)
        task_finished.connect(context.forget_the_task)
        if settings.DIGITS_METRICS:
            from digitsite.monitoring import metrics

            metrics.listen()
