"""How people are named: e-mail addresses without case, usernames that cannot be mistaken for an address."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.deconstruct import deconstructible


class LowercaseEmailField(models.EmailField):
    """An e-mail address, stored and looked for in lower case: unique means unique whatever the case."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value.lower() if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.get_prep_value(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


@deconstructible
class UsernameValidator(RegexValidator):
    """Django's rule without ``@``: nobody's username is the address of somebody else."""

    regex = r"^[\w.+-]+\Z"
    message = "Letters, digits and ./+/-/_ only."
