"""Accounts in the administration: they end as everywhere else."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.test import Client

from recognizer.models import Batch, Prediction, User, Webhook
from recognizer.viewers import Viewer
from tests.archives import make_batch
from tests.factories import make_admin, make_prediction, make_webhook

LIST = "/admin/recognizer/user/"


@pytest.fixture
def root(db):
    return make_admin("root")


@pytest.fixture
def admin(root, client):
    client.force_login(root)
    return client


def end(client, user):
    return client.post(f"{LIST}{user.pk}/delete/", {"post": "yes"}, follow=True)


def end_all(client, *users):
    chosen = {"_selected_action": [user.pk for user in users]}
    asked = {"action": "delete_selected", "post": "yes"}
    return client.post(LIST, asked | chosen, follow=True)


def keep_something(user):
    make_prediction(owner=user)
    make_batch(viewer=Viewer(user=user))
    make_webhook(owner=user)
    Client().force_login(user)


@pytest.mark.parametrize("way", [end, end_all])
def test_an_account_goes_with_all_that_it_kept(
    admin, alice, media_root, way, django_capture_on_commit_callbacks
):
    keep_something(alice)

    with django_capture_on_commit_callbacks(execute=True):
        response = way(admin, alice)

    assert response.status_code == 200
    root = User.objects.get()
    assert root.username == "root"
    for model in (Prediction, Batch, Webhook):
        assert not model.objects.exists()
    (session,) = Session.objects.all()
    assert session.get_decoded()["_auth_user_id"] == str(root.pk)
    assert not [path for path in media_root.rglob("*") if path.is_file()]


def test_the_log_forgets_the_name(admin, alice):
    end(admin, alice)

    assert LogEntry.objects.get().object_repr == "deleted account"


def test_what_goes_with_it_is_asked_about_first(admin, alice):
    keep_something(alice)

    page = admin.get(f"{LIST}{alice.pk}/delete/").content.decode()

    assert "Are you sure" in page
    assert User.objects.filter(pk=alice.pk).exists()


def test_the_last_superuser_is_told_why_he_stays(admin, root):
    keep_something(root)

    response = end(admin, root)

    assert "Make another superuser first" in response.content.decode()
    assert User.objects.filter(pk=root.pk).exists()
    assert Prediction.objects.exists()
    assert not LogEntry.objects.exists()


def test_of_several_all_stay_where_one_has_to(admin, root, alice, bob):
    for user in (alice, bob):
        keep_something(user)

    response = end_all(admin, alice, root, bob)

    page = response.content.decode()
    assert "Make another superuser first" in page
    assert "Successfully deleted" not in page
    assert User.objects.count() == 3
    assert Prediction.objects.count() == 2
    assert Batch.objects.count() == 2
    assert not LogEntry.objects.exists()
