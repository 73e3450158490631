"""A small HTTP client that costs little beside what it measures: raw sockets, one connection a request.

A new connection each time, because a kept one sticks to the worker that took it: eight clients over three workers would
then measure how they happened to be dealt out.
"""

import socket
import statistics
import threading
import time
from dataclasses import dataclass


class WrongAnswer(RuntimeError):
    """The server answered with something else than the page."""


@dataclass(frozen=True)
class Target:
    port: int
    path: str
    cookie: str

    def request(self) -> bytes:
        # As a proxy in front hands it on; production redirects everything that did not come over HTTPS.
        lines = [
            f"GET {self.path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Cookie: {self.cookie}",
            "X-Forwarded-Proto: https",
            "X-Forwarded-For: 127.0.0.1",
            "Accept-Language: zh-CN",
            "Connection: close",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def fetch(target: Target, request: bytes, timeout: float = 30.0) -> tuple[int, int]:
    """Status and length of the answer's body."""
    with socket.create_connection(("127.0.0.1", target.port), timeout=timeout) as link:
        link.sendall(request)
        pieces = []
        while piece := link.recv(262_144):
            pieces.append(piece)
    head, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    if not head:
        raise WrongAnswer(f"{target.path}: the connection was closed without an answer")
    return int(head.split(b" ", 2)[1]), len(body)


def must_answer(target: Target) -> int:
    """The length of the page. Raises WrongAnswer when it is not answered with 200."""
    status, length = fetch(target, target.request())
    if status != 200:
        raise WrongAnswer(f"{target.path}: HTTP {status}")
    return length


def median_ms(target: Target, times: int) -> float:
    """One client, one request after the other."""
    request = target.request()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        status, _ = fetch(target, request)
        taken.append((time.perf_counter() - began) * 1000)
        if status != 200:
            raise WrongAnswer(f"{target.path}: HTTP {status}")
    return statistics.median(taken)


def requests_per_second(target: Target, *, clients: int, seconds: float) -> float:
    """``clients`` at once, each asking again as soon as it has its answer. Raises WrongAnswer on any but 200."""
    request = target.request()
    done = [0] * clients
    wrong: list[str] = []
    began = time.perf_counter()
    ends = began + seconds

    def ask(at: int) -> None:
        try:
            while time.perf_counter() < ends and not wrong:
                status, _ = fetch(target, request)
                if status != 200:
                    wrong.append(f"{target.path}: HTTP {status}")
                done[at] += 1
        except OSError as problem:
            wrong.append(f"{target.path}: {problem}")

    threads = [threading.Thread(target=ask, args=(at,)) for at in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise WrongAnswer(wrong[0])
    return sum(done) / (time.perf_counter() - began)
