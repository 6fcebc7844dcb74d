"""Accounts, for people: the way in, what is kept, and the way out."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import (
    LoginView,
    PasswordChangeView,
    RedirectURLMixin,
    redirect_to_login,
)
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import FormView

from recognizer import selectors
from recognizer.addresses import address_of
from recognizer.downloads import export_response
from recognizer.models import ApiToken
from recognizer.services.accounts import LastSuperuser, account_delete
from recognizer.services.consents import consent_record
from recognizer.services.exports import account_export
from recognizer.services.limits import Scope, allowance_take
from recognizer.services.tokens import TooManyTokens, token_create, token_revoke
from recognizer.viewers import (
    COOKIE,
    Viewer,
    address_payer,
    payer_of,
    remember_visitor,
    viewer_of,
)
from recognizer.web.access import page_or_form
from recognizer.web.account_forms import (
    ConsentForm,
    DeletionForm,
    NewPasswordForm,
    SignUpForm,
    TokenForm,
)
from recognizer.web.learning import taught_words
from recognizer.web.redirects import SeeOther
from recognizer.web.shown_once import secret_forget, secret_receive, secret_send

# Generic for type checkers only: Django's own class is not.
if TYPE_CHECKING:
    SignUpPageBase = FormView[SignUpForm]
else:
    SignUpPageBase = FormView


SAID_YES = "Thank you: what you save may teach the model."
SAID_NO = (
    "Nothing that you save teaches a model from now on, nor is it given to reviewers. "
    "What a model has learnt already, it knows."
)


class LogInPage(LoginView):
    """Django's, which knows whether to offer an account."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        offered = {"is_signup_open": settings.DIGITS_SIGNUP}
        return super().get_context_data(**kwargs) | offered


@method_decorator(login_not_required, name="dispatch")
@method_decorator(sensitive_post_parameters(), name="dispatch")
@method_decorator(never_cache, name="dispatch")
class SignUpPage(RedirectURLMixin, SignUpPageBase):
    """A new account; what the visitor kept comes along as he is logged in."""

    form_class = SignUpForm
    template_name = "registration/signup.html"

    def dispatch(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        if not settings.DIGITS_SIGNUP:
            raise Http404("Accounts are made by the administration here.")
        if request.user.is_authenticated:
            return redirect("web:account")
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Before the form: to look whether a name is taken is limited, too.
        allowance_take(scope=Scope.CREATE, payer=address_payer(request))
        return super().post(request, *args, **kwargs)

    def get_default_redirect_url(self) -> str:
        return resolve_url(settings.LOGIN_REDIRECT_URL)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"next": self.get_redirect_url()}

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        user = form.create()
        if user is None:
            return self.form_invalid(form)
        login(self.request, user)
        messages.success(
            self.request, f"Welcome, {user}. What you save from now on is yours."
        )
        return SeeOther(self.get_success_url())


class PasswordPage(PasswordChangeView):
    """Django's: this browser stays logged in, all others are logged out."""

    form_class = NewPasswordForm
    template_name = "account_password.html"
    success_url = reverse_lazy("web:account")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"address": address_of(self.request)}

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(
            self.request,
            "Your password is changed. Other browsers are logged out; tokens go on.",
        )
        return super().form_valid(form)


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """What is kept, and of a token that was just made the secret, this once."""
    # Who asks for the headers alone would not see it.
    made = secret_receive(request) if request.method == "GET" else {}
    response = _account_page(request, TokenForm(), **made)
    if made:
        secret_forget(response, path=request.path)
    return response


@sensitive_post_parameters()
@require_POST
def token_make(request: HttpRequest) -> HttpResponse:
    """Make it, and lead to the page that shows its secret once."""
    user = viewer_of(request).user
    if user is None:
        return redirect_to_login(reverse("web:account"))
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _account_page(request, form, status=400)
    try:
        token, secret = token_create(user=user, **form.cleaned_data)
    except TooManyTokens as error:
        form.add_error(None, str(error))
        return _account_page(request, form, status=409)
    response = SeeOther(reverse("web:account"))
    secret_send(request, response, name=token.name, secret=secret)
    return response


@require_POST
def token_end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user = viewer_of(request).user
    if user is None:
        return redirect_to_login(reverse("web:account"))
    try:
        token_revoke(user=user, public_id=public_id)
    except ApiToken.DoesNotExist as error:
        raise Http404("There is no such token, or it is not yours.") from error
    messages.success(request, "The token is revoked: no program can use it any more.")
    return SeeOther(reverse("web:account"))


@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    """Say whether one's pictures may teach models, also without an account."""
    # A newcomer's word is one more row.
    allowance_take(scope=Scope.CREATE, payer=payer_of(request))
    form = ConsentForm(request.POST)
    if not form.is_valid():
        raise BadRequest("Say whether they may: yes or no.")
    may_train = form.cleaned_data["may_train"] == "yes"
    viewer = consent_record(viewer=viewer_of(request), may_train=may_train)
    messages.success(request, SAID_YES if may_train else SAID_NO)
    response = SeeOther(reverse("web:account"))
    remember_visitor(request, response, viewer.visitor)
    return response


@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    return export_response(account_export(viewer=viewer_of(request)))


@sensitive_post_parameters()
@page_or_form
def delete(request: HttpRequest) -> HttpResponse:
    """Ask, and delete the account, or what this browser kept without one."""
    viewer = viewer_of(request)
    given = request.POST if request.method == "POST" else None
    form = None
    if viewer.user is not None:
        form = DeletionForm(given, user=viewer.user, address=address_of(request))
    if given is None or (form and not form.is_valid()):
        return _deletion_page(request, viewer, form)
    try:
        taught = account_delete(viewer=viewer)
    except LastSuperuser:
        return _deletion_page(request, viewer, form)
    return _gone(request, viewer, taught)


def _account_page(
    request: HttpRequest, form: TokenForm, *, status: int = 200, **made: Any
) -> HttpResponse:
    viewer = viewer_of(request)
    tokens = selectors.tokens_living(user=viewer.user) if viewer.user else []
    context = {
        "form": form,
        "holdings": selectors.holdings_of(viewer),
        "may_train": selectors.may_train(viewer),
        "tokens": tokens,
        "is_signup_open": settings.DIGITS_SIGNUP,
    }
    response = render(request, "account.html", context | made, status=status)
    # It may hold a secret, which no browser is to find when it goes back.
    response.headers["Cache-Control"] = "no-store"
    return response


def _deletion_page(
    request: HttpRequest, viewer: Viewer, form: DeletionForm | None
) -> HttpResponse:
    context = {
        "form": form,
        "holdings": selectors.holdings_of(viewer),
        "is_last_superuser": bool(
            viewer.user and selectors.is_last_superuser(user=viewer.user)
        ),
    }
    status = 400 if form and form.errors else 200
    return render(request, "account_delete.html", context, status=status)


def _gone(request: HttpRequest, viewer: Viewer, taught: list[int]) -> HttpResponse:
    if viewer.user is not None:
        logout(request)
    words = "Your account and all" if viewer.user else "All"
    messages.success(request, f"{words} that it kept is deleted.{taught_words(taught)}")
    response = SeeOther(reverse("web:draw"))
    response.delete_cookie(COOKIE, samesite="Lax")
    return response
