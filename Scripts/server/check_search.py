"""`/v1/search` of an index: what it answers, and that nobody learns from it where files are on the server.

usage: python3 Scripts/server/check_search.py BINARY
"""
import json
import os
import re
import subprocess
import sys
import tempfile

from serving import serving


def main():
    binary = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="whereabouts-") as folder:
        os.makedirs(os.path.join(folder, "reports/old"))
        for name, text in (("a.txt", "The loader uses CVE-2024-3400."), ("old/b.txt", "Ransomware encrypts the server.")):
            with open(os.path.join(folder, "reports", name), "w", encoding="utf-8") as file:
                file.write(text)
        with open(os.path.join(folder, "reports/n.jsonl"), "w", encoding="utf-8") as file:
            file.write(json.dumps({"text": "A loader without an id."}) + "\n")
        index = os.path.join(folder, "index")
        subprocess.run([binary, "index", "build", "-q", os.path.join(folder, "reports"), "--index", index], check=True)
        with serving(binary, "--index", index) as server:
            check_answers(server)
            check_defaults(binary, server)
        check_reranking(binary, index)
        check_damage(binary, index)
    print("search over HTTP: what is found, and nothing about the server's files")


def ask(server, body, expected=200):
    status, _, content = server.ask("POST", "/v1/search", body)
    assert status == expected, (body, status, content[:300])
    text = content.decode()
    assert "whereabouts" not in text and "/tmp" not in text, text
    return json.loads(text)


def files(answer):
    return [result["file"] for result in answer["results"]]


def check_answers(server):
    for level in ("passage", "document"):
        for mode in ("hybrid", "bm25", "vector"):
            answer = ask(server, {"query": "loader", "level": level, "mode": mode})
            assert "a.txt" in files(answer), answer
            assert all(result["id"] == "a.txt" or result["id"].startswith(("n.jsonl#", "old/b.txt")) for result in answer["results"])
    assert files(ask(server, {"query": "server", "filter": {"path": "old"}})) == ["old/b.txt"]
    assert files(ask(server, {"query": "server", "filter": {"path": ["a.txt", "n.jsonl"]}, "mode": "vector"})).count("old/b.txt") == 0
    # Whether a path of the server is that of the index is not to be found out.
    for path in ("/", "/tmp", "../reports", "/etc/passwd"):
        assert files(ask(server, {"query": "server", "filter": {"path": path}})) == []
    first = ask(server, {"query": "Ransomware encrypts the server CVE-2024-3400", "vector_weight": 1, "fusion": "scores"})
    assert files(first)[0] == "a.txt", first
    assert files(ask(server, {"query": "ransomware", "fusion": "ranks", "vector_weight": 0.5}))[0] == "old/b.txt"
    assert ask(server, {"query": "zzzz", "mode": "bm25"})["results"] == []
    for wrong in ({"vector_weight": 2}, {"vector_weight": "much"}, {"rerank_weight": -1}, {"fusion": "best"}, {"top_k": 0}, {"rerank_depth": 0}, {"filter": []}):
        assert ask(server, {"query": "loader", **wrong}, 422)["error_type"] == "Validation"
    # With the cross-encoder that ships.
    assert "logit" in ask(server, {"query": "loader", "rerank_depth": 1})["results"][0]
    assert ask(server, {"query": " "}, 400)["error_type"] == "Empty"
    assert "whereabouts" not in server.ask("GET", "/info")[2].decode()


def check_defaults(binary, server):
    """The description of the server and the help of `search` name the same."""
    described = json.loads(server.ask("GET", "/openapi.json")[2])["paths"]["/v1/search"]["post"]
    described = described["requestBody"]["content"]["application/json"]["schema"]["properties"]
    text = " ".join(subprocess.run([binary, "search", "--help"], capture_output=True, text=True, check=True).stdout.split())
    for option, name in (("--fusion", "fusion"), ("--vector-weight", "vector_weight"), ("--rerank-weight", "rerank_weight")):
        found = re.search(f"{option} <.*?Default: (\\S+?)\\.? ", text).group(1)
        assert found == str(described[name]["default"]), (option, found, described[name])


def check_reranking(binary, index):
    """A served cross-encoder reads the first results again, alone or beside the ranking before."""
    model = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Fixtures/models/ce-sigmoid")
    query = {"query": "What was encrypted?"}
    with serving(binary, "--index", index, "--model", f"ce={model}", "--index-reranker", "ce") as server:
        before = files(ask(server, query))
        read = ask(server, {**query, "rerank_depth": 2})["results"]
        assert [result.get("logit") is None for result in read] == [False, False, True], read
        assert files(ask(server, {**query, "rerank_depth": 3, "rerank_weight": 0})) == before
        logits = [result["logit"] for result in ask(server, {**query, "rerank_depth": 3, "rerank_weight": 1})["results"]]
        assert len(logits) == 3 and logits == sorted(logits, reverse=True), logits


def check_damage(binary, index):
    """A sentence, status 503, and a server that goes on."""
    with open(os.path.join(index, "passages-1.vectors"), "r+b") as file:
        file.seek(-3, os.SEEK_END)
        file.write(b"\x55")
    with serving(binary, "--index", index) as server:
        answer = ask(server, {"query": "loader", "mode": "vector"}, 503)
        assert answer["error"].startswith("the index: ") and "damaged" in answer["error"], answer
        assert index not in answer["error"] and os.path.dirname(index) not in answer["error"], answer
        assert files(ask(server, {"query": "loader", "mode": "bm25"}))
        assert server.ask("GET", "/health")[0] == 200


main()
