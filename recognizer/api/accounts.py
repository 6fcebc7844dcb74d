"""The account of whoever asks, and the tokens of its programs."""

from uuid import UUID

from django.contrib.auth import logout
from django.http import Http404
from django.http.response import HttpResponseBase
from rest_framework import authentication
from rest_framework.request import Request
from rest_framework.response import Response

from recognizer import selectors
from recognizer.addresses import address_of
from recognizer.answers import token_data
from recognizer.api import documentation
from recognizer.api.authentication import PasswordAuthentication, TokenAuthentication
from recognizer.api.base import UserApi, taught_headers, user_of, valid
from recognizer.api.codes import Code
from recognizer.api.errors import ApiError, Conflict
from recognizer.api.tokens import (
    AccountChangesInput,
    AccountDeletionInput,
    TokenInput,
    account_data,
)
from recognizer.downloads import export_response
from recognizer.models import ApiToken
from recognizer.services.accounts import (
    LastSuperuser,
    account_delete,
    password_confirm,
)
from recognizer.services.consents import consent_record
from recognizer.services.exports import account_export
from recognizer.services.tokens import TooManyTokens, token_create, token_revoke
from recognizer.viewers import Viewer, viewer_of

NO_TOKEN = "There is no such token, or it is not yours."  # noqa: S105  (words)


# Whoever finds a token must not be able to make himself others.
NO_OTHER_TOKENS = (
    "A token makes no other tokens. Make them at /account/, or send username and "
    "password with HTTP Basic."
)
# Whoever finds a token, or a browser left open, must not end the account.
WRONG_PASSWORD = "This is not the password of your account."  # noqa: S105  (words)


class TokenListApi(UserApi):
    """The tokens of a user, and the way to get one."""

    authentication_classes = (
        TokenAuthentication,
        # Before the password, which a proxy in front of the site may ask for, too.
        authentication.SessionAuthentication,
        PasswordAuthentication,
    )

    @documentation.token_list
    def get(self, request: Request) -> Response:
        tokens = selectors.tokens_living(user=user_of(request))
        return Response({"results": [token_data(token) for token in tokens]})

    @documentation.token_create
    def post(self, request: Request) -> Response:
        user = user_of(request)
        if request.auth is not None:
            raise ApiError(Code.TOKEN_NOT_ALLOWED, NO_OTHER_TOKENS)
        given = valid(TokenInput, request.data)
        try:
            token, secret = token_create(
                user=user, name=given["name"], days=given["expires_in_days"]
            )
        except TooManyTokens as error:
            raise Conflict(str(error), Code.TOO_MANY_TOKENS) from error
        return Response(
            token_data(token) | {"secret": secret},
            status=201,
            headers={"Cache-Control": "no-store"},
        )


class TokenApi(UserApi):
    """One token."""

    @documentation.token_revoke
    def delete(self, request: Request, public_id: UUID) -> Response:
        try:
            token_revoke(user=user_of(request), public_id=public_id)
        except ApiToken.DoesNotExist as error:
            raise Http404(NO_TOKEN) from error
        return Response(status=204)


class AccountApi(UserApi):
    """Who is signed in, what his pictures may be used for, and the way to leave."""

    @documentation.account_get
    def get(self, request: Request) -> Response:
        return Response(account_data(user_of(request)))

    @documentation.account_update
    def patch(self, request: Request) -> Response:
        user = user_of(request)
        given = valid(AccountChangesInput, request.data)
        if "may_train" in given:
            consent_record(viewer=Viewer(user=user), may_train=given["may_train"])
        return Response(account_data(user))

    @documentation.account_delete
    def delete(self, request: Request) -> Response:
        user = user_of(request)
        given = valid(AccountDeletionInput, request.data)
        if not password_confirm(
            user=user, password=given["password"], address=address_of(request)
        ):
            raise ApiError(Code.WRONG_PASSWORD, WRONG_PASSWORD)
        try:
            taught = account_delete(viewer=Viewer(user=user))
        except LastSuperuser as error:
            raise Conflict(str(error), Code.LAST_SUPERUSER) from error
        logout(request)
        return Response(status=204, headers=taught_headers(taught))


class AccountExportApi(UserApi):
    """All that an account keeps."""

    @documentation.account_export
    def get(self, request: Request) -> HttpResponseBase:
        return export_response(account_export(viewer=viewer_of(request)))
