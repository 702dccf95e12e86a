"""The forms of the pages by which people get in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.forms import AuthenticationForm, UserCreationForm
from django.utils.translation import gettext_lazy as _

from accounts.models import make_username

MAX_LOGIN_CHARS = 254


class LoginForm(AuthenticationForm):
    """Takes what a person remembers: the e-mail address, or the username."""

    error_messages = {**AuthenticationForm.error_messages, "invalid_login": _("The name or the password is wrong.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = self.fields["username"]
        name.label = _("E-mail address or username")
        # Django takes as many characters as a username has.
        name.max_length = name.widget.attrs["maxlength"] = MAX_LOGIN_CHARS


class RegistrationForm(UserCreationForm):
    """A new person: e-mail address, password, and a username if one is wanted. Nobody becomes staff here."""

    class Meta:
        model = get_user_model()
        fields = ["email", "username"]
        labels = {"email": _("E-mail address"), "username": _("Username (optional)")}
        help_texts = {"username": _("What others see. Letters, digits and . + - _ only.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].required = False
        self.fields["username"].widget.attrs.update(autofocus=False, autocomplete="username")
        self.fields["email"].widget.attrs.update(autofocus=True, autocomplete="email")
        self.fields["password2"].help_text = ""

    def clean_username(self) -> str:
        return super().clean_username() or make_username()
