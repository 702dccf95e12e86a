"""The chat in drf-spectacular's OpenAPI document. Needs the extra ``openapi``.

The app loads this by itself where ``drf_spectacular`` is in INSTALLED_APPS. The views know nothing of it: what can be
said of an operation beside its code stands in ``operations``.
"""

from df_chat.contrib.spectacular import components, views

__all__ = ["components", "views"]
