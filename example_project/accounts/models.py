"""The example's own people: the chat works with whatever user model a host has."""

from __future__ import annotations

import secrets
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework.authtoken.models import Token

from accounts.fields import LowercaseEmailField, UsernameValidator
from df_chat.authentication import revalidate_user


def make_username() -> str:
    """A username for whoever chooses none. It is not made from the e-mail address: others see it."""
    return f"user-{secrets.token_hex(4)}"


class User(AbstractUser):
    """Somebody who signs in with a username or an e-mail address."""

    username = models.CharField(
        "username",
        max_length=150,
        unique=True,
        help_text="150 characters or fewer. Letters, digits and ./+/-/_ only.",
        validators=[UsernameValidator()],
        error_messages={"unique": "A user with that username already exists."},
    )
    email = LowercaseEmailField(
        "e-mail address", unique=True, error_messages={"unique": "A user with that e-mail address already exists."}
    )
    uuid = models.UUIDField("public id", default=uuid.uuid4, unique=True, editable=False)
    is_demo = models.BooleanField(
        "demo person", default=False, help_text="May sign in with the public id alone where DEMO_SIGN_IN is on."
    )

    class Meta(AbstractUser.Meta):
        pass

    def save(self, *args: Any, **kwargs: Any) -> None:
        # Set by set_password() until it is saved; Django's own rehash of the same password clears it.
        has_new_password = self._password is not None and not self._state.adding
        super().save(*args, **kwargs)
        if has_new_password:
            # Sessions and logins hold a hash of the password; API tokens know nothing of it.
            Token.objects.filter(user=self).delete()


class Login(models.Model):
    """One sign-in that gave out JSON Web Tokens. They carry its id, and end with it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="logins")
    created = models.DateTimeField(auto_now_add=True)
    # When the last of its tokens expires.
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # The one refresh token that may be used next; none where only an access token was given.
    refresh_id = models.CharField(max_length=32, blank=True)
    # What a session holds too: it changes with the password.
    auth_hash = models.CharField(max_length=128)

    objects: ClassVar[models.Manager[Login]] = models.Manager()

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_open(self) -> bool:
        """Whether tokens of this login are good: not ended, the user active, the password unchanged."""
        valid = [self.user.get_session_auth_hash(), *self.user.get_session_auth_fallback_hash()]
        return (
            self.ended_at is None
            and self.user.is_active
            and any(constant_time_compare(self.auth_hash, one) for one in valid)
        )

    def end(self) -> None:
        """Refuse its tokens from now on, and close the sockets that they opened."""
        self.ended_at = timezone.now()
        self.save(update_fields=["ended_at"])
        user = self.user
        transaction.on_commit(lambda: revalidate_user(user), robust=True)
