"""Tokens and accounts, as the API has them: what is taken, and what is answered."""

from typing import Any

from rest_framework import serializers

from recognizer import selectors
from recognizer.api.fields import FlagField, TextField, WholeNumberField
from recognizer.models import LONGEST_TOKEN_NAME, User
from recognizer.services.tokens import MOST_DAYS, USUAL_DAYS
from recognizer.viewers import Viewer


class TokenInput(serializers.Serializer[Any]):
    """What may be said of a token that is to be made."""

    name = TextField(
        min_length=1,
        max_length=LONGEST_TOKEN_NAME,
        help_text="What it is for, in your words.",
    )
    expires_in_days = WholeNumberField(
        default=USUAL_DAYS, min_value=1, max_value=MOST_DAYS
    )


class TokenOutput(serializers.Serializer[Any]):
    """One token; its secret is not kept."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(
        allow_null=True, help_text="To the minute; null: never."
    )
    expires_at = serializers.DateTimeField()


class NewTokenOutput(TokenOutput):
    """A token that was just made."""

    secret = serializers.CharField(
        help_text="Keep it: it is shown this once, and cannot be had again."
    )


class TokenListOutput(serializers.Serializer[Any]):
    """All living tokens of a user, the oldest first."""

    results = TokenOutput(many=True)


class AccountOutput(serializers.Serializer[Any]):
    """Who is signed in."""

    username = serializers.CharField()
    email = serializers.CharField(help_text="Empty: none is known.")
    joined_at = serializers.DateTimeField()
    is_staff = serializers.BooleanField(help_text="Whether this is a reviewer.")
    predictions = serializers.IntegerField(help_text="How many are kept.")
    may_train = serializers.BooleanField(
        help_text="Whether your pictures may teach models."
    )


class AccountChangesInput(serializers.Serializer[Any]):
    """What may be changed of an account."""

    may_train = FlagField(
        required=False, help_text="Whether your pictures may teach models."
    )


class AccountDeletionInput(serializers.Serializer[Any]):
    """What shows that it is the owner who deletes an account."""

    password = TextField(min_length=1, trim_whitespace=False)


def account_data(user: User) -> dict[str, Any]:
    """The JSON of one account, as AccountOutput describes it."""
    viewer = Viewer(user=user)
    return {
        "username": user.get_username(),
        "email": user.email,
        "joined_at": user.date_joined,
        "is_staff": user.is_staff,
        "predictions": selectors.predictions_visible_to(viewer).count(),
        "may_train": selectors.may_train(viewer),
    }
