"""A user's webhooks: which there are, what they were told, and how to change them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from recognizer import selectors
from recognizer.models import (
    CHOSEN_EVENTS,
    STAFF_EVENTS,
    URL_LENGTH,
    User,
    Webhook,
    WebhookDelivery,
)
from recognizer.services.webhook_addresses import AddressRefused
from recognizer.services.webhooks import (
    MOST_WEBHOOKS,
    EventsRefused,
    WebhookRefused,
    delivery_redeliver,
    webhook_create,
    webhook_delete,
    webhook_ping,
    webhook_renew_secret,
    webhook_update,
)
from recognizer.viewers import viewer_of
from recognizer.web.access import page_or_form
from recognizer.web.redirects import SeeOther

LISTED = 20
# Where a secret waits until its page is opened: in the session, next to the database's
# own copy, and never in a cookie or an address.
SHOWN_ONCE = "webhook_secret"


class WebhookForm(forms.Form):
    """Where to tell what."""

    url = forms.CharField(
        label="Address",
        max_length=URL_LENGTH,
        widget=forms.URLInput(
            attrs={"placeholder": "https://example.org/digits", "autocomplete": "off"}
        ),
        error_messages={"required": "Give the address that is to be told."},
    )
    events = forms.MultipleChoiceField(
        label="What it is told about",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose what it is to be told about."},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hidden = () if user.is_staff else STAFF_EVENTS
        field = cast(forms.MultipleChoiceField, self.fields["events"])
        field.choices = [
            (event.value, event.label) for event in CHOSEN_EVENTS if event not in hidden
        ]


@contextmanager
def _missing_is_404() -> Iterator[None]:
    """What is deleted while somebody changes it is as good as never there."""
    try:
        yield
    except Webhook.DoesNotExist as error:
        raise Http404("There is no such webhook, or it is not yours.") from error
    except WebhookDelivery.DoesNotExist as error:
        raise Http404("There is no such delivery.") from error


@page_or_form
@login_required
def webhooks(request: HttpRequest) -> HttpResponse:
    """All of them, and the way to another one."""
    user = _user(request)
    form = WebhookForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            webhook = webhook_create(owner=user, **form.cleaned_data)
        except (AddressRefused, EventsRefused, WebhookRefused) as error:
            _add(form, error)
        else:
            return _shown_once(request, webhook)
    context = {
        "form": form,
        "webhooks": selectors.webhooks_of(user=user),
        "most": MOST_WEBHOOKS,
    }
    return render(request, "webhooks.html", context, status=400 if form.errors else 200)


@page_or_form
@login_required
@never_cache
@_missing_is_404()
def webhook(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One of them, what it was told last, and the way to change it."""
    row = _webhook(request, public_id)
    known = {"url": row.url, "events": row.events}
    form = WebhookForm(request.POST or None, initial=known, user=row.owner)
    if request.method == "POST" and form.is_valid():
        try:
            webhook_update(webhook=row, **form.cleaned_data)
        except (AddressRefused, EventsRefused) as error:
            _add(form, error)
        else:
            messages.success(request, "The webhook is changed.")
            return _back(public_id)
    context = {
        "form": form,
        "webhook": row,
        "secret": _secret_of(request, row),
        "deliveries": selectors.delivery_page(webhook=row, size=LISTED).rows,
        "listed": LISTED,
    }
    return render(request, "webhook.html", context, status=400 if form.errors else 200)


@page_or_form
@login_required
def delete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask, and delete it."""
    row = _webhook(request, public_id)
    if request.method == "POST":
        webhook_delete(webhook=row)
        messages.success(request, "The webhook is deleted.")
        return SeeOther(reverse("web:webhooks"))
    return render(request, "webhook_delete.html", {"webhook": row})


@page_or_form
@login_required
@_missing_is_404()
def switch(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Pause it, or let it go on."""
    row = _webhook(request, public_id)
    if request.method == "POST":
        webhook_update(webhook=row, is_active=request.POST.get("is_active") == "on")
    return _back(public_id)


@page_or_form
@login_required
@_missing_is_404()
def secret(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Sign with a new secret."""
    row = _webhook(request, public_id)
    if request.method != "POST":
        return _back(public_id)
    webhook_renew_secret(webhook=row)
    return _shown_once(request, row)


@page_or_form
@login_required
@_missing_is_404()
def ping(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send a test."""
    row = _webhook(request, public_id)
    if request.method == "POST":
        try:
            webhook_ping(webhook=row)
        except WebhookRefused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, "A test is sent. Reload to see how it went.")
    return _back(public_id)


@page_or_form
@login_required
@_missing_is_404()
def redeliver(request: HttpRequest, public_id: UUID, message_id: UUID) -> HttpResponse:
    """Send something once more."""
    row = _webhook(request, public_id)
    if request.method != "POST":
        return _back(public_id)
    try:
        delivery = selectors.delivery_get(webhook=row, message_id=message_id)
        delivery_redeliver(delivery=delivery)
    except WebhookRefused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "It is sent once more. Reload to see how it went.")
    return _back(public_id)


def _user(request: HttpRequest) -> User:
    user = viewer_of(request).user
    if user is None:
        raise Http404("This page is for those who are logged in.")
    return user


def _webhook(request: HttpRequest, public_id: UUID) -> Webhook:
    with _missing_is_404():
        return selectors.webhook_get(user=_user(request), public_id=public_id)


def _back(public_id: UUID) -> HttpResponse:
    return SeeOther(reverse("web:webhook", args=[public_id]))


def _shown_once(request: HttpRequest, row: Webhook) -> HttpResponse:
    request.session[SHOWN_ONCE] = {str(row.public_id): row.secret}
    return _back(row.public_id)


def _secret_of(request: HttpRequest, row: Webhook) -> str | None:
    """The secret that is to be shown now, and never again."""
    waiting = request.session.get(SHOWN_ONCE, {})
    if str(row.public_id) not in waiting:
        return None
    del request.session[SHOWN_ONCE]
    found: str = waiting[str(row.public_id)]
    return found


def _add(form: WebhookForm, error: Exception) -> None:
    """What the services refuse, beside its field."""
    fields = {AddressRefused: "url", EventsRefused: "events"}
    form.add_error(fields.get(type(error)), str(error))
