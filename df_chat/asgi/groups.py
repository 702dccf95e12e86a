"""The names of channel layer groups, spelled here only."""

from __future__ import annotations

import uuid


def group_of(stream_id: uuid.UUID) -> str:
    """The group of a room's or a user's stream; rooms and users share one id space."""
    return f"df_chat.{stream_id.hex}"
