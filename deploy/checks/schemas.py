"""Whether objects are what Kubernetes and the operators take."""

import copy
import json

import jsonschema
import kubernetes_validate

from manifests import DEPLOY, pod_of, title

# The oldest and the newest that is supported: `unhealthyPodEvictionPolicy` is stable from 1.31 on.
VERSIONS = ["1.31", "1.37"]


def problems(case) -> list[str]:
    found = []
    for one in case.objects:
        group, _, version = one["apiVersion"].rpartition("/")
        if "." in group and not group.endswith(".k8s.io"):
            found += of_custom(one, group, version)
        else:
            found += [what for kubernetes in VERSIONS for what in of_kubernetes(one, kubernetes)]
    return found


def of_kubernetes(one: dict, version: str) -> list[str]:
    try:
        kubernetes_validate.validate(one, version, strict=True)
    except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
        where = ".".join(str(step) for step in getattr(error, "path", []))
        what = getattr(error, "message", str(error)).splitlines()[0]
        return [f"{title(one)}: Kubernetes {version} refuses {where}: {what}"]
    return []


def of_custom(one: dict, group: str, version: str) -> list[str]:
    file = DEPLOY / "schemas" / group / f"{one['kind'].lower()}_{version}.json"
    if not file.is_file():
        return [f"{title(one)}: {file.relative_to(DEPLOY)} is missing"]
    validator = jsonschema.Draft202012Validator(json.loads(file.read_text()))
    return [
        f"{title(one)}: {'.'.join(str(step) for step in error.path)}: {error.message}"
        for error in validator.iter_errors(one)
    ]


def misspelt(case, kind: str, change):
    spoilt = copy.deepcopy(case)
    change(spoilt.of_kind(kind)[0])
    return spoilt


def blind_spots(case) -> list[str]:
    spoilt = {
        "a misspelt field": misspelt(
            case, "Deployment", lambda it: pod_of(it).update(terminationGracePeriod=20)
        ),
        "a number as a variable": misspelt(
            case, "Deployment",
            lambda it: pod_of(it)["containers"][0]["env"].append({"name": "A", "value": 1}),
        ),
        "an API version that is gone": misspelt(
            case, "PodDisruptionBudget", lambda it: it.update(apiVersion="policy/v1beta1")
        ),
        "Strimzi's old API": misspelt(
            case, "KafkaUser", lambda it: it.update(apiVersion="kafka.strimzi.io/v1beta2")
        ),
        "Strimzi's single operation": misspelt(
            case, "KafkaUser",
            lambda it: it["spec"]["authorization"]["acls"][0].update(operation="Read"),
        ),
        "a misspelt field of a PodMonitor": misspelt(
            case, "PodMonitor", lambda it: it["spec"].update(podMetricsEndpoint=[])
        ),
        "a number as a label of an alert": misspelt(
            case, "PrometheusRule",
            lambda it: it["spec"]["groups"][0]["rules"][0]["labels"].update(level=1),
        ),
    }
    return [f"schemas overlook {name}" for name, one in spoilt.items() if not problems(one)]
