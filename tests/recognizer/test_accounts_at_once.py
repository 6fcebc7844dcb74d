"""What two browsers ask for at the same time, each in a thread of its own."""

import threading
import time
from functools import partial

import pytest
from django.db import transaction

from recognizer.models import ApiToken, Batch, Correction, Prediction, User
from recognizer.services.accounts import LastSuperuser, account_delete
from recognizer.services.batches import MOST_ACTIVE, batch_delete
from recognizer.services.corrections import correction_record
from recognizer.services.predictions import prediction_delete
from recognizer.services.tokens import MOST_TOKENS, TooManyTokens, token_create
from recognizer.uploads import UploadRefused
from recognizer.viewers import Viewer
from tests.archives import make_batch, read_all
from tests.factories import make_admin, make_prediction, make_token, make_user
from tests.recognizer.threads import at_once


def test_of_eight_who_ask_for_the_last_token_one_gets_it(for_threads):
    user = make_user()
    for _ in range(MOST_TOKENS - 1):
        make_token(user)
    for_threads()

    ended = at_once(*[lambda: token_create(user=user, name="x")] * 8)

    assert ended.count(TooManyTokens) == 7
    # The threads may have a database of their own.
    assert at_once(ApiToken.objects.count) == [MOST_TOKENS]


def test_of_the_last_two_superusers_who_go_at_once_one_stays(for_threads):
    viewers = [Viewer(user=make_admin(name)) for name in ("first", "second")]
    for viewer in viewers:
        make_prediction(owner=viewer.user)
    for_threads()

    ended = at_once(*[partial(account_delete, viewer=viewer) for viewer in viewers])

    assert ended.count(LastSuperuser) == 1
    assert at_once(User.objects.count) == [1]


@pytest.mark.parametrize("way", ["prediction", "batch"])
def test_what_is_deleted_while_somebody_labels_it_goes_with_the_label(
    for_threads, stub_engine, way
):
    batch = read_all(make_batch())
    prediction = Prediction.objects.filter(batch_item__batch=batch).order_by("pk")[0]
    digit = prediction.digits.get()
    reviewer = Viewer(user=make_user(is_staff=True))
    for_threads()
    is_labelled = threading.Event()

    def label():
        with transaction.atomic():
            correction_record(digit=digit, label=3, viewer=reviewer)
            is_labelled.set()
            time.sleep(0.5)

    def delete():
        is_labelled.wait(timeout=30)
        if way == "batch":
            batch_delete(batch=batch, with_predictions=True)
        else:
            prediction_delete(prediction=prediction)

    ended = at_once(label, delete)

    assert ended == [None, None]
    kept = Prediction.objects.filter(pk=prediction.pk)
    assert at_once(kept.count, Correction.objects.filter(digit=digit).count) == [0, 0]


def test_of_eight_who_send_a_tenth_batch_one_is_taken(for_threads):
    viewer = Viewer(user=make_user())
    for _ in range(MOST_ACTIVE - 1):
        make_batch(viewer=viewer)
    for_threads()

    ended = at_once(*[partial(make_batch, viewer=viewer)] * 8)

    assert ended.count(UploadRefused) == 7
    assert at_once(Batch.objects.count) == [MOST_ACTIVE]
