"""Reference clients of the sync protocol: for load tests, for tests of a host's own, and as a model for other clients.

``replica``, ``outbox`` and ``session`` hold the rules, and do no input or output: frames and answers go in, what to do
next comes out. ``client`` puts them on a WebSocket and HTTP. None of it needs Django.
"""
