"""The server under load: more requests than it can answer, clients that leave, slow clients, and SIGTERM while it is busy.

usage: python3 Scripts/server/check_load.py BINARY [--seconds N] [--json]
Checks what must hold on any machine, and prints the figures; --seconds 30 is what Documentation/experiments.md has.
"""
import argparse
import asyncio
import json
import math
import os
import re
import subprocess
import time

from serving import raise_file_limit, serving

# About 500 tokens in each of four texts: what a client sends to embed a page.
PAGE = "The actor dumped the memory of lsass.exe and moved laterally over SMB with stolen credentials. " * 24
BODY = json.dumps({"inputs": [PAGE + str(index) for index in range(4)]}).encode()


def head(path, body, close=False):
    return (f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
            + ("connection: close\r\n" if close else "") + "\r\n").encode() + body


async def answer(reader):
    """Status, headers and body of a response; None when the connection ended before one began."""
    line = await reader.readline()
    if not line:
        return None
    status = int(line.split()[1])
    headers = {}
    while (line := await reader.readline()) not in (b"\r\n", b""):
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return status, headers, body


async def ask(port, path="/embed", body=BODY):
    """One request on a connection of its own: status, seconds and headers."""
    start = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(head(path, body, close=True))
        await writer.drain()
        status, headers, _ = await answer(reader)
        return status, time.monotonic() - start, headers
    finally:
        writer.close()


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, math.ceil(share * len(values)) - 1)]


async def unloaded(port, count):
    return [(await ask(port))[1] for _ in range(count)]


async def overload(port, rate, seconds):
    """Requests at a rate that does not depend on the answers."""
    tasks = []
    start = time.monotonic()
    while (now := time.monotonic() - start) < seconds:
        due = int(now * rate)
        while len(tasks) < due:
            tasks.append(asyncio.create_task(ask(port)))
        await asyncio.sleep(0.002)
    return await asyncio.gather(*tasks, return_exceptions=True)


def check_overload(binary, seconds):
    """Ten times what the server can do: only 200 and 429, latency bounded, memory flat."""
    with serving(binary) as server:
        asyncio.run(unloaded(server.port, 5))
        alone = asyncio.run(unloaded(server.port, 40))
    service = percentile(alone, 0.5)
    # The operator's choice: who would wait longer than a request takes is told to come back.
    with serving(binary, "--max-queue-seconds", str(max(0.001, 0.3 * service))) as server:
        asyncio.run(unloaded(server.port, 5))
        alone = asyncio.run(unloaded(server.port, 40))
        rate = 10 / service
        asyncio.run(overload(server.port, rate, 2))
        before = server.resident_bytes()
        results = asyncio.run(overload(server.port, rate, seconds))
        after = server.resident_bytes()
        failures = [result for result in results if isinstance(result, BaseException)]
        statuses = {}
        for result in results:
            if not isinstance(result, BaseException):
                statuses[result[0]] = statuses.get(result[0], 0) + 1
        admitted = [result[1] for result in results if not isinstance(result, BaseException) and result[0] == 200]
        refused = [result for result in results if not isinstance(result, BaseException) and result[0] == 429]
        assert not failures, failures[:3]
        assert set(statuses) == {200, 429}, statuses
        assert all(int(result[2]["retry-after"]) >= 1 for result in refused)
        assert server.ask("GET", "/health")[0] == 200
        # What ten requests need and the allocator keeps, not what thousands would.
        assert after - before < 64 << 20, (before, after)
        assert server.stop() == 0
    return {
        "requests_per_second_asked": round(rate, 1), "unloaded_p50_ms": round(1000 * percentile(alone, 0.5), 1),
        "unloaded_p99_ms": round(1000 * percentile(alone, 0.99), 1), "admitted": len(admitted), "refused": len(refused),
        "admitted_p50_ms": round(1000 * percentile(admitted, 0.5), 1),
        "admitted_p99_ms": round(1000 * percentile(admitted, 0.99), 1),
        "p99_ratio": round(percentile(admitted, 0.99) / percentile(alone, 0.99), 2),
        "resident_mib_before": before >> 20, "resident_mib_after": after >> 20,
    }


def check_slow_clients(binary, count):
    """Clients that send a header of a request one byte at a time do not keep others out, and are disconnected."""
    count = min(count, raise_file_limit(count + 200) - 100)

    async def run(port):
        slow = []
        for _ in range(count):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST /embed HTTP/1.1\r\nhost: a\r\nx-slow: ")
            slow.append((reader, writer))
        times = []
        for _ in range(20):
            start = time.monotonic()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            status, _, _ = await answer(reader)
            assert status == 200
            times.append(time.monotonic() - start)
            writer.close()
            for _, writer in slow[::7]:
                writer.write(b"a")
            await asyncio.sleep(0.02)
        assert (await ask(port))[0] == 200
        ends = await asyncio.gather(*(asyncio.wait_for(reader.read(), 30) for reader, _ in slow), return_exceptions=True)
        closed = sum(not isinstance(end, TimeoutError) for end in ends)
        for _, writer in slow:
            writer.close()
        return times, closed

    with serving(binary, "--header-timeout", "4") as server:
        times, closed = asyncio.run(run(server.port))
        assert closed == count, (closed, count)
        assert server.stop() == 0
    return {"slow_clients": count, "health_max_ms": round(1000 * max(times), 1), "disconnected": closed}


