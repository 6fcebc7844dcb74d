"""What Prometheus is shown: what all processes counted, and how the site is now."""

import logging
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from recognizer import selectors

logger = logging.getLogger(__name__)


def answer(request: HttpRequest) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    is_known = constant_time_compare(token.strip(), settings.DIGITS_METRICS_TOKEN)
    if scheme.lower() != "bearer" or not is_known:
        return HttpResponse(
            "Send the token: Authorization: Bearer ...\n",
            status=401,
            content_type="text/plain",
            headers={"WWW-Authenticate": "Bearer"},
        )
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    registry = CollectorRegistry()
    # It has no types.
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    registry.register(SiteNow())
    return HttpResponse(
        encode(registry),
        content_type=content_type,
        headers={"Cache-Control": "no-store"},
    )


class SiteNow(Collector):
    """What nobody counts, as the database knows it: looked up once for each answer."""

    def collect(self) -> Iterator[Metric]:
        is_up = 1
        try:
            # All or nothing of a look, so that no figure is taken for another's time.
            yield from [each for look in LOOKS for each in look()]
        except DatabaseError:
            # What was counted is shown all the same.
            logger.exception("The database does not answer.")
            is_up = 0
        yield GaugeMetricFamily(
            "digits_database_up", "Whether the database answered.", value=is_up
        )

    def describe(self) -> Iterable[Metric]:
        """Nothing, so that registering it does not look anything up."""
        return []


def _tasks() -> Iterator[Metric]:
    due = GaugeMetricFamily(
        "digits_tasks_due", "Tasks that wait for a worker.", labels=["queue"]
    )
    age = GaugeMetricFamily(
        "digits_oldest_task_due_seconds",
        "For how long the oldest of them has been due; 0: none is.",
        labels=["queue"],
    )
    now = timezone.now()
    try:
        queues = selectors.queue_states()
    except ConnectionError:
        # Without Redis the site goes on, and so do its other figures.
        logger.exception("Redis does not answer.")
        return
    for queue in queues:
        waited = (now - queue.due_since).total_seconds() if queue.due_since else 0.0
        due.add_metric([queue.name], queue.waiting)
        age.add_metric([queue.name], max(0.0, waited))
    yield due
    yield age


def _batches() -> Iterator[Metric]:
    waiting = selectors.batches_waiting()
    yield GaugeMetricFamily(
        "digits_batches_waiting", "Batches that have not ended.", value=waiting.batches
    )
    yield GaugeMetricFamily(
        "digits_files_waiting", "Files of these to be read yet.", value=waiting.files
    )


def _model() -> Iterator[Metric]:
    live = selectors.model_version_live()
    model = InfoMetricFamily("digits_live_model", "The model that answers.")
    if live is not None:
        model.add_metric(
            [], {"version": str(live.number), "architecture": live.architecture}
        )
    yield model


LOOKS: tuple[Callable[[], Iterator[Metric]], ...] = (_tasks, _batches, _model)
