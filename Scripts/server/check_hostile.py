"""Bad requests and bad files, each with the status or exit code that is documented, one sentence, and a server that stays up.

usage: python3 Scripts/server/check_hostile.py BINARY
"""
import concurrent.futures
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
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
    refused(server, 404, "NotFound", "POST", "/rerank", {"query": "a", "texts": ["b"]})
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
    refused(server, 415, "UnsupportedMediaType", "POST", "/stix", b"x", {"content-type": "multipart/form-data"})
    refused(server, 400, "Malformed", "POST", "/stix", b"no boundary", form)
    refused(server, 400, "Malformed", "POST", "/stix", b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\ncut off', form)

    def part(content, name="file", file="r.txt"):
        return f'--b\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'.encode() + content + b"\r\n--b--\r\n"

    refused(server, 422, "Validation", "POST", "/stix", part(b"text", name="other"), form)
    refused(server, 400, "Empty", "POST", "/stix", part(b""), form)
    refused(server, 422, "Validation", "POST", "/stix", part(b"\x00\x01\x02" * 100), form)
    refused(server, 422, "Validation", "POST", "/stix", part(b"%PDF-1.7 not really", file="../../x.pdf"), form)
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


def check_start(binary, folder):
    def fails(code, needle, *arguments, **variables):
        done = subprocess.run([binary, "serve", "--port", "0", *arguments], capture_output=True, text=True, timeout=60,
                              env={**os.environ, **variables})
        assert done.returncode == code and needle in done.stderr, (arguments, done.returncode, done.stderr[-400:])
        assert "Fatal" not in done.stderr

    with serving(binary) as server:
        fails(3, "cannot be listened on", "--port", str(server.port))
    fails(4, "keys.none", "--api-key-file", os.path.join(folder, "keys.none"))
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
        check_keys(binary, folder)
        check_tls(binary, folder)
        check_start(binary, folder)
        with serving(binary, environment={"SECUREBERT_SERVE_CORS_ORIGIN": "https://soc.example"}) as server:
            origin = {"origin": "https://soc.example", "access-control-request-method": "POST"}
            status, headers, _ = server.ask("OPTIONS", "/embed", headers=origin)
            assert status == 204 and headers["access-control-allow-origin"] == "https://soc.example", (status, headers)
            assert "access-control-allow-origin" not in server.ask("GET", "/health", headers={"origin": "https://evil.example"})[1]
    print("bad input is refused as documented")


if __name__ == "__main__":
    main(sys.argv[1])
