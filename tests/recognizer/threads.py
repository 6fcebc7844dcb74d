"""Several things at the same time, each in a thread with connections of its own."""

import threading

from django.db import connections


def at_once(*works):
    """What each of them gave, or the kind of its error; all begin together."""
    start, ended = threading.Barrier(len(works)), [None] * len(works)

    def carry_out(position):
        start.wait()
        try:
            ended[position] = works[position]()
        except Exception as error:  # noqa: BLE001  (told to the test)
            ended[position] = type(error)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=carry_out, args=(position,))
        for position in range(len(works))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return ended
