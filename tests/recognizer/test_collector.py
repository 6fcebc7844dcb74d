"""What a web worker tells Python's collector of cyclic garbage."""

import subprocess
import sys

from tests.recognizer.processes import ROOT

# In a process of its own, since the collector is one for all that runs in it. What is
# loaded is as much as Django is. A request is a ring of objects, as Django's are, and
# four threads each have one under way.
SERVE = """
import gc, weakref
from collections import deque
from digitsite.gunicorn import post_worker_init

class Request:
    def __init__(self):
        self.itself, self.parts = self, [[] for _ in range(250)]

loaded = [[] for _ in range(300_000)]
post_worker_init(None)
there, most, under_way = weakref.WeakSet(), 0, deque(maxlen=4)
for _ in range(4_000):
    request = Request()
    there.add(request)
    under_way.append(request)
    most = max(most, len(there) - len(under_way))
print(most)
"""


def test_few_requests_that_are_over_wait_for_the_collector():
    done = subprocess.run(
        [sys.executable, "-c", SERVE],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert int(done.stdout) < 100
