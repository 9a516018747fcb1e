"""A server that runs while tests use it."""

import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

BINARY = os.environ["SECUREBERT_BINARY"]


class Server:
    """`securebert serve` on a free port; `options` are added to its command line."""

    def __init__(self, *options: str, environment: dict[str, str] | None = None) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        # A file, since a pipe that nobody reads fills up with the log and then stops the server.
        self.messages = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [BINARY, "serve", "--host", "127.0.0.1", "--port", str(self.port), *options],
            stdout=subprocess.DEVNULL, stderr=self.messages, env=os.environ | (environment or {}))
        self._wait()

    def _wait(self) -> None:
        """Until it is healthy: models are loaded first."""
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                self.messages.seek(0)
                raise RuntimeError(f"serve ended with {self.process.returncode}: {self.messages.read().decode()}")
            try:
                with urllib.request.urlopen(f"{self.origin}/health", timeout=5) as response:
                    if response.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                pass
            time.sleep(0.1)
        self.stop()
        raise RuntimeError("serve is not healthy after two minutes")

    def headers(self, path: str) -> dict[str, str]:
        """Header fields of a GET, names in lower case."""
        with urllib.request.urlopen(self.origin + path, timeout=60) as response:
            return {name.lower(): value for name, value in response.headers.items()}

    def post(self, path: str, document: dict) -> dict:
        request = urllib.request.Request(
            self.origin + path, json.dumps(document).encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=120) as response:
            return json.load(response)

    def upload(self, path: str, name: str, content: bytes) -> dict:
        """A file in a form."""
        form = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + content + b"\r\n--b--\r\n"
        request = urllib.request.Request(self.origin + path, form, {"content-type": "multipart/form-data; boundary=b"})
        with urllib.request.urlopen(request, timeout=120) as response:
            return json.load(response)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.messages.close()


def report(name: str) -> str:
    return (Path("Examples/reports") / name).read_text(encoding="utf-8")
