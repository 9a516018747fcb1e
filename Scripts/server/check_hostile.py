"""Bad requests and bad files, each with the status or exit code that is documented, one sentence, and a server that stays up.

usage: python3 Scripts/server/check_hostile.py BINARY
"""
import concurrent.futures
import contextlib
import json
import os
import random
import shutil
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

from serving import Server, serving


def refused(server, status, kind, method, path, body=None, headers=None):
    found, answer_headers, content = server.ask(method, path, body, headers)
    assert found == status, (path, str(body)[:80], found, content[:200])
    error = json.loads(content)
    if isinstance(error["error"], dict):
        assert error["error"]["message"] and error["error"]["type"], error
    else:
        assert error["error_type"] == kind, (path, error)
        assert 5 < len(error["error"]) < 600 and "\n" not in error["error"], error
        assert "/work" not in error["error"] and "Models/" not in error["error"], error
    assert answer_headers["x-request-id"]
    return answer_headers


# Root may read and write whatever the permissions say; a service may not.
BOUND = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
FORM = {"content-type": "multipart/form-data; boundary=b"}


def part(content, name="file", file="r.txt"):
    return f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'.encode() + content + b"\r\n--b--\r\n"


def sentence(server, status, kind, path, body, headers=None):
    """Why a request is refused."""
    refused(server, status, kind, "POST", path, body, headers)
    return json.loads(server.ask("POST", path, body, headers)[2])["error"]


