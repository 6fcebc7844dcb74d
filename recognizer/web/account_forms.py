"""What people send about their accounts."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm, UserCreationForm
from django.core.exceptions import ValidationError

from recognizer.models import LONGEST_TOKEN_NAME, User
from recognizer.services.accounts import (
    UsernameTaken,
    account_create,
    password_confirm,
)
from recognizer.services.tokens import MOST_DAYS, USUAL_DAYS

# Generic for type checkers only: Django's own class is not.
if TYPE_CHECKING:
    SignUpFormBase = UserCreationForm[User]
else:
    SignUpFormBase = UserCreationForm

LIFETIMES = [
    (7, "a week"),
    (30, "30 days"),
    (USUAL_DAYS, f"{USUAL_DAYS} days"),
    (MOST_DAYS, "a year"),
]


class SignUpForm(SignUpFormBase):
    """A name and a password; an address would be of no use here."""

    class Meta(UserCreationForm.Meta):
        model = User

    def create(self) -> User | None:
        """The account; None where somebody else was first, which the form then says."""
        try:
            return account_create(
                username=self.cleaned_data["username"],
                password=self.cleaned_data["password1"],
            )
        except UsernameTaken as error:
            self.add_error("username", str(error))
            return None


class TokenForm(forms.Form):
    """What a token is for, and how long it lives."""

    name = forms.CharField(
        label="What it is for",
        max_length=LONGEST_TOKEN_NAME,
        error_messages={"required": "Say what it is for, so that you know it again."},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    days = forms.TypedChoiceField(
        label="Ends after", choices=LIFETIMES, coerce=int, initial=USUAL_DAYS
    )


class ConsentForm(forms.Form):
    """Whether one's pictures may teach models."""

    may_train = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])


class NewPasswordForm(PasswordChangeForm):
    """Django's, which looks at so many wrong old passwords and no more."""

    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = address

    def clean_old_password(self) -> str:
        password: str = self.cleaned_data["old_password"]
        if not password_confirm(
            user=self.user, password=password, address=self.address
        ):
            raise ValidationError(
                self.error_messages["password_incorrect"], code="password_incorrect"
            )
        return password


class DeletionForm(forms.Form):
    """The password of whoever deletes his account."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        error_messages={"required": "Enter your password: nothing is deleted yet."},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.address = address

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not password_confirm(
            user=self.user, password=password, address=self.address
        ):
            raise ValidationError("This is not your password. Nothing is deleted.")
        return password
