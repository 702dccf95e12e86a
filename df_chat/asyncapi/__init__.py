"""The socket as an AsyncAPI document, made from the consumer that serves it."""

from df_chat.asyncapi.document import build_document

__all__ = ["build_document"]
