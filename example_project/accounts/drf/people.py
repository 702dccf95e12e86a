"""People as the API shows and takes them: a public card, a person's own profile, and what staff see."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from accounts.drf.fields import NameField, PasswordField, UsernameField, check_password, save_unique
from accounts.models import User
from df_chat.drf.strict import StrictSerializer

CARD = ["id", "uuid", "username", "first_name", "last_name"]
PROFILE = [*CARD, "email"]
FLAGS = ["is_active", "is_staff", "is_superuser"]


class CardSerializer(serializers.ModelSerializer[User]):
    """What everybody may know of a person."""

    class Meta:
        model = User
        fields = CARD
        read_only_fields = CARD


class ProfileSerializer(StrictSerializer, serializers.ModelSerializer[User]):
    """A person's own names. The password has an address of its own, which asks for the old one."""

    username = UsernameField(validators=[UniqueValidator(User.objects.all(), lookup="iexact")])
    first_name = NameField()
    last_name = NameField()

    class Meta:
        model = User
        fields = PROFILE
        read_only_fields = ["id", "uuid"]

    def create(self, validated_data: dict[str, Any]) -> User:
        return self.update(User(), validated_data)

    def update(self, instance: User, validated_data: dict[str, Any]) -> User:
        password = validated_data.pop("password", None)
        for name, value in validated_data.items():
            setattr(instance, name, value)
        if password is not None:
            check_password(password, instance, attr="password")
            instance.set_password(password)
        save_unique(instance)
        return instance


class StaffSerializer(ProfileSerializer):
    """Any person, as staff see and change one."""

    password = PasswordField()

    class Meta(ProfileSerializer.Meta):
        fields = [*PROFILE, "password", *FLAGS, "is_demo", "date_joined", "last_login"]
        read_only_fields = ["id", "uuid", "is_superuser", "is_demo", "date_joined", "last_login"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Whoever is there keeps the password that is not given.
        self.fields["password"].required = self.instance is None


class SuperuserSerializer(StaffSerializer):
    """Any person, as a superuser changes one: nobody else makes superusers."""

    class Meta(StaffSerializer.Meta):
        read_only_fields = ["id", "uuid", "date_joined", "last_login"]
