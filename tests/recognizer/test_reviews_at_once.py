"""Two reviewers at the same time, each in a thread with a connection of its own."""

import threading

from django.db import connections

from recognizer.services.reviews import review_claim
from recognizer.viewers import Viewer
from tests.factories import make_user
from tests.recognizer.reviewing import make_read, say


def drain(viewer: Viewer, start: threading.Barrier, seen: list[int]) -> None:
    start.wait()
    try:
        while (claim := review_claim(viewer=viewer)) is not None:
            seen.append(claim.digit_id)
            say(claim.digit, claim.digit.read_label, viewer)
    finally:
        connections.close_all()


def test_two_reviewers_at_once_never_get_the_same_digit_and_together_get_all(
    for_threads,
):
    viewers = [Viewer(user=make_user(is_staff=True)) for _ in range(2)]
    digits = {make_read().pk for _ in range(30)}
    start, seen = threading.Barrier(2), ([], [])
    for_threads()

    threads = [
        threading.Thread(target=drain, args=(viewer, start, own))
        for viewer, own in zip(viewers, seen, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert seen[0]
    assert seen[1]
    assert len(seen[0]) + len(seen[1]) == len(digits)
    assert {*seen[0], *seen[1]} == digits