def check_requests(server):
    empty = b""
    json_type = {"content-type": "application/json"}
    for path in ("/embed", "/v1/analyze", "/v1/ner", "/predict", "/rerank", "/v1/scan", "/v1/search", "/tokenize", "/decode",
                 "/similarity", "/v1/fill-mask", "/models/securebert-mini-ner", "/v1/rerank"):
        refused(server, 400, "Malformed", "POST", path, empty, json_type)
        refused(server, 400, "Malformed", "POST", path, b'{"inputs": ', json_type)
        refused(server, 400, "Malformed", "POST", path, b'{"inputs": "a", "inputs": "b"}', json_type)
        refused(server, 400, "Malformed", "POST", path, b"\xff\xfe\x00binary\x80", json_type)
        refused(server, 400, "Malformed", "POST", path, b'{"inputs": "\xc3\x28"}', json_type)
        refused(server, 400, "Malformed", "POST", path, b"[" * 100_000, json_type)
        refused(server, 422, "Validation", "POST", path, [1, 2])
        refused(server, 422, "Validation", "POST", path, "text")
        refused(server, 415, "UnsupportedMediaType", "POST", path, b"inputs=a", {"content-type": "application/x-www-form-urlencoded"})
        refused(server, 405, "MethodNotAllowed", "DELETE", path)
    refused(server, 404, "NotFound", "GET", "/nothing")
    refused(server, 404, "NotFound", "GET", "/../../etc/passwd")
    refused(server, 422, "Validation", "POST", "/embed", {"inputs": 5})
    refused(server, 422, "Validation", "POST", "/embed", {"inputs": ["a", 5]})
    for inputs in ([5, "a"], [-1], [1.5], [10**30], [2**31 - 1], [[1, 2], [3, None]], [[1], 2], [None], [{}], [True], [[[1]]]):
        refused(server, 422, "Validation" if inputs != [2**31 - 1] else "Tokenizer", "POST", "/embed", {"inputs": inputs})
    refused(server, 400, "Empty", "POST", "/embed", {"inputs": [[1, 2], []]})
    refused(server, 422, "Validation", "POST", "/embed", {"inputs": [1] * 100_000})
    refused(server, 422, "Validation", "POST", "/embed", {"inputs": "a", "normalize": "yes"})
    refused(server, 422, "Validation", "POST", "/embed", {"inputs": "a", "dimensions": 10**9})
    refused(server, 422, "Validation", "POST", "/embed", {"inputs": "a", "dimensions": 900})
    refused(server, 422, "Validation", "POST", "/embed", {"inputs": "a", "prompt_name": "no such"})
    refused(server, 422, "Validation", "POST", "/embed", {"inputs": "a", "model": "securebert-mini-ner"})
    refused(server, 400, "Empty", "POST", "/embed", {"inputs": []})
    refused(server, 404, "NotFound", "POST", "/embed", {"inputs": "a", "model": "../../etc"})
    refused(server, 404, "NotFound", "POST", "/models/nothing", {"inputs": "a"})
    refused(server, 404, "", "POST", "/v1/embeddings", {"input": "a", "model": "gpt"})
    refused(server, 422, "", "POST", "/v1/embeddings", {"input": [[1, 2]]})
    refused(server, 422, "Validation", "POST", "/rerank", {"query": "a", "texts": ["b"], "model": "securebert-mini-ner"})
    refused(server, 422, "Validation", "POST", "/v1/fill-mask", {"text": "no mask here"})
    refused(server, 422, "Validation", "POST", "/v1/fill-mask", {"text": "a <mask>", "top_k": 0})
    refused(server, 422, "Validation", "POST", "/decode", {"ids": [-1]})
    refused(server, 422, "Validation", "POST", "/decode", {"ids": [10**30]})
    refused(server, 422, "Validation", "POST", "/v1/scan", {"path": "a.xyz", "content": "x"})
    refused(server, 422, "Validation", "POST", "/v1/analyze", {"text": "a", "format": "docx"})
    refused(server, 400, "Empty", "POST", "/v1/analyze", {"text": " \n"})
    refused(server, 404, "NotFound", "POST", "/v1/search", {"query": "a"})
    # 100,000 inputs, and a body that is too large; said before it is read where the length is known.
    refused(server, 413, "TooLarge", "POST", "/embed", {"inputs": ["a"] * 100_000})
    refused(server, 413, "TooLarge", "POST", "/embed", b"[" + b" " * 3_000_000)
    form = {"content-type": "multipart/form-data; boundary=b"}
    for path in ("/stix", "/v1/text"):
        refused(server, 415, "UnsupportedMediaType", "POST", path, b"x", {"content-type": "multipart/form-data"})
        refused(server, 415, "UnsupportedMediaType", "POST", path, {"text": "a"})
        refused(server, 400, "Malformed", "POST", path, b"no boundary", FORM)
        refused(server, 400, "Malformed", "POST", path, b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\ncut off', FORM)
        refused(server, 422, "Validation", "POST", path, part(b"text", name="other"), FORM)
        refused(server, 400, "Empty", "POST", path, part(b""), FORM)
        refused(server, 422, "Validation", "POST", path, part(b"\x00\x01\x02" * 100), FORM)
        refused(server, 422, "Validation", "POST", path, part(b"%PDF-1.7 not really", file="../../x.pdf"), FORM)
        refused(server, 422, "Validation", "POST", path, part(b"<p> </p>", file="x.html"), FORM)
        refused(server, 413, "TooLarge", "POST", path, b"a" * 20_000_001, FORM)
    # Odd, and allowed.
    assert server.json("/embed", {"inputs": ["", " ", "\u202e\u0000\U0001F600", "a" * 20_000]})
    assert server.json("/v1/ner", {"text": "\ud83d\ude00 APT29"})["entities"] is not None
    status, headers, _ = server.ask("GET", "/health", headers={"x-request-id": "a b\tc"})
    assert status == 200 and headers["x-request-id"] != "a b\tc"
    assert server.ask("GET", "/health", headers={"x-request-id": "trace-1"})[1]["x-request-id"] == "trace-1"
    assert "access-control-allow-origin" not in server.ask("GET", "/health", headers={"origin": "https://evil.example"})[1]


def raw(server, data, wait=5):
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait) as connection:
        connection.sendall(data)
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except (TimeoutError, ConnectionResetError):
            pass
        return received


def check_protocol(server):
    assert raw(server, b"NONSENSE\r\n\r\n").startswith(b"HTTP/1.1 400")
    assert b"400" in raw(server, b"GET / HTTP/1.1\r\nhost: a\r\nx: " + b"a" * 40_000 + b"\r\n\r\n")[:40]
    assert b"400" in raw(server, b"GET / HTTP/1.1\r\nhost: a\r\n" + b"".join(b"x%d: 1\r\n" % n for n in range(400)) + b"\r\n")[:40]
    assert b"400" in raw(server, b"POST /embed HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n")[:40]


