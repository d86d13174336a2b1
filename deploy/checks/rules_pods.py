"""What Kubernetes is told about the pods: rights, probes, ends, and where they may run."""

import re

from manifests import RECEIVE, container_of, labels_of, pod_of, selects, title
from registry import rule

# What the profile `restricted` of the Pod Security Standards allows.
VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim",
    "projected", "secret",
}
READ_ONLY_VOLUMES = {"configMap", "downwardAPI", "projected", "secret"}
HOST = ("hostNetwork", "hostPID", "hostIPC")


def set_in(path: list, value, of=lambda case: pod_of(case.deployment())):
    """A break: puts `value` at `path`."""

    def spoil(case):
        place = of(case)
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return spoil


def remove_in(path: list, of=lambda case: pod_of(case.deployment())):
    def spoil(case):
        place = of(case)
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return spoil


def add_volume(volume: dict):
    return lambda case: pod_of(case.deployment())["volumes"].append(volume)


CONTAINER = ["containers", 0, "securityContext"]


@rule("pods keep to the profile `restricted`", breaks=[
    remove_in(["securityContext", "runAsNonRoot"]),
    set_in(["securityContext", "runAsUser"], 0),
    set_in([*CONTAINER, "runAsUser"], 0),
    set_in(["securityContext", "seccompProfile", "type"], "Unconfined"),
    remove_in([*CONTAINER, "allowPrivilegeEscalation"]),
    set_in([*CONTAINER, "privileged"], True),
    set_in([*CONTAINER, "capabilities"], {"drop": ["ALL"], "add": ["NET_RAW"]}),
    remove_in([*CONTAINER, "capabilities"]),
    set_in(["hostNetwork"], True),
    set_in(["containers", 0, "ports", 0, "hostPort"], 9464),
    add_volume({"name": "host", "hostPath": {"path": "/"}}),
    set_in(["securityContext", "runAsUser"], 0, lambda case: pod_of(case.of_kind("Job")[0])),
])
def restricted(case, _source):
    for workload in case.workloads():
        pod, where = pod_of(workload), title(workload)
        of_pod = pod.get("securityContext", {})
        for name in HOST:
            if pod.get(name):
                yield f"{where}: {name}"
        for volume in pod.get("volumes", []):
            if not set(volume) - {"name"} <= VOLUMES:
                yield f"{where}: volume {volume['name']} is of a kind that is not allowed"
        for one in pod["containers"] + pod.get("initContainers", []):
            own = one.get("securityContext", {})
            both = {**of_pod, **own}
            if both.get("runAsNonRoot") is not True or not both.get("runAsUser"):
                yield f"{where}: runs as root, or may"
            if both.get("seccompProfile", {}).get("type") not in ("RuntimeDefault", "Localhost"):
                yield f"{where}: no seccomp profile"
            if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
                yield f"{where}: may gain privileges"
            capabilities = own.get("capabilities", {})
            if capabilities.get("drop") != ["ALL"] or capabilities.get("add"):
                yield f"{where}: has capabilities"
            if any("hostPort" in port for port in one.get("ports", [])):
                yield f"{where}: opens a port of the node"


@rule("nothing can be written", breaks=[
    set_in([*CONTAINER, "readOnlyRootFilesystem"], False),
    add_volume({"name": "tmp", "emptyDir": {}}),
    remove_in(["containers", 0, "volumeMounts", 0, "readOnly"]),
])
def read_only(case, _source):
    for workload in case.workloads():
        own = container_of(workload)
        if own["securityContext"].get("readOnlyRootFilesystem") is not True:
            yield f"{title(workload)}: the root file system can be written"
        for mount in own.get("volumeMounts", []):
            if mount.get("readOnly") is not True:
                yield f"{title(workload)}: {mount['mountPath']} is not mounted read-only"
        for volume in pod_of(workload).get("volumes", []):
            if not set(volume) - {"name"} <= READ_ONLY_VOLUMES:
                yield f"{title(workload)}: volume {volume['name']} can be written"


