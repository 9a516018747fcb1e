#!/usr/bin/env python3
"""Checks the manifests in Packaging/kubernetes: against the schemas of Kubernetes, strictly, and what refers to what.

A schema knows the names of fields and not that a selector finds the pods, that a port or a secret has the name it is called by, or that
a pod is given the time that it needs to drain. Kinds that Kubernetes does not have itself have no schema here; they are named.

usage: Packaging/check-kubernetes.py FOLDER (with kubernetes-validate and PyYAML on PYTHONPATH)
"""

import copy
import pathlib
import sys

import kubernetes_validate
import yaml

# The oldest release that has every field, and the newest that the validator knows.
VERSIONS = ("1.29", "1.37")
failures: list[str] = []


def expect(condition: bool, words: str) -> None:
    if not condition:
        failures.append(words)


def check_schema(name: str, document: dict) -> bool:
    """Whether there is a schema for the document."""
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            return False
        except kubernetes_validate.ValidationError as error:
            failures.append(f"{name}, Kubernetes {version}: {'.'.join(map(str, error.path))}: {error.message}")
    return True


def check_validator(document: dict) -> None:
    """The validator refuses a field with a wrong name, and a number where a text must be: it does look at what is inside."""
    wrong = copy.deepcopy(document)
    wrong["spec"]["template"]["spec"]["containers"][0]["livenesProbe"] = {}
    other = copy.deepcopy(document)
    other["spec"]["template"]["spec"]["containers"][0]["image"] = 1
    for case in (wrong, other):
        try:
            kubernetes_validate.validate(case, VERSIONS[-1], strict=True)
            failures.append("the validator takes a deployment that is wrong")
        except kubernetes_validate.ValidationError:
            pass


def check_references(kinds: dict[str, dict]) -> None:
    deployment = kinds["Deployment"]
    pod = deployment["spec"]["template"]
    labels = pod["metadata"]["labels"].items()
    container = pod["spec"]["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    environment = {entry["name"]: entry["value"] for entry in container["env"]}

    selectors = {
        "the deployment": deployment["spec"]["selector"]["matchLabels"],
        "the service": kinds["Service"]["spec"]["selector"],
        "the network policy": kinds["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
        "the disruption budget": kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
    }
    for owner, selector in selectors.items():
        expect(selector.items() <= labels, f"the selector of {owner} does not find the pods")
    monitored = kinds["ServiceMonitor"]["spec"]
    expect(monitored["selector"]["matchLabels"].items() <= kinds["Service"]["metadata"]["labels"].items(), "the monitor does not find the service")
    expect(monitored["endpoints"][0]["port"] in {port["name"] for port in kinds["Service"]["spec"]["ports"]}, "the monitor names no port of the service")

    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        expect(container[probe]["httpGet"]["port"] in ports, f"{probe} names no port of the container")
    expect(container["livenessProbe"]["httpGet"]["path"] == "/health", "the liveness probe must not wait for models")
    expect(container["readinessProbe"]["httpGet"]["path"] == "/ready", "the readiness probe must wait for models")
    for port in kinds["Service"]["spec"]["ports"]:
        expect(port["targetPort"] in ports, "the service names no port of the container")
    for port in kinds["NetworkPolicy"]["spec"]["ingress"][0]["ports"]:
        expect(port["port"] in ports.values(), "the network policy opens a port that nobody listens on")
    expect(environment["SECUREBERT_SERVE_PORT"] == str(ports["http"]), "the server listens on another port")

    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    expect(mounts.keys() == volumes.keys(), "volumes and mounts differ")
    secret = kinds["Secret"]
    expect(volumes["api-keys"]["secret"]["secretName"] == secret["metadata"]["name"], "the example of the secret has another name")
    key = environment["SECUREBERT_SERVE_API_KEY_FILE"]
    expect(key in {f"{mounts['api-keys']}/{name}" for name in secret["stringData"]}, "the key file is not in the secret")

    target = kinds["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
    expect((target["kind"], target["name"]) == ("Deployment", deployment["metadata"]["name"]), "the autoscaler scales something else")
    metric = kinds["HorizontalPodAutoscaler"]["spec"]["metrics"][0]["pods"]["metric"]["name"]
    rules = yaml.safe_load(kinds["ConfigMap"]["data"]["config.yaml"])["rules"]
    expect(metric in {rule["name"]["as"] for rule in rules}, "no rule of the adapter makes the metric of the autoscaler")
    expect(deployment["spec"]["replicas"] == kinds["HorizontalPodAutoscaler"]["spec"]["minReplicas"], "the autoscaler begins elsewhere")

    # What Kubernetes' restricted profile asks for.
    security = container["securityContext"]
    expect(pod["spec"]["securityContext"]["runAsNonRoot"] and pod["spec"]["securityContext"]["runAsUser"] != 0, "the pod may be root")
    expect(pod["spec"]["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault", "system calls are not filtered")
    expect(security["readOnlyRootFilesystem"] and not security["allowPrivilegeEscalation"], "the container may change itself")
    expect(security["capabilities"] == {"drop": ["ALL"]}, "the container keeps capabilities")
    expect("memory" in container["resources"]["limits"], "the container's memory has no limit")
    delay = int(environment["SECUREBERT_SERVE_DRAIN_DELAY"])
    expect(pod["spec"]["terminationGracePeriodSeconds"] >= delay + 30 + 5, "the pod is killed before it has drained")


def main() -> None:
    kinds: dict[str, dict] = {}
    without_schema = []
    count = 0
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            count += 1
            kinds[document["kind"]] = document
            if not check_schema(path.name, document):
                without_schema.append(document["kind"])
    check_validator(kinds["Deployment"])
    check_references(kinds)
    expect(without_schema == ["ServiceMonitor"], f"no schema for {without_schema}")
    if failures:
        sys.exit("check-kubernetes: " + "\ncheck-kubernetes: ".join(failures))
    print(f"kubernetes: {count} manifests fit the schemas of {' and '.join(VERSIONS)}; without a schema: {', '.join(without_schema)}")


main()
