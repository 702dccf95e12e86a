"""Uploads files from a process of its own: ``python -m benchmarks.harness.uploaders <port> <bytes> <each> <headers>``.

One thread for each line of the headers' file, each with a person of its own; all begin together. Answers on its output
with how each upload ended: ``[[status, seconds], ...]``.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PATH = "/api/v1/chat/files/"
TIMEOUT_SECONDS = 300


def main(port: int, size: int, each: int, people: Path) -> None:
    boundary = uuid.uuid4().hex
    body = form(size, boundary)
    headers = [json.loads(line) for line in people.read_text().splitlines()]

    def upload_all(of_person: dict[str, str]) -> list[tuple[int, float]]:
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return [upload(port, body, of_person | kind) for _ in range(each)]

    with ThreadPoolExecutor(len(headers)) as pool:
        print(json.dumps([one for done in pool.map(upload_all, headers) for one in done]))


def form(size: int, boundary: str) -> bytes:
    """A form with one file of this many bytes, which no one could compress."""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-'
    return b"".join([head.encode(), Path("/dev/urandom").open("rb").read(size - 5), f"\r\n--{boundary}--\r\n".encode()])


def upload(port: int, body: bytes, headers: dict[str, str]) -> tuple[int, float]:
    """The status and the seconds of one upload."""
    begin = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", PATH, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - begin
    finally:
        connection.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), Path(sys.argv[4]))
