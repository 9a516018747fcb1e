"""The clients that other people have written, against the server: openai, cohere, huggingface_hub, curl.

usage: PYTHONPATH=.cache/server python3 Scripts/server/check_clients.py BINARY [RERANK_MODEL]
"""
import base64
import json
import struct
import subprocess
import sys

import numpy

from serving import serving

REPORT = "APT29 used SUNBURST against SolarWinds Orion and dumped LSASS memory from 10.1.2[.]3."


def close(first, second):
    return float(numpy.abs(numpy.asarray(first) - numpy.asarray(second)).max()) < 1e-5


def check_openai(server):
    import openai

    client = openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0)
    assert "securebert-mini-embed" in [model.id for model in client.models.list()]
    assert client.models.retrieve("securebert-mini-ner").id == "securebert-mini-ner"
    texts = ["lateral movement over SMB", "credential dumping"]
    # The client asks for base64 and decodes it when nobody says otherwise.
    packed = client.embeddings.create(model="securebert-mini-embed", input=texts)
    plain = client.embeddings.create(model="securebert-mini-embed", input=texts, encoding_format="float")
    ours = server.json("/embed", {"inputs": texts})
    for index in range(2):
        assert packed.data[index].index == index
        assert close(packed.data[index].embedding, plain.data[index].embedding)
        assert close(plain.data[index].embedding, ours[index])
    assert packed.usage.total_tokens > 4
    raw = server.json("/v1/embeddings", {"input": texts[0], "encoding_format": "base64"})["data"][0]["embedding"]
    data = base64.b64decode(raw)
    assert close(struct.unpack(f"<{len(data) // 4}f", data), ours[0])
    short = client.embeddings.create(model="securebert-mini-embed", input="x", dimensions=64, encoding_format="float")
    assert len(short.data[0].embedding) == 64 and abs(numpy.linalg.norm(short.data[0].embedding) - 1) < 1e-5
    try:
        client.embeddings.create(model="text-embedding-3-small", input="x")
        raise AssertionError("an unknown model was accepted")
    except openai.NotFoundError as error:
        assert error.code == "model_not_found", error.code
    try:
        client.embeddings.create(model="securebert-mini-embed", input=[[1, 2, 3]])
        raise AssertionError("token ids were accepted")
    except openai.UnprocessableEntityError:
        pass
    print("openai", openai.__version__)


def check_huggingface(server):
    import huggingface_hub

    def client(model):
        return huggingface_hub.InferenceClient(model=f"{server.url}/models/{model}", token="none")

    vector = client("securebert-mini-embed").feature_extraction("lateral movement")
    assert close(vector, server.json("/models/securebert-mini-embed", {"inputs": ["lateral movement"]})[0])
    scores = client("securebert-mini-embed").sentence_similarity(
        "The actor dumped LSASS memory.", other_sentences=["Credentials were stolen from LSASS.", "The weather is fine."])
    assert scores[0] > scores[1], scores
    entities = client("securebert-mini-ner").token_classification(REPORT)
    assert any(entity.word == "APT29" and REPORT[entity.start:entity.end] == "APT29" for entity in entities), entities
    masks = client("securebert-mini").fill_mask("Adversaries dump <mask> to obtain credentials.")
    assert len(masks) == 5 and masks[0].score >= masks[1].score and "<mask>" not in masks[0].sequence
    labels = client("securebert-mini-attack").text_classification("They dumped the memory of lsass.exe with Mimikatz.")
    assert labels[0].label == "T1003.001", labels[:3]
    print("huggingface_hub", huggingface_hub.__version__)


def check_cohere(server):
    import cohere

    query, documents = "How do attackers steal credentials?", ["They dump the memory of LSASS.", "The patch is out.", "It rained."]
    ours = server.json("/rerank", {"query": query, "texts": documents, "raw_scores": True, "return_text": True})
    assert sorted(item["index"] for item in ours) == [0, 1, 2]
    assert [item["score"] for item in ours] == sorted((item["score"] for item in ours), reverse=True)
    assert ours[0]["text"] == documents[ours[0]["index"]]
    for client in (cohere.Client("none", base_url=server.url), cohere.ClientV2("none", base_url=server.url)):
        theirs = client.rerank(model="rerank", query=query, documents=documents, top_n=2)
        assert [item.index for item in theirs.results] == [item["index"] for item in ours[:2]]
    print("cohere", cohere.__version__)


def check_curl(server):
    def curl(*arguments):
        return subprocess.run(["curl", "--silent", "--show-error", "--fail", *arguments], check=True, capture_output=True).stdout

    bundle = json.loads(curl("-F", "file=@Examples/reports/08-cisa-stopransomware-hive.txt", server.url + "/stix"))
    assert bundle["type"] == "bundle" and any(item["type"] == "attack-pattern" for item in bundle["objects"])
    assert json.loads(curl(server.url + "/health"))["status"] == "ok"
    metrics = curl(server.url + "/metrics").decode()
    for name in ("securebert_tokenize_seconds_count", "securebert_queue_seconds_count", "securebert_compute_seconds_count"):
        count = [line for line in metrics.splitlines() if line.startswith(name)]
        assert count and float(count[0].split()[-1]) > 0, name
    print(subprocess.run(["curl", "--version"], capture_output=True, text=True).stdout.split("\n")[0][:30])


def main(binary, rerank):
    with serving(binary, "--model", f"rerank={rerank}") as server:
        check_openai(server)
        check_huggingface(server)
        check_cohere(server)
        check_curl(server)
        # Nothing of what was asked is in the log.
        assert "SUNBURST" not in server.text() and "lateral" not in server.text()
        assert server.stop() == 0, server.text()[-500:]
    print("clients agree")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
