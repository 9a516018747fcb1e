"""The clients that other people have written, against the server: openai, cohere, huggingface_hub, OpenCTI's connector, curl.

usage: PYTHONPATH=.cache/server python3 Scripts/server/check_clients.py BINARY [RERANK_MODEL]
"""
import base64
import json
import struct
import subprocess
import sys
import tempfile

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


def check_ids(server):
    """Ids of tokens for texts, as text-embeddings-inference takes them."""
    texts = ["lateral movement over SMB", "APT29 dumped LSASS memory; \u0441redentials"]
    ids = [[token["id"] for token in tokens] for tokens in server.json("/tokenize", {"inputs": texts, "model": "securebert-mini-embed"})]
    expected = server.json("/embed", {"inputs": texts})
    assert server.json("/embed", {"inputs": ids}) == expected
    assert server.json("/embed", {"inputs": ids[0]}) == expected[:1]
    assert server.json("/embed", {"inputs": [texts[0], ids[1]], "truncate": True}) == expected


def check_ids_of_other_models(binary):
    """Behind a prompt stands the text that ids are of; ids that the model cannot read at once are cut where that was asked for."""
    folder = "Fixtures/models/st-"
    with serving(binary, "--only-models", "--model", f"prompts={folder}prompts", "--model", f"plain={folder}mean-normalize") as server:
        def embed(inputs, model, **options):
            return server.json("/embed", {"inputs": inputs, "model": model, **options})

        ids = [token["id"] for token in server.json("/tokenize", {"inputs": "the attacker moved", "model": "prompts"})[0]]
        text = server.json("/decode", {"ids": ids, "model": "prompts"})[0]
        for prompt in ("query", "document", None):
            assert embed(ids, "prompts", prompt_name=prompt) == embed(text, "prompts", prompt_name=prompt)
        assert embed(ids, "prompts", prompt_name="query") != embed(ids, "prompts")
        longest = {model["id"]: model["max_input_length"] for model in json.loads(server.ask("GET", "/info")[2])["models"]}["plain"]
        many = [5] * (longest + 1)
        error = server.json("/embed", {"inputs": many, "model": "plain"}, expected=422)
        assert f"at most {longest} token ids" in error["error"], error
        assert embed(many, "plain", truncate=True) == embed(many[:-1], "plain")


def check_opencti(binary):
    """What client_api.py of OpenCTI's connector import-document-ai sends (August 2026): its api_key in base64, in a header of its own."""
    import requests

    def new_key(name):
        done = subprocess.run([binary, "serve", "--new-key", name], capture_output=True, text=True, check=True)
        return done.stderr.split()[-1], done.stdout.strip()

    def connector(api_key):
        session = requests.Session()
        session.headers.update({"X-OpenCTI-Certificate": base64.b64encode(api_key.encode()), "X-OpenCTI-instance-id": "5f9a1c3e"})
        return session

    def post(session, path="/stix"):
        with open("Examples/reports/08-cisa-stopransomware-hive.txt", "rb") as file:
            return session.post(url=server.url + path, files={"file": ("hive.txt", file, "text/plain")})

    (key, line), (_, other) = new_key("opencti"), new_key("soc")
    with tempfile.NamedTemporaryFile("w") as keys:
        keys.write(f"{line} per-minute=3\n{other}\n")
        keys.flush()
        with serving(binary, "--api-key-file", keys.name) as server:
            # A certificate's place in YAML ends with the end of a line.
            for api_key in (key, key + "\n"):
                response = post(connector(api_key))
                response.raise_for_status()
                assert response.json()["type"] == "bundle"
            for api_key in (key[:-1], "", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"):
                assert post(connector(api_key)).status_code == 401
            odd = requests.Session()
            for value in ("not base64!", key, "/w=="):
                odd.headers["X-OpenCTI-Certificate"] = value
                assert post(odd).status_code == 401, value
            # For that route alone: no other has a client that cannot send it otherwise.
            assert post(connector(key), "/v1/text").status_code == 401
            assert connector(key).post(server.url + "/embed", json={"inputs": "a"}).status_code == 401
            assert connector(key).get(server.url + "/info").status_code == 401
            # Its limits hold, however slow this machine is.
            session, statuses = connector(key), []
            while 429 not in statuses and len(statuses) < 12:
                limited = session.post(server.url + "/stix", files={"file": ("a.txt", b"Ryuk", "text/plain")})
                statuses.append(limited.status_code)
            assert statuses[-1] == 429 and int(limited.headers["retry-after"]) >= 1, statuses
            log = server.text()
            assert '"key":"opencti"' in log and key not in log and base64.b64encode(key.encode()).decode() not in log
    print("import-document-ai by requests", requests.__version__)


def check_curl(server):
    def curl(*arguments):
        return subprocess.run(["curl", "--silent", "--show-error", "--fail", *arguments], check=True, capture_output=True).stdout

    bundle = json.loads(curl("-F", "file=@Examples/reports/08-cisa-stopransomware-hive.txt", server.url + "/stix"))
    assert bundle["type"] == "bundle" and any(item["type"] == "attack-pattern" for item in bundle["objects"])
    document = json.loads(curl("-F", "file=@Examples/reports/08-cisa-stopransomware-hive.txt", server.url + "/v1/text"))
    with open("Examples/reports/08-cisa-stopransomware-hive.txt", encoding="utf-8") as file:
        assert document["text"] == file.read() and document["file"] == "08-cisa-stopransomware-hive.txt" and len(document["sha256"]) == 64
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
        check_ids(server)
        check_curl(server)
        # Nothing of what was asked is in the log.
        assert "SUNBURST" not in server.text() and "lateral" not in server.text()
        assert server.stop() == 0, server.text()[-500:]
    check_ids_of_other_models(binary)
    check_opencti(binary)
    print("clients agree")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