@rule("no way to the Kubernetes API", breaks=[
    set_in(["automountServiceAccountToken"], True),
    lambda case: case.find("ServiceAccount", "usher").pop("automountServiceAccountToken"),
    set_in(["serviceAccountName"], "default"),
    remove_in(["enableServiceLinks"]),
])
def no_api(case, _source):
    for account in case.of_kind("ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"{title(account)}: hands out its token"
    for workload in case.workloads():
        pod = pod_of(workload)
        if pod.get("automountServiceAccountToken") is not False:
            yield f"{title(workload)}: mounts a token"
        if not case.find("ServiceAccount", pod.get("serviceAccountName", "")):
            yield f"{title(workload)}: has no service account of its own"
        if pod.get("enableServiceLinks") is not False:
            yield f"{title(workload)}: every service of the namespace becomes a variable"


@rule("secrets are files that can change", breaks=[
    lambda case: case.container()["env"].append({
        "name": "USHER__TENANTS__0__TARGETS__0__TOKEN",
        "valueFrom": {"secretKeyRef": {"name": "usher-tokens", "key": "netskope-token"}},
    }),
    lambda case: case.container()["env"].append({
        "name": "USHER__KAFKA__SECURITY__SASL__PASSWORD", "value": "guess",
    }),
    set_in(["containers", 0, "envFrom"], [{"secretRef": {"name": "usher-tokens"}}]),
    set_in(["containers", 0, "volumeMounts", 1, "subPath"], "netskope-token"),
    lambda case: case.objects.append({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "usher-tokens"},
    }),
    lambda case: [
        volume["projected"].update(defaultMode=0o444)
        for volume in pod_of(case.deployment())["volumes"] if "projected" in volume
    ],
    remove_in(["securityContext", "fsGroup"]),
])
def secrets_are_files(case, _source):
    yield from (f"{title(one)} is in the tree" for one in case.of_kind("Secret"))
    for workload in case.workloads():
        pod, own, where = pod_of(workload), container_of(workload), title(workload)
        for variable in own.get("env", []):
            is_secret = re.search(r"(PASSWORD|TOKEN|SECRET|KEY)$", variable["name"])
            if is_secret or "secretKeyRef" in variable.get("valueFrom", {}):
                yield f"{where}: {variable['name']} is a secret in a variable"
        if own.get("envFrom"):
            yield f"{where}: envFrom may bring secrets"
        for mount in own.get("volumeMounts", []):
            if "subPath" in mount or "subPathExpr" in mount:
                yield f"{where}: {mount['mountPath']} with subPath is never updated"
        for volume in pod.get("volumes", []):
            if "secret" in volume:
                yield f"{where}: volume {volume['name']} is not projected"
            if volume.get("projected", {}).get("defaultMode", 0o440) != 0o440:
                yield f"{where}: the files of {volume['name']} can be read by everybody"
            if "projected" in volume and "fsGroup" not in pod["securityContext"]:
                yield f"{where}: the files of {volume['name']} cannot be read by usher"


@rule("a variable refers only to earlier ones", breaks=[
    lambda case: case.container()["env"].insert(0, case.container()["env"].pop()),
    lambda case: case.container()["env"].append({"name": "LAST", "value": "$(NOBODY)"}),
])
def references(case, _source):
    for workload in case.workloads():
        known = set()
        for variable in container_of(workload).get("env", []):
            for name in re.findall(r"\$\((\w+)\)", variable.get("value", "")):
                if name not in known:
                    yield f"{title(workload)}: {variable['name']} refers to {name} before it is there"
            known.add(variable["name"])


@rule("a replica is named by its pod", breaks=[
    lambda case: case.container()["env"].remove(next(
        one for one in case.container()["env"] if one["name"] == "USHER__KAFKA__INSTANCE_ID"
    )),
    lambda case: case.configure(lambda it: it["kafka"].update(instance_id="all-the-same")),
])
def instance(case, _source):
    if not case.deployment():
        return
    variables = {one["name"]: one for one in case.container().get("env", [])}
    given = variables.get("USHER__KAFKA__INSTANCE_ID", {})
    if given.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath") != "metadata.name":
        yield "USHER__KAFKA__INSTANCE_ID is not the name of the pod"
    if "instance_id" in case.configuration()["kafka"]:
        yield "usher.yaml gives all replicas one instance_id"


def probe(kind: str, **changes):
    return lambda case: case.container()[kind]["httpGet"].update(changes)


@rule("probes ask for life and readiness apart", breaks=[
    probe("livenessProbe", path="/readyz"),
    probe("readinessProbe", path="/healthz"),
    probe("startupProbe", path="/readyz"),
    probe("livenessProbe", path="/health"),
    probe("readinessProbe", port="admin"),
    lambda case: case.container().pop("startupProbe"),
    lambda case: case.container()["livenessProbe"].update(timeoutSeconds=1),
    lambda case: container_of(case.pages())["readinessProbe"]["httpGet"].update(port="pages"),
])
def probes(case, source):
    for workload in case.of_kind("Deployment"):
        for problem in of_probes(container_of(workload), source):
            yield f"{title(workload)}: {problem}"


