"""Traces of requests and tasks, for a collector that speaks OTLP.

Imported and set up in each process of its own, after the server has forked: the thread
that sends would not live on in a child. OpenTelemetry's own variables say where to send
what; docs/monitoring.md names those that matter.
"""

import os
from collections.abc import Sequence
from contextvars import ContextVar, Token
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django_tasks import TaskResult, TaskResultStatus
from django_tasks.signals import task_finished, task_started
from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.instrumentation.sqlite3 import SQLite3Instrumentor
from opentelemetry.instrumentation.threading import ThreadingInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, TraceState
from opentelemetry.util.types import Attributes

from digitsite.monitoring.context import request_id
from recognizer.steps import step

# Attributes that hold the query of an address, in older and newer conventions.
WITH_QUERY = ("http.target", "http.url", "url.full", "url.query")
# A worker that forks for each task is gone before its spans are sent by themselves.
FLUSH_MS = 2000


class WithoutLoneQueries(Sampler):
    """Leaves out queries that belong to no request and no task.

    A worker asks each second whether there is something to do.
    """

    def __init__(self, inner: Sampler) -> None:
        self._inner = inner

    def should_sample(  # noqa: PLR0917  (as OpenTelemetry has it)
        self,
        parent_context: context.Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        parent = trace.get_current_span(parent_context).get_span_context()
        if kind == SpanKind.CLIENT and not parent.is_valid:
            return SamplingResult(Decision.DROP)
        return self._inner.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        return f"WithoutLoneQueries({self._inner.get_description()})"


class TaskSpans:
    """A span for each task that this process is at."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(__name__)
        self._process = os.getpid()
        self._held: ContextVar[tuple[Span, Token[context.Context]] | None]
        self._held = ContextVar("held", default=None)

    def begin(self, task_result: TaskResult[Any], **_kwargs: Any) -> None:
        name = task_result.task.module_path.rpartition(".")[2]
        span = self._tracer.start_span(f"task {name}", kind=SpanKind.CONSUMER)
        span.set_attribute("digits.task_id", str(task_result.id))
        span.set_attribute("digits.queue", task_result.task.queue_name)
        token = context.attach(trace.set_span_in_context(span))
        self._held.set((span, token))

    def end(self, task_result: TaskResult[Any], **_kwargs: Any) -> None:
        held = self._held.get()
        if held is None:
            return
        span, token = held
        self._held.set(None)
        if task_result.status == TaskResultStatus.FAILED:
            span.set_status(Status(StatusCode.ERROR))
        span.end()
        context.detach(token)
        if os.getpid() != self._process:
            self._provider.force_flush(FLUSH_MS)


def set_up() -> None:
    """Follow requests, tasks, queries and the steps of reading from now on."""
    if "service.name=" not in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", ""):
        os.environ.setdefault("OTEL_SERVICE_NAME", "digitsite")
    sampler = WithoutLoneQueries(TracerProvider().sampler)
    provider = TracerProvider(sampler=sampler, resource=Resource.create())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _instrument()
    step.follow(provider.get_tracer("recognizer").start_as_current_span)
    spans = TaskSpans(provider)
    # Signals hold their hearers weakly.
    task_started.connect(spans.begin, weak=False)
    task_finished.connect(spans.end, weak=False)


def _instrument() -> None:
    # Before it others answer for who looks after the site, by any name of a host.
    before = settings.MIDDLEWARE.index("django.middleware.security.SecurityMiddleware")
    DjangoInstrumentor().instrument(middleware_position=before, request_hook=_describe)
    SQLite3Instrumentor().instrument()
    PsycopgInstrumentor().instrument()
    # What a pool's threads do belongs to what gave it to them.
    ThreadingInstrumentor().instrument()


def _describe(span: Span, request: HttpRequest) -> None:
    span.set_attribute("digits.request_id", request_id.get())
    if not isinstance(span, ReadableSpan):
        return  # It is not kept.
    for name in set(WITH_QUERY) & set(span.attributes or ()):
        span.set_attribute(name, "" if name == "url.query" else request.path)
