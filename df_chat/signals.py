"""The one signal of the chat, for what happens after the fact: push, audit, search."""

from __future__ import annotations

from django.dispatch import Signal

# Sent once per stream after its transaction committed, in the thread that committed.
# sender: df_chat.streams.events.StreamEvent (the class); event: the instance.
# A receiver's exception is logged, never raised to the writer.
stream_changed = Signal()
