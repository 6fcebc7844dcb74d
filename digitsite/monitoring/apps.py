from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
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
        if settings.DIGITS_TRACES:
            _set_up_traces()


def _set_up_traces() -> None:
    try:
        from digitsite.monitoring import traces
    except ModuleNotFoundError as error:
        raise ImproperlyConfigured(
            f"Expected OpenTelemetry to be installed, as traces are switched on. "
            f"Received: no module {error.name}. Install what requirements.txt names "
            f"(make setup), or set DIGITS_TRACES=off."
        ) from error
    traces.set_up()
