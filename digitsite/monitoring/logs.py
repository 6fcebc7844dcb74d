"""The log: readable lines, or one JSON object a line, and which request it was.

Gunicorn's process reads this before there are settings.
"""

import logging
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from digitsite.monitoring.context import request_id, running_task

LINES = "lines"
JSON = "json"
FORMS = (LINES, JSON)


class NameWhatGoesOn(logging.Filter):
    """Writes into each record which request or task it belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        task, request = running_task.get(), request_id.get()
        about = f" [request {request}]" if request else ""
        if task:
            about = f" [task {task.name} {task.id}]"
        name, key = task or ("", "")
        vars(record).update(request_id=request, task=name, task_id=key, about=about)
        return True


class WithoutQueries(logging.Filter):
    """Takes from gunicorn's lines what stands behind the `?` of an address."""

    def filter(self, record: logging.LogRecord) -> bool:
        if str(record.msg).startswith("Error handling request") and record.args:
            record.args = tuple(str(each).partition("?")[0] for each in record.args)
        return True


def logging_config(form: str) -> dict[str, Any]:
    """How everything logs on stderr, for `logging.config.dictConfig`.

    Raises:
        ImproperlyConfigured: there is no such form.
    """
    if form not in FORMS:
        raise ImproperlyConfigured(
            f"Expected DIGITS_LOG to be one of {', '.join(FORMS)}. Received: {form!r}"
        )
    formatters: dict[str, Any] = {
        LINES: {
            "format": "{asctime} {levelname} {name}{about}: {message}",
            "style": "{",
        },
        JSON: {"()": "digitsite.monitoring.json_lines.JsonLines"},
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {form: formatters[form]},
        "filters": {"what_goes_on": {"()": NameWhatGoesOn}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": form,
                "filters": ["what_goes_on"],
            }
        },
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # It says at each start where it found what it needs.
            "botocore": {"level": "WARNING"},
            # It would write three lines for each task.
            "rq": {"level": "WARNING"},
        },
    }


def gunicorn_logging_config(form: str, *, level: str) -> dict[str, Any]:
    """The same for the server's own lines, which are said below that level.

    Raises:
        ImproperlyConfigured: there is no such form.
    """
    config = logging_config(form)
    config["filters"]["without_queries"] = {"()": WithoutQueries}
    config["loggers"] = {
        "gunicorn.error": {
            "handlers": ["stderr"],
            "filters": ["without_queries"],
            "level": level.upper(),
            "propagate": False,
        }
    }
    return config
