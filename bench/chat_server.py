#!/usr/bin/env python3
"""A chat server on 127.0.0.1 that answers every request with the same words, for bench/calls.sh.
    bench/chat_server.py PORT_FILE [--rate R --burst B] [--latency S] [--errors P] [--stalls P]
With a rate it keeps a token bucket and refuses what comes too early with 429 and Retry-After in whole seconds. A share of
errors (500) and of stalls (no answer at all) can be added, drawn from a fixed seed; both use up a token. The port goes to
PORT_FILE; on SIGTERM the server prints what it counted as one line of JSON."""
import argparse
import asyncio
import json
import random
import signal
import sys
import time

WORDS = " ".join(["word"] * 110)


def reply(status: str, body: bytes, extra: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    return head.encode() + body


class Server:
    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.random = random.Random(1)
        self.tokens = options.burst
        self.updated = time.monotonic()
        self.started = None
        self.passed_at: list[float] = []
        self.counts = {"answered": 0, "refused": 0, "errors": 0, "stalls": 0}
        self.in_flight = 0
        self.most_in_flight = 0

    def allows(self) -> bool:
        if self.options.rate <= 0:
            return True
        now = time.monotonic()
        self.tokens = min(self.options.burst, self.tokens + (now - self.updated) * self.options.rate)
        self.updated = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def answer(self, body: bytes) -> bytes | None:
        if self.started is None:
            self.started = time.monotonic()
        if not self.allows():
            self.counts["refused"] += 1
            return reply("429 Too Many Requests", b'{"error": {"message": "slow down"}}', "Retry-After: 1\r\n")
        self.passed_at.append(time.monotonic() - self.started)
        draw = self.random.random()
        if draw < self.options.errors:
            self.counts["errors"] += 1
            return reply("500 Internal Server Error", b'{"error": {"message": "drawn"}}')
        if draw < self.options.errors + self.options.stalls:
            self.counts["stalls"] += 1
            return None
        self.counts["answered"] += 1
        samples = json.loads(body).get("n", 1)
        choice = {"message": {"role": "assistant", "content": WORDS}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 500, "completion_tokens": 110 * samples}
        return reply("200 OK", json.dumps({"choices": [choice] * samples, "usage": usage}).encode())

    def summary(self) -> dict:
        seconds = self.passed_at[-1] if self.passed_at else 0
        # The last tenth of the time is the run's tail: the requests that stalled come again, one by one.
        main = [at for at in self.passed_at if at <= 0.9 * seconds]
        return self.counts | {
            "seconds": round(seconds, 2),
            "passed_a_second": round(len(main) / (0.9 * seconds), 2) if seconds else 0,
            "passed_a_second_with_tail": round(len(self.passed_at) / seconds, 2) if seconds else 0,
            "most_in_flight": self.most_in_flight,
        }


class Connection(asyncio.Protocol):
    def __init__(self, server: Server):
        self.server = server
        self.buffer = b""

    def connection_made(self, transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 : head.find(b"\r\n", at) if head.find(b"\r\n", at) >= 0 else None]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            body = self.buffer[end + 4 : end + 4 + length]
            self.buffer = self.buffer[end + 4 + length :]
            self.server.in_flight += 1
            self.server.most_in_flight = max(self.server.most_in_flight, self.server.in_flight)
            answer = self.server.answer(body)
            if answer is None:
                self.server.in_flight -= 1
            elif self.server.options.latency > 0 and not answer.startswith(b"HTTP/1.1 429"):
                asyncio.get_running_loop().call_later(self.server.options.latency, self.send, answer)
            else:
                self.send(answer)

    def send(self, answer: bytes) -> None:
        self.server.in_flight -= 1
        if not self.transport.is_closing():
            self.transport.write(answer)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("port_file")
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--burst", type=float, default=1)
    parser.add_argument("--latency", type=float, default=0)
    parser.add_argument("--errors", type=float, default=0)
    parser.add_argument("--stalls", type=float, default=0)
    server = Server(parser.parse_args())
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    loop.add_signal_handler(signal.SIGTERM, done.set_result, None)
    listener = await loop.create_server(lambda: Connection(server), "127.0.0.1", 0)
    with open(server.options.port_file, "w", encoding="ascii") as file:
        file.write(str(listener.sockets[0].getsockname()[1]))
    await done
    print(json.dumps(server.summary()))
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