def check_limits(binary):
    """How much and how long: what is too large, too slow or too much is told so, and the others are answered."""
    # A body whose length nobody says before.
    with serving(binary, "--payload-limit", "1000", "--body-timeout", "1") as server:
        chunks = b"200\r\n" + b" " * 0x200 + b"\r\n"
        head = b"POST /embed HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
        assert raw(server, head + b"transfer-encoding: chunked\r\n\r\n" + chunks * 3).startswith(b"HTTP/1.1 413")
        # A body that does not come: the connection ends, no thread waits.
        start = time.monotonic()
        assert b"200 OK" not in raw(server, head + b"content-length: 500\r\n\r\n{", wait=20)
        assert time.monotonic() - start < 10
        refused(server, 413, "TooLarge", "POST", "/embed", {"inputs": "a" * 1000})
        assert server.json("/embed", {"inputs": "a"})
    long = {"text": "APT29 dumped LSASS memory. " * 2000}
    with serving(binary, "--max-concurrent-requests", "1", "--max-client-batch-size", "2", "--drain-delay", "2") as server:
        refused(server, 413, "TooLarge", "POST", "/embed", {"inputs": ["a"] * 3})
        refused(server, 413, "TooLarge", "POST", "/tokenize", {"inputs": ["a"] * 3})
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            running = pool.submit(server.ask, "POST", "/v1/analyze", long)
            time.sleep(0.3)
            headers = refused(server, 429, "Overloaded", "POST", "/embed", {"inputs": "a"})
            assert int(headers["retry-after"]) >= 1
            assert server.ask("GET", "/health")[0] == 200 and server.ask("GET", "/ready")[0] == 200
            # While it stops, it is alive and not ready, and what was taken is answered.
            server.process.terminate()
            deadline = time.monotonic() + 1.5
            while server.ask("GET", "/ready")[0] == 200 and time.monotonic() < deadline:
                time.sleep(0.05)
            headers = refused(server, 503, "Unhealthy", "GET", "/ready")
            assert headers["connection"] == "close" and server.ask("GET", "/health")[0] == 200
            assert running.result()[0] == 200
        assert server.process.wait(60) == 0


def check_keys(binary, folder):
    path = os.path.join(folder, "keys.txt")

    def new_key(name):
        done = subprocess.run([binary, "serve", "--new-key", name], capture_output=True, text=True, check=True)
        return done.stderr.split()[-1], done.stdout.strip()

    (first, line1), (second, line2) = new_key("soc"), new_key("ci")
    assert first not in line1
    with open(path, "w", encoding="ascii") as file:
        file.write(f"# keys\n{line1} per-minute=3\n{line2} concurrent=1\n")
    with serving(binary, "--api-key-file", path) as server:
        assert server.ask("GET", "/health")[0] == 200 and server.ask("GET", "/ready")[0] == 200
        assert server.ask("GET", "/")[0] == 200
        headers = refused(server, 401, "Unauthorized", "POST", "/embed", {"inputs": "a"})
        assert headers["www-authenticate"].startswith("Bearer")
        refused(server, 401, "Unauthorized", "GET", "/info")
        refused(server, 401, "Unauthorized", "POST", "/embed", {"inputs": "a"}, {"authorization": "Bearer " + first[:-1]})
        key = {"authorization": "Bearer " + first}
        for _ in range(3):
            server.json("/embed", {"inputs": "a"}, headers=key)
        headers = refused(server, 429, "Overloaded", "POST", "/embed", {"inputs": "a"}, key)
        assert 1 <= int(headers["retry-after"]) <= 60
        server.json("/embed", {"inputs": "a"}, headers={"x-api-key": second})
        # One at once: of several, some wait their turn elsewhere.
        long = {"text": "APT29 dumped LSASS memory. " * 300}
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda _: server.ask("POST", "/v1/analyze", long, {"authorization": "bearer " + second})[0], range(4)))
        assert 200 in statuses and 429 in statuses and set(statuses) <= {200, 429}, statuses
        log = server.text()
        assert first not in log and second not in log and '"key":"soc"' in log


