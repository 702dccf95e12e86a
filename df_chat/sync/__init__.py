"""Reading what changed: the other half of the sync protocol. Nothing here writes."""

from df_chat.sync.backlog import read_backlog
from df_chat.sync.changes import Cursor, read_changes, read_memberships, read_sync, read_user_changes
from df_chat.sync.positions import Head, Position, gen_of, read_heads, read_members, read_positions
from df_chat.sync.snapshot import read_snapshot

__all__ = [
    "Cursor",
    "Head",
    "Position",
    "gen_of",
    "read_backlog",
    "read_changes",
    "read_heads",
    "read_members",
    "read_memberships",
    "read_positions",
    "read_snapshot",
    "read_sync",
    "read_user_changes",
]
