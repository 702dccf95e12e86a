"""What the chat's objects and answers look like, as JSON Schema: OpenAPI and AsyncAPI are both made from it.

Schemas are plain dicts in the dialect of 2020-12, so ``null`` is a type. They name one another by ``ref``; ``OBJECTS``
and ``ANSWERS`` hold them by those names.
"""

from df_chat.schema.answers import ANSWERS
from df_chat.schema.build import Schema, closure, ref, refs_in
from df_chat.schema.inputs import input_schema
from df_chat.schema.objects import OBJECTS

COMPONENTS: dict[str, Schema] = {**OBJECTS, **ANSWERS}

__all__ = ["ANSWERS", "COMPONENTS", "OBJECTS", "Schema", "closure", "input_schema", "ref", "refs_in"]
