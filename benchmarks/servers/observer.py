"""A consumer with a model observer, as djangochannelsrestframework documents it."""

from __future__ import annotations

import uuid
from typing import Any

from channels.db import database_sync_to_async
from django.db.models.signals import post_save
from djangochannelsrestframework.decorators import action
from djangochannelsrestframework.generics import GenericAsyncAPIConsumer
from djangochannelsrestframework.observer import model_observer
from rest_framework import serializers

from benchmarks.models import PlainMessage


class MessageSerializer(serializers.ModelSerializer):
    # The layer on Redis takes no UUID, which is what the field of a relation gives.
    room = serializers.UUIDField(source="room_id")

    class Meta:
        model = PlainMessage
        exclude = ("modified", "deleted_at", "room_user")


class ObserverConsumer(GenericAsyncAPIConsumer):
    queryset = PlainMessage.objects.all()
    permission_classes = ()

    async def connect(self) -> None:
        await self.message_activity.subscribe()
        await self.accept()

    @model_observer(PlainMessage, serializer_class=MessageSerializer)
    async def message_activity(self, message: Any, observer: Any = None, **kwargs: Any) -> None:
        await self.send_json(message)

    @action()
    async def post(self, message: dict[str, Any], **kwargs: Any) -> None:
        await database_sync_to_async(_announce)(message)


def _announce(message: dict[str, Any]) -> None:
    # As a save would, without the write: the cost of a database is no part of fan-out.
    row = PlainMessage(
        room_id=uuid.UUID(message["room_id"]),
        body=message["body"],
        client_id=uuid.UUID(message["client_id"]),
        version=message["version"],
        seq=message["seq"],
        metadata=message["metadata"],
    )
    post_save.send(PlainMessage, instance=row, created=True)
