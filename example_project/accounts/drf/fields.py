"""Fields that the API's inputs share."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, transaction
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.fields import get_error_detail

from accounts.fields import UsernameValidator
from accounts.models import User
from df_chat.text import clean_title

MAX_PASSWORD_CHARS = 128
MAX_NAME_CHARS = 150


class PasswordField(serializers.CharField):
    """A password: never read back, its spaces kept, and short enough to be hashed at will."""

    def __init__(self, **kwargs: Any) -> None:
        style = {"input_type": "password"}
        super().__init__(write_only=True, trim_whitespace=False, max_length=MAX_PASSWORD_CHARS, style=style, **kwargs)


class NameField(serializers.CharField):
    """A name as it is shown to others: one line, without characters that reorder the text around it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_NAME_CHARS, allow_blank=True, required=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        return clean_title(super().to_internal_value(data), attr=str(self.field_name), max_chars=MAX_NAME_CHARS)


class UsernameField(serializers.CharField):
    """A username in its normal form, which is the one that must keep the rules."""

    def __init__(self, **kwargs: Any) -> None:
        validators = [UsernameValidator(), *kwargs.pop("validators", [])]
        super().__init__(max_length=MAX_NAME_CHARS, **kwargs)
        self.validators += validators

    def to_internal_value(self, data: Any) -> str:
        return User.normalize_username(super().to_internal_value(data))


def check_password(password: str, user: User, *, attr: str) -> None:
    """Django's validators, which may compare with the user's own names. Raises ValidationError."""
    try:
        validate_password(password, user)
    except DjangoValidationError as error:
        raise ValidationError({attr: get_error_detail(error)}) from None


def save_unique(user: User) -> None:
    """Save; what somebody else took since it was looked for is refused as if it had been found. ValidationError."""
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise ValidationError(find_taken(user) or {"username": taken("username")}) from None


def find_taken(user: User) -> dict[str, Any]:
    """Which of the user's names are another user's."""
    others = User.objects.exclude(pk=user.pk)
    wanted = {"email": {"email": user.email}, "username": {"username__iexact": user.username}}
    return {attr: taken(attr) for attr, names in wanted.items() if others.filter(**names).exists()}


def taken(attr: str) -> list[serializers.ErrorDetail]:
    message = User._meta.get_field(attr).error_messages["unique"]
    return [serializers.ErrorDetail(str(message), code="unique")]