def of_probes(own: dict, source):
    ports = {port["name"] for port in own.get("ports", [])}
    wanted = {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    for kind, path in wanted.items():
        asked = own.get(kind, {}).get("httpGet")
        if not asked:
            yield f"no {kind}"
            continue
        if asked["path"] != path:
            yield f"{kind} asks {asked['path']}, not {path}"
        if asked["path"] not in source.paths:
            yield f"{kind}: usher does not serve {asked['path']}"
        if asked["port"] != "http" or "http" not in ports:
            yield f"{kind}: the container has no port {asked['port']} for probes"
        if kind != "startupProbe" and own[kind].get("timeoutSeconds", 1) < 2:
            yield f"{kind}: a busy node takes longer than its timeout"


@rule("the grace period is longer than the drain", breaks=[
    set_in(["terminationGracePeriodSeconds"], 4),
    set_in(["terminationGracePeriodSeconds"], 120),
])
def grace(case, source):
    for workload in case.of_kind("Deployment"):
        given = pod_of(workload).get("terminationGracePeriodSeconds", 30)
        if given < source.drain_seconds + 5:
            yield f"{title(workload)}: {given} s, and usher may take {source.drain_seconds:.1f} s"
        if given > 60:
            yield f"{given} s: a replica that hangs keeps its node"


@rule("a node can be drained, and a rollout goes one by one", breaks=[
    lambda case: case.deployment()["spec"].update(replicas=1),
    lambda case: case.of_kind("PodDisruptionBudget")[0]["spec"].update(maxUnavailable=0),
    lambda case: case.of_kind("PodDisruptionBudget")[0]["spec"].update(minAvailable=2),
    lambda case: case.of_kind("PodDisruptionBudget")[0]["spec"].pop("unhealthyPodEvictionPolicy"),
    lambda case: case.objects.remove(case.of_kind("PodDisruptionBudget")[0]),
    lambda case: case.deployment()["spec"].update(strategy={"type": "Recreate"}),
    lambda case: pod_of(case.deployment()).pop("topologySpreadConstraints"),
    set_in(["topologySpreadConstraints", 0, "whenUnsatisfiable"], "DoNotSchedule"),
])
def disruption(case, _source):
    if not case.deployment():
        return
    spec = case.deployment()["spec"]
    if spec.get("replicas", 1) < 2:
        yield "one replica: every restart is an outage"
    if spec["strategy"] != {
        "type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1},
    }:
        yield "a rollout does not go one by one"
    own = labels_of(case.deployment())
    budgets = [
        one["spec"] for one in case.of_kind("PodDisruptionBudget")
        if selects(one["spec"]["selector"], own)
    ]
    if [one.get("maxUnavailable") for one in budgets] != [1] or "minAvailable" in budgets[0]:
        yield "the disruption budget is not: one at a time"
    if any(one.get("unhealthyPodEvictionPolicy") != "AlwaysAllow" for one in budgets):
        yield "a pod that is not ready keeps its node from being drained"
    spread = {
        one["topologyKey"]: one["whenUnsatisfiable"]
        for one in pod_of(case.deployment()).get("topologySpreadConstraints", [])
    }
    wanted = {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    if set(spread) != wanted or set(spread.values()) != {"ScheduleAnyway"}:
        yield "replicas are not spread over zones and nodes, or refuse to start unless they are"


@rule("memory has a limit and CPU has none", breaks=[
    lambda case: case.container()["resources"]["limits"].update(cpu="1"),
    lambda case: case.container()["resources"].pop("limits"),
    lambda case: case.container()["resources"]["requests"].pop("cpu"),
])
def resources(case, _source):
    for workload in case.workloads():
        given = container_of(workload).get("resources", {})
        if set(given.get("limits", {})) != {"memory"}:
            yield f"{title(workload)}: limits must be of memory alone"
        if set(given.get("requests", {})) != {"memory", "cpu"}:
            yield f"{title(workload)}: requests must be of memory and CPU"


@rule("selectors match the pods that are meant", breaks=[
    lambda case: case.deployment()["spec"]["selector"]["matchLabels"].update(nobody="has-it"),
    lambda case: case.of_kind("PodDisruptionBudget")[0]["spec"]["selector"].update(
        matchLabels={"app": "usher"}
    ),
    lambda case: case.find("NetworkPolicy", "usher")["spec"].update(podSelector={}),
    lambda case: case.of_kind("PodMonitor")[0]["spec"]["selector"].update(
        matchLabels={"app.kubernetes.io/name": "usher"}
    ),
    lambda case: pod_of(case.deployment())["topologySpreadConstraints"][0].update(
        labelSelector={"matchLabels": {"app": "usher"}}
    ),
    lambda case: [labels_of(case.of_kind("Job")[0]).update(labels_of(case.deployment()))],
    lambda case: labels_of(case.receive()).update(labels_of(case.deployment())),
    lambda case: case.find("PodDisruptionBudget", "usher-receive")["spec"]["selector"].update(
        matchLabels={"app": "usher"}
    ),
    lambda case: case.find("NetworkPolicy", "usher-receive")["spec"]["podSelector"].update(
        matchLabels={"app": "usher"}
    ),
    lambda case: labels_of(case.pages()).update(labels_of(case.deployment())),
    lambda case: case.find("NetworkPolicy", "usher-providers")["spec"].update(
        podSelector={"matchLabels": {"app.kubernetes.io/component": "workers"}}
    ),
])
def selectors(case, _source):
    if not case.deployment():
        return
    workloads = case.workloads()
    for workload in case.of_kind("Deployment"):
        own = labels_of(workload)
        others = [labels_of(one) for one in workloads if one is not workload]
        spread = pod_of(workload).get("topologySpreadConstraints", [])
        meant = [(title(workload), workload["spec"]["selector"])]
        meant += [("topologySpreadConstraints", one["labelSelector"]) for one in spread]
        meant += [
            (title(one), one["spec"]["selector"])
            for one in case.of_kind("PodDisruptionBudget", "PodMonitor")
            if one["metadata"]["name"] == workload["metadata"]["name"]
        ]
        for where, selector in meant:
            if not selects(selector, own):
                yield f"{where}: does not select the pods of {title(workload)}"
            if any(selects(selector, labels) for labels in others):
                yield f"{where}: selects the pods of another workload too"
    named = {one["metadata"]["name"] for one in case.of_kind("Deployment")}
    for one in case.of_kind("PodDisruptionBudget", "PodMonitor"):
        if one["metadata"]["name"] not in named:
            yield f"{title(one)}: has the name of no Deployment"
    for policy in case.of_kind("NetworkPolicy"):
        selector = policy["spec"]["podSelector"]
        chosen = [one for one in case.of_kind("Deployment") if selects(selector, labels_of(one))]
        if not chosen:
            yield f"{title(policy)}: selects nobody's pods"
        if policy["metadata"]["name"].startswith(RECEIVE) and chosen != [case.receive()]:
            yield f"{title(policy)}: is of the doors, and selects others"


@rule("nothing scales what cannot be scaled", breaks=[
    lambda case: case.objects.append({
        "kind": "HorizontalPodAutoscaler", "metadata": {"name": "usher"},
    }),
    lambda case: case.objects.append({"kind": "ScaledObject", "metadata": {"name": "usher"}}),
    lambda case: case.find("ScaledObject", RECEIVE)["spec"]["scaleTargetRef"].update(name="usher"),
    lambda case: case.find("ScaledObject", RECEIVE)["spec"].update(minReplicaCount=0),
    lambda case: case.find("ScaledObject", RECEIVE)["spec"]["triggers"][0].update(type="kafka"),
    lambda case: case.receive()["spec"].update(replicas=2),
])
def no_autoscaler(case, _source):
    for one in case.of_kind("HorizontalPodAutoscaler", "ScaledObject"):
        spec = one.get("spec", {})
        if spec.get("scaleTargetRef", {}).get("name") != RECEIVE:
            yield f"{title(one)}: a tenant has one writer, whose limit is the provider's quota"
            continue
        if spec.get("minReplicaCount", 0) < 2:
            yield f"{title(one)}: a webhook that finds nobody may never come again"
        if any(trigger["type"] == "kafka" for trigger in spec["triggers"]):
            yield f"{title(one)}: lag is the worker's; more doors make it grow"
        if "replicas" in case.receive()["spec"]:
            yield f"{title(one)}: every apply would set the number of pods back"


@rule("an overlay names its image exactly", breaks=[
    lambda case: (setattr(case, "name", "overlay"), set_in(
        ["containers", 0, "image"], "registry.example.com/usher:latest")(case)),
    lambda case: (setattr(case, "name", "overlay"), set_in(
        ["containers", 0, "image"], "registry.example.com:5000/usher")(case)),
])
def image(case, _source):
    for workload in case.workloads() if case.name.startswith("overlay") else []:
        name = container_of(workload)["image"].rsplit("/", 1)[-1]
        tag = name.partition("@sha256:")[2] or name.partition(":")[2]
        if tag in ("", "latest"):
            yield f"{title(workload)}: {name} may be another program tomorrow"


@rule("the namespace of an overlay enforces `restricted`", breaks=[
    lambda case: setattr(case, "name", "overlay"),
])
def namespace(case, _source):
    if case.name.startswith("overlay"):
        labels = [one["metadata"].get("labels", {}) for one in case.of_kind("Namespace")]
        if [one.get("pod-security.kubernetes.io/enforce") for one in labels] != ["restricted"]:
            yield "it does not"
