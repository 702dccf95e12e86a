"""Reading what changed: the other half of the sync protocol. Nothing here writes."""

from df_chat.sync.changes import Cursor, read_changes, read_memberships, read_sync, read_user_changes
from df_chat.sync.positions import Position, read_position, read_positions
from df_chat.sync.snapshot import read_snapshot

__all__ = [
    "Cursor",
    "Position",
    "read_changes",
    "read_memberships",
    "read_position",
    "read_positions",
    "read_snapshot",
    "read_sync",
    "read_user_changes",
]
