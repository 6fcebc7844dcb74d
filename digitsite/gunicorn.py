"""How gunicorn serves the site; `make run` starts it with this file.

docs/settings.md explains HOST, PORT, WEB_CONCURRENCY, FORWARDED_ALLOW_IPS and
DIGITS_LOG.
"""

import ctypes
import gc
import os

from gunicorn import util

from digitsite.monitoring.logs import gunicorn_logging_config
from digitsite.monitoring.slots import forget_the_dead, metrics_folder
from digitsite.unreadable import write_error

# What gunicorn cannot read never gets to Django; it is told so in the same shape. There
# is no setting for that, and gunicorn looks the function up each time.
util.write_error = write_error

bind = f"{os.environ.get('HOST') or '127.0.0.1'}:{os.environ.get('PORT') or '8000'}"

# Two processes, each with its own model (a few MB): enough to keep two cores busy.
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
# Threads, so that a phone on a slow line does not hold a whole process, and so that
# connections are kept alive: an empty app answered 5,800 requests a second so, and
# 4,400 with "sync", to one client on two cores. Eight clients' previews came equally
# fast, within 5 %, with 1 thread, 4 threads, and 4 that compute one at a time.
# Ours is gunicorn's "gthread", but for slow clients and for how it ends.
worker_class = "digitsite.workers.PatientWorker"
threads = 4
keepalive = 5  # s
# A heap for each thread would be as many sets of cold memory: with one, a preview takes
# three quarters of the time. (mallopt is glibc's; elsewhere there is nothing to set.)
M_ARENA_MAX = -8
if hasattr(libc := ctypes.CDLL(None), "mallopt"):
    libc.mallopt(M_ARENA_MAX, 1)
# What loads before the fork is shared between processes; a model must not be.
preload_app = False

# Above the 20 s that a writer may wait for SQLite.
timeout = 60  # s
# So long a request that is under way may take once the server is told to end.
graceful_timeout = 30  # s
# The body's size is limited by Django, which answers in words.
limit_request_line = 4094
limit_request_fields = 50

# One line a request costs more than some requests do, and proxies keep such a log.
accesslog = None
errorlog = "-"
loglevel = os.environ.get("GUNICORN_LOG_LEVEL") or "info"
# In the form of all other lines.
logconfig_dict = gunicorn_logging_config(
    os.environ.get("DIGITS_LOG") or "lines", level=loglevel
)
# It would be made in the home folder of whoever runs this, and is not used.
control_socket_disable = True


def on_starting(_server: object) -> None:
    """Count anew what was counted before, but where the workers beside go on."""
    forget_the_dead(metrics_folder())


def post_worker_init(_worker: object) -> None:
    """Spare the collector what lives as long as the process: Django, and the URLs.

    A request and its answer are rings of some hundred objects, which it alone removes;
    those under way each time it looks are put off to one of the next looks, or to the
    last of them. So it looks often, and looks at all the others often enough: a process
    that lets garbage gather needs room for the most that ever did.
    """
    gc.collect()
    gc.freeze()
    # Python puts off a full look until a quarter as many have grown old as the last one
    # found. That must not be the many which are frozen by now.
    gc.collect()
    gc.set_threshold(1_000, 5, 5)
