"""Images and files as bytes: what they are, made harmless, and how they leave. Knows no models.

Empty on purpose: the worker imports this package without Django.
"""