def check_tls(binary, folder):
    certificate, key = os.path.join(folder, "c.pem"), os.path.join(folder, "k.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    with serving(binary, "--tls-certificate", certificate, "--tls-key", key) as server:
        context = ssl.create_default_context(cafile=certificate)
        with urllib.request.urlopen(f"https://localhost:{server.port}/health", context=context) as response:
            assert response.status == 200
        old = ssl.create_default_context(cafile=certificate)
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        try:
            urllib.request.urlopen(f"https://localhost:{server.port}/health", context=old)
            raise AssertionError("TLS 1.1 was accepted")
        except OSError:
            pass
        assert server.stop() == 0


def check_documents(binary, folder):
    """A program that is missing, hangs or writes without an end does the server no harm."""
    programs, started = os.path.join(folder, "bin"), os.path.join(folder, "started")
    os.mkdir(programs)

    def program(script):
        path = os.path.join(programs, "pdftotext")
        with open(path, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\necho $$ >> {started}\n{script}\n")
        os.chmod(path, 0o755)

    def running():
        with open(started, encoding="ascii") as file:
            return [number for number in file.read().split() if os.path.exists(f"/proc/{number}")]

    def ended(seconds):
        deadline = time.monotonic() + seconds
        while running() and time.monotonic() < deadline:
            time.sleep(0.05)
        return not running()

    pdf = part(b"%PDF-1.4 as far as the server sees", file="r.pdf")
    with serving(binary, environment={"PATH": os.path.join(folder, "nothing")}) as server:
        for path in ("/v1/text", "/stix"):
            assert "pdftotext, which is not installed" in sentence(server, 422, "Validation", path, pdf, FORM)
        assert server.json("/v1/text", part(b"Ryuk", file="r.md"), headers=FORM)["text"] == "Ryuk"
    with serving(binary, environment={"TMPDIR": os.path.join(folder, "nothing")}) as server:
        assert "temporary files" in sentence(server, 503, "Unhealthy", "/v1/text", pdf, FORM)
    path = {"PATH": f"{programs}:{os.environ['PATH']}"}
    with serving(binary, "--document-timeout", "1", "--upload-limit", "100000", environment=path) as server:
        program("trap '' TERM; while :; do sleep 0.1; done")
        start = time.monotonic()
        assert "longer than 1 s" in sentence(server, 422, "Validation", "/v1/text", pdf, FORM)
        assert time.monotonic() - start < 10 and ended(5)
        # What hangs holds up documents, not what computes.
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            slow = pool.submit(server.ask, "POST", "/stix", pdf, FORM)
            time.sleep(0.3)
            start = time.monotonic()
            assert server.json("/v1/analyze", {"text": "APT29 used Mimikatz."}) and time.monotonic() - start < 0.7
            assert slow.result()[0] == 422
        program("yes APT29 used Mimikatz.")
        assert "longer than 100000 bytes" in sentence(server, 422, "Validation", "/v1/text", pdf, FORM) and ended(5)
        program("echo It is damaged. >&2; exit 1")
        assert "It is damaged." in sentence(server, 422, "Validation", "/v1/text", pdf, FORM)
        assert not [line for line in server.text().splitlines() if '"status":5' in line], "a document got 5xx"
    with serving(binary, environment=path) as server:
        # Whoever leaves ends the program.
        program("exec sleep 300")
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            head = f"POST /v1/text HTTP/1.1\r\nhost: a\r\ncontent-type: {FORM['content-type']}\r\ncontent-length: {len(pdf)}\r\n\r\n"
            connection.sendall(head.encode() + pdf)
            deadline = time.monotonic() + 10
            while not running() and time.monotonic() < deadline:
                time.sleep(0.05)
            assert running()
        assert ended(5)
        assert server.stop() == 0


def check_index(binary, folder):
    """An index that is damaged, gone or another one while the server runs is a 503 with a sentence; put right, it is searched again."""
    index, sound, other = (os.path.join(folder, name) for name in ("index", "sound", "other"))

    def build(path, *options):
        subprocess.run([binary, "index", "build", "--quiet", "Examples/reports", "--index", path, *options], check=True, stdout=subprocess.DEVNULL)

    build(sound)
    build(other, "--model", "Fixtures/models/st-mean-normalize", "--passage-tokens", "16")

    def restore(path=sound):
        shutil.rmtree(index, ignore_errors=True)
        shutil.copytree(path, index)

    def each_vector_file(change):
        for name in os.listdir(index):
            if name.endswith(".vectors"):
                change(os.path.join(index, name))

    def write(path, offset, data):
        with open(path, "r+b") as file:
            file.seek(offset)
            file.write(data)

    database = os.path.join(index, "index.sqlite")
    def void(table, column):
        """A value that only damage can make."""
        for statement in ("PRAGMA writable_schema = 1", f"UPDATE sqlite_master SET sql = replace(sql, '{column} TEXT NOT NULL', '{column} TEXT') WHERE name = '{table}'"):
            with contextlib.closing(sqlite3.connect(database)) as connection:
                connection.execute("PRAGMA writable_schema = 1")
                connection.execute(statement)
                connection.commit()
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.execute(f"UPDATE {table} SET {column} = NULL")
            connection.commit()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    damages = {
        "no texts": lambda: void("passages", "text"),
        "no titles": lambda: void("documents", "title"),
        "vectors changed": lambda: each_vector_file(lambda path: write(path, os.path.getsize(path) // 2, b"\xff" * 4096)),
        "vectors cut off": lambda: each_vector_file(lambda path: os.truncate(path, os.path.getsize(path) // 2)),
        "vectors empty": lambda: each_vector_file(lambda path: os.truncate(path, 0)),
        "vectors gone": lambda: each_vector_file(os.unlink),
        "database gone": lambda: os.unlink(database),
        "database overwritten": lambda: write(database, 0, b"not a database" * 1000),
        "database empty": lambda: os.truncate(database, 0),
        "folder gone": lambda: os.rename(index, index + ".away"),
        "another model's": lambda: restore(other),
    }
    restore()
    query = {"query": "How were credentials stolen?", "top_k": 3}
    with serving(binary, "--index", index) as server:
        expected = server.json("/v1/search", query)
        assert len(expected["results"]) == 3
        for name, damage in damages.items():
            damage()
            for _ in range(2):
                said = sentence(server, 503, "Unhealthy", "/v1/search", query)
                assert said.startswith("the index: ") and folder not in said, (name, said)
            assert json.loads(server.ask("GET", "/info")[2])["index"] is None or name.startswith(("vectors", "no ")), name
            assert server.json("/embed", {"inputs": "a"}) and server.ask("GET", "/ready")[0] == 200
            restore()
            assert server.json("/v1/search", query) == expected, name
        log = server.text()
        assert log.count('"the index cannot be searched"') == log.count('"the index can be searched again"') == len(damages), log[-2000:]
        # Damage of any kind at any place: an answer or a sentence, never more.
        chance = random.Random(6)
        statuses = []
        for _ in range(40):
            restore()
            name = os.path.join(index, chance.choice([name for name in os.listdir(index) if name == "index.sqlite" or name.endswith(".vectors")]))
            for _ in range(chance.choice([1, 20, 300])):
                write(name, chance.randrange(os.path.getsize(name)), chance.randbytes(chance.choice([1, 16])))
            status, _, content = server.ask("POST", "/v1/search", query)
            assert status in (200, 503), (status, content[:300])
            statuses.append(status)
        assert 503 in statuses
        restore()
        assert server.json("/v1/search", query) == expected
        assert server.stop() == 0
    # On a disk that cannot be written, it is searched all the same.
    restore()
    for name in os.listdir(index):
        os.chmod(os.path.join(index, name), 0o444)
    os.chmod(index, 0o555)
    with serving(binary, "--index", index, before=BOUND) as server:
        assert server.json("/v1/search", query) == expected
        os.chmod(database, 0)
        os.utime(database)
        sentence(server, 503, "Unhealthy", "/v1/search", query)
        os.chmod(database, 0o444)
        assert server.json("/v1/search", query) == expected
    os.chmod(index, 0o755)
    # An index that was named must be right; the one that is there for every command need not.
    restore(other)
    done = subprocess.run([binary, "serve", "--port", "0", "--index", index], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and "was built with the model" in done.stderr, done.stderr[-500:]
    done = subprocess.run([binary, "serve", "--port", "0", "--index", index + ".none"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 4 and "there is no index" in done.stderr, done.stderr[-500:]
    done = subprocess.run([binary, "serve", "--port", "0"], capture_output=True, text=True, timeout=60,
                          env={**os.environ, "SECUREBERT_SERVE_INDEX": index})
    assert done.returncode == 3 and "was built with the model" in done.stderr, done.stderr[-500:]
    data = os.path.join(folder, "data", "securebert")
    os.makedirs(data)
    os.rename(index, os.path.join(data, "index"))
    with serving(binary, environment={"XDG_DATA_HOME": os.path.dirname(data)}) as server:
        warnings = [line for line in map(json.loads, server.text().splitlines()) if line["level"] == "warning"]
        assert len(warnings) == 1 and "was built with the model" in warnings[0]["problem"], warnings
        assert "was built with the model" in sentence(server, 503, "Unhealthy", "/v1/search", query)
        assert server.json("/embed", {"inputs": "a"})
    print(f"an index at fault: {statuses.count(200)} of {len(statuses)} random damages left the answer, {statuses.count(503)} got a sentence")


def check_start(binary, folder):
    def fails(code, needle, *arguments, **variables):
        done = subprocess.run([binary, "serve", "--port", "0", *arguments], capture_output=True, text=True, timeout=60,
                              env={**os.environ, **variables})
        assert done.returncode == code and needle in done.stderr, (arguments, done.returncode, done.stderr[-400:])
        assert "Fatal" not in done.stderr

    with serving(binary) as server:
        fails(3, "cannot be listened on", "--port", str(server.port))
    fails(4, "keys.none", "--api-key-file", os.path.join(folder, "keys.none"))
    fails(3, "is a directory, expected a file", "--api-key-file", folder)
    locked = os.path.join(folder, "locked.txt")
    with open(locked, "wb"):
        os.chmod(locked, 0)
    done = subprocess.run([*BOUND, binary, "serve", "--port", "0", "--api-key-file", locked], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and "locked.txt" in done.stderr and "ermission" in done.stderr, (done.returncode, done.stderr)
    broken = os.path.join(folder, "broken.txt")
    with open(broken, "wb") as file:
        file.write(b"soc nothex\n")
    fails(3, "line 1", "--api-key-file", broken)
    with open(broken, "wb") as file:
        file.write(b"\xff\x00")
    fails(3, "line 1", "--api-key-file", broken)
    fails(3, "PEM", "--tls-certificate", broken, "--tls-key", broken)
    fails(4, "no-such-model", "--model", os.path.join(folder, "no-such-model"))
    fails(2, "--port", "--port", "70000")
    fails(2, "belong together", "--tls-key", broken)
    fails(2, "--only-models", "--only-models")
    fails(2, "--max-queue-seconds must be a number", SECUREBERT_SERVE_MAX_QUEUE_SECONDS="soon")
    fails(2, "--payload-limit must be a number", SECUREBERT_SERVE_PAYLOAD_LIMIT="2MB")
    fails(2, "true or false", SECUREBERT_SERVE_ONLY_MODELS="yes")


def main(binary):
    with tempfile.TemporaryDirectory() as folder:
        with serving(binary) as server:
            check_requests(server)
            check_protocol(server)
            assert server.process.poll() is None
            assert not [line for line in server.text().splitlines() if '"status":5' in line], "a request got 5xx"
            assert server.stop() == 0
        check_limits(binary)
        check_keys(binary, folder)
        check_tls(binary, folder)
        check_documents(binary, folder)
        check_index(binary, folder)
        check_start(binary, folder)
        with serving(binary, environment={"SECUREBERT_SERVE_CORS_ORIGIN": "https://soc.example"}) as server:
            origin = {"origin": "https://soc.example", "access-control-request-method": "POST"}
            status, headers, _ = server.ask("OPTIONS", "/embed", headers=origin)
            assert status == 204 and headers["access-control-allow-origin"] == "https://soc.example", (status, headers)
            assert "access-control-allow-origin" not in server.ask("GET", "/health", headers={"origin": "https://evil.example"})[1]
        with serving(binary, "--only-models", "--model", "securebert-mini-ner") as server:
            refused(server, 404, "NotFound", "POST", "/rerank", {"query": "a", "texts": ["b"]})
    print("bad input is refused as documented")


if __name__ == "__main__":
    main(sys.argv[1])
