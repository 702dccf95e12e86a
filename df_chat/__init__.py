"""A chat for Django projects: models, REST, one WebSocket and a web client."""

__version__ = "1.0.0a1"
