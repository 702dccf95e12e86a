"""The example's own users: the chat works with whatever model a host has."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    email = models.EmailField("e-mail address", unique=True)

    class Meta(AbstractUser.Meta):
        pass