def check_cancelled(binary, path, long, short):
    """Whoever leaves costs no more: what clients that left have asked for is not done to its end."""
    long, short = json.dumps(long).encode(), json.dumps(short).encode()

    async def run(port):
        for _ in range(6):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head(path, long))
            await writer.drain()
            await asyncio.sleep(0.15)
            writer.close()
        start = time.monotonic()
        status, _, _ = await ask(port, path, short)
        assert status == 200
        return time.monotonic() - start

    with serving(binary) as server:
        start = time.monotonic()
        assert server.ask("POST", path, long)[0] == 200
        whole = time.monotonic() - start
        behind = asyncio.run(run(server.port))
        assert behind < whole, (path, behind, whole)
        cancelled = [line for line in server.ask("GET", "/metrics")[2].decode().splitlines() if line.startswith("securebert_cancelled_total")]
        assert int(cancelled[0].split()[-1]) >= 5, cancelled
        assert server.stop() == 0
    return {"whole_seconds": round(whole, 2), "behind_six_that_left_seconds": round(behind, 2)}


def check_cancelled_report(binary):
    report = " ".join(f"APT{n} dumped LSASS memory on host {n} with tool {n}." for n in range(3000))
    return check_cancelled(binary, "/v1/analyze", {"text": report}, {"text": "APT29 used Mimikatz."})


def check_cancelled_scan(binary):
    """One file: its functions are what takes time."""
    def source(count):
        return "\n".join(f"int copy{n}(char *to, const char *from, int count) {{\n    for (int i = 0; i <= count; i++) to[i] = from[i + {n}];\n"
                         f"    return strlen(strcpy(to + count, from));\n}}\n" for n in range(count))

    return check_cancelled(
        binary, "/v1/scan", {"path": "a.c", "content": source(60), "threshold": 0.01}, {"path": "a.c", "content": source(1)})


def check_stop(binary):
    """SIGTERM while many clients ask again and again on connections they keep, until they are told to go: every request is answered."""
    body = json.dumps({"inputs": "lateral movement over SMB"}).encode()
    counts = {"answered": 0, "lost": 0, "refused_connections": 0}
    stopping = asyncio.Event()

    async def client(port):
        writer = None
        while True:
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                counts["refused_connections"] += 1
                return
            try:
                writer.write(head("/embed", body))
                await writer.drain()
                result = await answer(reader)
            except (OSError, asyncio.IncompleteReadError):
                result = None
            if result is None:
                counts["lost"] += 1
                writer = None
                continue
            assert result[0] in (200, 429), result
            counts["answered"] += 1
            if result[1].get("connection") == "close":
                # As a load balancer does: who is told to go asks somebody else.
                writer.close()
                return

    async def run(server):
        clients = [asyncio.create_task(client(server.port)) for _ in range(40)]
        await asyncio.sleep(2)
        server.process.terminate()
        stopping.set()
        await asyncio.wait_for(asyncio.gather(*clients), 60)

    with serving(binary) as server:
        asyncio.run(run(server))
        assert server.process.wait(60) == 0, server.text()[-500:]
        assert counts["lost"] == 0, counts
        log = [json.loads(line) for line in server.text().splitlines()]
        assert sum(line.get("route") == "/embed" and line["status"] == 200 for line in log) == counts["answered"]
    return counts


def check_stalled_log(binary):
    """A log that nobody reads does not stop the server."""
    reading, writing = os.pipe()
    process = subprocess.Popen([binary, "serve", "--port", "0"], stdout=subprocess.DEVNULL, stderr=writing)
    os.close(writing)
    try:
        line = b""
        while b"listening on" not in line:
            line = os.read(reading, 65536)
        port = int(re.search(rb"listening on http://\S+:(\d+)", line).group(1))

        async def run():
            for _ in range(2000):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
                assert (await asyncio.wait_for(answer(reader), 10))[0] == 200
                writer.close()

        asyncio.run(run())
        process.terminate()
        assert process.wait(30) == 0
    finally:
        process.kill()
        os.close(reading)
    return {"health_checks": 2000}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--slow-clients", type=int, default=2000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = {
        "stop": check_stop(options.binary), "cancelled": check_cancelled_report(options.binary),
        "cancelled_scan": check_cancelled_scan(options.binary),
        "slow": check_slow_clients(options.binary, options.slow_clients),
        "stalled_log": check_stalled_log(options.binary),
        "overload": check_overload(options.binary, options.seconds),
    }
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
