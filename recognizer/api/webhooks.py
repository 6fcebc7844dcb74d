"""Webhooks, for programs of signed-in users: each sees his own."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import selectors
from recognizer.api import documentation
from recognizer.api.base import UserApi, user_of, valid
from recognizer.api.errors import Conflict
from recognizer.api.paging import cursors_of, page_response
from recognizer.api.queries import query_of
from recognizer.api.serializers import CursorInput
from recognizer.api.webhook_data import (
    WebhookChangesInput,
    WebhookInput,
    delivery_data,
    webhook_data,
    webhook_secret_data,
)
from recognizer.models import Webhook, WebhookDelivery
from recognizer.services.webhook_addresses import AddressRefused
from recognizer.services.webhooks import (
    EventsRefused,
    WebhookRefused,
    delivery_redeliver,
    webhook_create,
    webhook_delete,
    webhook_ping,
    webhook_renew_secret,
    webhook_update,
)

NO_WEBHOOK = "There is no such webhook, or it is not yours."
NO_DELIVERY = "There is no such delivery."


class WebhookListApi(UserApi):
    """The user's webhooks, and the way to make one."""

    @documentation.webhook_list
    def get(self, request: Request) -> Response:
        webhooks = selectors.webhooks_of(user=user_of(request))
        return Response({"results": [webhook_data(each) for each in webhooks]})

    @documentation.webhook_create
    def post(self, request: Request) -> Response:
        user = user_of(request)
        given = valid(WebhookInput, request.data)
        with _refusals():
            webhook = webhook_create(owner=user, **given)
        here = reverse("api:webhook", args=[webhook.public_id])
        return Response(
            webhook_secret_data(webhook),
            status=201,
            headers={
                "Location": request.build_absolute_uri(here),
                "Cache-Control": "no-store",
            },
        )


class WebhookApi(UserApi):
    """One webhook."""

    @documentation.webhook_get
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(webhook_data(_webhook(request, public_id)))

    @documentation.webhook_update
    def patch(self, request: Request, public_id: UUID) -> Response:
        webhook = _webhook(request, public_id)
        given = valid(WebhookChangesInput, request.data)
        with _refusals():
            webhook_update(webhook=webhook, **given)
        return Response(webhook_data(webhook))

    @documentation.webhook_delete
    def delete(self, request: Request, public_id: UUID) -> Response:
        webhook_delete(webhook=_webhook(request, public_id))
        return Response(status=204)


class WebhookSecretApi(UserApi):
    """The way to a new secret."""

    @documentation.webhook_renew_secret
    def post(self, request: Request, public_id: UUID) -> Response:
        webhook = _webhook(request, public_id)
        with _refusals():
            webhook_renew_secret(webhook=webhook)
        return Response(
            webhook_secret_data(webhook), headers={"Cache-Control": "no-store"}
        )


class WebhookPingApi(UserApi):
    """The way to a test."""

    @documentation.webhook_ping
    def post(self, request: Request, public_id: UUID) -> Response:
        webhook = _webhook(request, public_id)
        with _refusals():
            ping = webhook_ping(webhook=webhook)
        # Its time is a text only once it is read again.
        ping.refresh_from_db()
        return Response(delivery_data(ping), status=202)


class DeliveryListApi(UserApi):
    """What a webhook was told."""

    @documentation.webhook_delivery_list
    def get(self, request: Request, public_id: UUID) -> Response:
        webhook = _webhook(request, public_id)
        given = valid(CursorInput, query_of(request, CursorInput))
        with cursors_of(given):
            page = selectors.delivery_page(webhook=webhook, **given)
        return page_response(
            request,
            [delivery_data(each) for each in page.rows],
            older=page.older,
            newer=page.newer,
        )


class DeliveryRedeliverApi(UserApi):
    """The way to have something sent once more."""

    @documentation.webhook_redeliver
    def post(self, request: Request, public_id: UUID, message_id: UUID) -> Response:
        webhook = _webhook(request, public_id)
        try:
            delivery = selectors.delivery_get(webhook=webhook, message_id=message_id)
        except WebhookDelivery.DoesNotExist as error:
            raise Http404(NO_DELIVERY) from error
        with _refusals():
            delivery_redeliver(delivery=delivery)
        return Response(delivery_data(delivery), status=202)


@contextmanager
def _refusals() -> Iterator[None]:
    """What the services refuse, in the API's words."""
    try:
        yield
    except AddressRefused as error:
        raise ValidationError({"url": [str(error)]}) from error
    except EventsRefused as error:
        raise ValidationError({"events": [str(error)]}) from error
    except WebhookRefused as error:
        raise Conflict(str(error), error.code) from error
    except Webhook.DoesNotExist as error:
        raise Http404(NO_WEBHOOK) from error
    except WebhookDelivery.DoesNotExist as error:
        raise Http404(NO_DELIVERY) from error


def _webhook(request: Request, public_id: UUID) -> Webhook:
    try:
        return selectors.webhook_get(user=user_of(request), public_id=public_id)
    except Webhook.DoesNotExist as error:
        raise Http404(NO_WEBHOOK) from error
