"""Starts `securebert serve` for the checks beside it, and asks it things."""
import contextlib
import http.client
import json
import os
import re
import resource
import signal
import subprocess
import tempfile
import time


class Server:
    """A running server; its log is in `log`. What is to be `before` the binary on the command line starts it."""

    def __init__(self, binary, *arguments, port=0, environment=None, before=()):
        self.log = tempfile.NamedTemporaryFile("w+", suffix=".log", delete=False)
        self.process = subprocess.Popen(
            [*before, binary, "serve", "--port", str(port), *arguments], stdout=subprocess.DEVNULL, stderr=self.log,
            env={**os.environ, **(environment or {})})
        self.port = self._port()

    def _port(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = re.search(r"listening on https?://\S+:(\d+)", self.text())
            if found:
                return int(found.group(1))
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise SystemExit(f"the server did not start: {self.text()[-2000:]}")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def text(self):
        with open(self.log.name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self, number=signal.SIGTERM, timeout=60):
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout)

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    def ask(self, method, path, body=None, headers=None, timeout=60):
        """Status, headers and body; a body that is no bytes goes as JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("content-type", "application/json")
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, dict((k.lower(), v) for k, v in response.getheaders()), response.read()
        finally:
            connection.close()

    def json(self, path, body, expected=200, headers=None):
        status, _, content = self.ask("POST", path, body, headers)
        assert status == expected, (path, status, content[:300])
        return json.loads(content)


@contextlib.contextmanager
def serving(binary, *arguments, **options):
    server = Server(binary, *arguments, **options)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()
        os.unlink(server.log.name)


def raise_file_limit(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))
    return min(count, hard)
