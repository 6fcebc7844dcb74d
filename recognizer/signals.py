"""Where Django tells us that something happened, and a service answers."""

import logging
from datetime import datetime
from functools import partial
from typing import Any

from django.apps.registry import Apps
from django.apps.registry import apps as installed_apps
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.http import HttpRequest

from recognizer.engine import RecognizerError
from recognizer.models import Batch, Prediction, User
from recognizer.services.batches import batch_file_remove, batches_adopt
from recognizer.services.consents import consent_adopt
from recognizer.services.kept_answers import kept_answers_adopt
from recognizer.services.model_versions import model_version_register_shipped
from recognizer.services.predictions import predictions_adopt
from recognizer.services.webhooks import deliveries_wait
from recognizer.tasks import webhooks_enqueue
from recognizer.viewers import visitor_of

logger = logging.getLogger(__name__)


@receiver(user_logged_in)
def adopt_what_the_visitor_kept(
    sender: type[AbstractBaseUser], request: HttpRequest, user: User, **kwargs: Any
) -> None:
    visitor = visitor_of(request)
    if visitor is not None:
        # Before his pictures are the account's.
        consent_adopt(visitor=visitor, user=user)
        # Batches first: what is read of them from here on is the user's already.
        batches_adopt(visitor=visitor, user=user)
        predictions_adopt(visitor=visitor, user=user)
        kept_answers_adopt(visitor=visitor, user=user)


@receiver(post_delete, sender=Prediction)
def remove_the_picture(
    sender: type[Prediction], instance: Prediction, **kwargs: Any
) -> None:
    """Not in a service, because a deleted user takes his predictions along."""
    remove = partial(instance.image.delete, save=False)
    # Robust: a file that cannot be removed must not fail what is already done.
    transaction.on_commit(remove, robust=True)


@receiver(post_delete, sender=Batch)
def remove_what_waited(sender: type[Batch], instance: Batch, **kwargs: Any) -> None:
    """Not in a service, because a deleted user takes his batches along."""
    batch_file_remove(storage=instance.file.storage, name=instance.file.name)


@receiver(deliveries_wait)
def have_them_sent(sender: Any, at: datetime | None, **kwargs: Any) -> None:
    """A service must not know the tasks, which call services."""
    webhooks_enqueue(at=at)


def register_shipped_model(
    sender: Any,
    # `flush` sends the signal, too, and names no apps.
    apps: Apps = installed_apps,
    using: str = DEFAULT_DB_ALIAS,
    **kwargs: Any,
) -> None:
    """Connected to post_migrate, so that every new database knows the model."""
    try:
        # Of the tables that this needs, the one that came last.
        apps.get_model("recognizer", "Webhook")
    except LookupError:
        return  # Migrated to before it.
    if using != DEFAULT_DB_ALIAS:
        return
    try:
        model_version_register_shipped()
    except RecognizerError as error:
        # `manage.py check` says the same; a database without a model can be mended.
        logger.warning("The shipped model was not registered: %s", error)
