"""How accounts begin and end, and what goes with them."""

from uuid import uuid4

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from recognizer import selectors
from recognizer.models import (
    ApiToken,
    Batch,
    Correction,
    Digit,
    Prediction,
    User,
    Webhook,
)
from recognizer.services import accounts
from recognizer.services.accounts import (
    LastSuperuser,
    UsernameTaken,
    account_create,
    account_delete,
)
from recognizer.services.corrections import correction_record
from recognizer.viewers import Viewer
from tests.archives import make_batch
from tests.factories import (
    PASSWORD,
    make_admin,
    make_delivery,
    make_prediction,
    make_token,
    make_webhook,
)
from tests.recognizer.reading_plans import plans_of


@pytest.fixture
def small_chunks(monkeypatch):
    monkeypatch.setattr(accounts, "PREDICTIONS_AT_ONCE", 2)


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_account_goes_with_all_that_it_kept(
    alice, bob, media_root, small_chunks, django_capture_on_commit_callbacks
):
    for _ in range(5):
        make_prediction(owner=alice)
    kept = make_prediction(owner=bob)
    make_token(alice)

    with django_capture_on_commit_callbacks(execute=True):
        account_delete(viewer=Viewer(user=alice))

    assert list(User.objects.all()) == [bob]
    assert list(Prediction.objects.all()) == [kept]
    assert Digit.objects.count() == 1
    assert not ApiToken.objects.exists()
    assert [path.name for path in files_in(media_root)] == [
        kept.image.name.rpartition("/")[2]
    ]


def test_its_sessions_go_and_those_of_others_stay(alice, bob):
    for user in (alice, alice, bob):
        Client().force_login(user)

    account_delete(viewer=Viewer(user=alice))

    (session,) = Session.objects.all()
    assert session.get_decoded()["_auth_user_id"] == str(bob.pk)


def test_what_a_reviewer_said_of_others_digits_stays_without_a_name(alice, rita, sven):
    digit = make_prediction(owner=alice).digits.get()
    correction_record(digit=digit, label=3, viewer=rita)

    account_delete(viewer=rita)

    correction = Correction.objects.get()
    digit.refresh_from_db()
    assert (correction.user, correction.visitor) == (None, None)
    assert correction.new_label == 3
    assert digit.label == 3
    assert digit.review == "confirmed"


def test_the_log_of_the_administration_forgets_the_name(alice, rita):
    LogEntry.objects.create(
        user=rita.user,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(alice.pk),
        object_repr="alice",
        action_flag=CHANGE,
    )

    account_delete(viewer=Viewer(user=alice))

    assert LogEntry.objects.get().object_repr == "deleted account"


def test_a_deletion_that_broke_off_can_be_asked_for_again(
    alice, small_chunks, monkeypatch
):
    for _ in range(5):
        make_prediction(owner=alice)
    with monkeypatch.context() as patch:
        patch.setattr(accounts, "_delete_user", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            account_delete(viewer=Viewer(user=alice))

    account_delete(viewer=Viewer(user=alice))

    assert not User.objects.exists()
    assert not Prediction.objects.exists()


def test_what_is_stored_meanwhile_goes_too(alice, monkeypatch):
    end = accounts._delete_user

    def store_then_end(user):
        make_prediction(owner=user)
        return end(user)

    monkeypatch.setattr(accounts, "_delete_user", store_then_end)

    account_delete(viewer=Viewer(user=alice))

    assert not Prediction.objects.exists()


def test_the_last_superuser_cannot_go(alice):
    admin = make_admin()
    make_prediction(owner=admin)

    with pytest.raises(LastSuperuser, match="Make another superuser first"):
        account_delete(viewer=Viewer(user=admin))

    assert Prediction.objects.exists()


def test_the_last_but_one_superuser_can_go(db):
    first, second = make_admin("first"), make_admin("second")

    account_delete(viewer=Viewer(user=first))

    assert list(User.objects.all()) == [second]


def test_a_superuser_who_may_not_sign_in_does_not_count(db):
    admin, other = make_admin("admin"), make_admin("other")
    other.is_active = False
    other.save()

    with pytest.raises(LastSuperuser):
        account_delete(viewer=Viewer(user=admin))


def test_what_a_browser_kept_goes_without_an_account(alice, small_chunks):
    visitor = uuid4()
    for _ in range(3):
        make_prediction(visitor=visitor)
    kept = [make_prediction(visitor=uuid4()), make_prediction(owner=alice)]

    account_delete(viewer=Viewer(visitor=visitor))

    assert list(Prediction.objects.order_by("pk")) == kept


def test_a_newcomer_has_nothing_to_delete(alice):
    make_prediction()

    account_delete(viewer=Viewer())

    assert Prediction.objects.exists()


def test_a_name_that_somebody_takes_first_is_said_to_be_taken(alice):
    with pytest.raises(UsernameTaken):
        account_create(username="alice", password=PASSWORD)


def test_what_would_be_gone_is_counted(alice, bob, rita):
    theirs = make_prediction(owner=bob).digits.get()
    own = make_prediction(owner=rita.user).digits.get()
    nobodys = make_prediction().digits.get()
    for digit in (theirs, own, nobodys):
        digit.fingerprint = f"{digit.pk:032x}"
        digit.save()
        correction_record(digit=digit, label=3, viewer=rita)
    make_token(rita.user)
    make_webhook(owner=rita.user)
    make_webhook(owner=alice)

    holdings = selectors.holdings_of(rita)

    assert (holdings.predictions, holdings.tokens, holdings.webhooks) == (1, 1, 1)
    assert holdings.labels_elsewhere == 2


@pytest.mark.parametrize("is_visitor", [True, False])
def test_batches_go_along_with_what_waits_in_them(
    alice, bob, media_root, is_visitor, django_capture_on_commit_callbacks
):
    viewer = Viewer(visitor=uuid4()) if is_visitor else Viewer(user=alice)
    make_batch(viewer=viewer)
    other = make_batch(viewer=Viewer(user=bob))

    with django_capture_on_commit_callbacks(execute=True):
        account_delete(viewer=viewer)

    assert list(Batch.objects.all()) == [other]
    files = [path for path in media_root.rglob("*") if path.is_file()]
    assert len(files) == 1


def test_webhooks_go_along(alice):
    make_delivery(webhook=make_webhook(owner=alice))

    account_delete(viewer=Viewer(user=alice))

    assert not Webhook.objects.exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="plans are SQLite's")
def test_nobody_elses_predictions_are_read_for_a_deletion(alice, small_chunks):
    for _ in range(3):
        make_prediction(owner=alice)

    with CaptureQueriesContext(connection) as captured:
        account_delete(viewer=Viewer(user=alice))

    plans = plans_of(captured)
    assert len(plans) >= 3
    for plan in plans:
        assert "prediction_owner_created_at" in plan
        assert "TEMP B-TREE" not in plan
