"""The REST face: it parses, calls one action or one read, and shapes the answer."""
