"""Whether usher.yaml, the files beside it and the way to Kafka fit the pod that reads them."""

import re

from manifests import container_of, labels_of, pod_of, selects, title
from registry import rule


def mounted(workload: dict) -> dict:
    """The volumes by the place where they are mounted."""
    volumes = {one["name"]: one for one in pod_of(workload).get("volumes", [])}
    mounts = container_of(workload).get("volumeMounts", [])
    return {one["mountPath"]: volumes[one["name"]] for one in mounts}


def provided(workload: dict, path: str, kind: str) -> bool:
    """Whether a volume of this kind has the file, as far as the manifest can tell."""
    directory, _, name = path.rpartition("/")
    volume = mounted(workload).get(directory, {})
    if kind == "config":
        return "configMap" in volume
    for source in volume.get("projected", {}).get("sources", []):
        items = source.get("secret", {}).get("items")
        if "secret" in source and (items is None or name in [one["path"] for one in items]):
            return True
    return False


def brokers(configuration: dict) -> list[tuple[str, int]]:
    hosts = (one.strip().rpartition(":") for one in configuration["kafka"]["brokers"].split(","))
    return [(host, int(port)) for host, _, port in hosts]


def first_target(configuration: dict) -> dict:
    return configuration["tenants"][0]["targets"][0]


@rule("usher.yaml and its files are where usher looks", breaks=[
    lambda case: container_of(case.deployment()).update(args=["run", "--config", "/usher.yaml"]),
    lambda case: case.config_map()["data"].pop("starter.yaml"),
    lambda case: case.configure(lambda it: first_target(it).update(token_file="/tokens/one")),
    lambda case: case.configure(lambda it: first_target(it).pop("token_file")),
    lambda case: [
        one["configMap"].update(name="usher-config")
        for one in pod_of(case.deployment())["volumes"] if "configMap" in one
    ],
])
def files(case, _source):
    configuration = case.configuration()
    if not configuration:
        return
    name = case.config_map()["metadata"]["name"]
    for workload in case.workloads():
        where = title(workload)
        arguments = container_of(workload)["args"]
        if not provided(workload, arguments[arguments.index("--config") + 1], "config"):
            yield f"{where}: no volume has the configuration"
        for volume in mounted(workload).values():
            if volume.get("configMap", {}).get("name", name) != name:
                yield f"{where}: mounts a ConfigMap that is not made here, or by its bare name"
    for tenant in configuration["tenants"]:
        for file in tenant["rules"]:
            if file not in case.config_map()["data"]:
                yield f"rule file {file} is not in the ConfigMap"
        for target in tenant["targets"]:
            if not provided(case.deployment(), target.get("token_file", ""), "secret"):
                yield f"no Secret has the token of target {target['name']}"


@rule("files that variables name are there", breaks=[
    lambda case: [
        one.update(value=one["value"] + "x")
        for one in case.container()["env"] if one["name"].endswith("CA_FILE")
    ],
    lambda case: [
        source["secret"].update(items=[{"key": "ca.crt", "path": "other.crt"}])
        for volume in pod_of(case.of_kind("Job")[0])["volumes"] if "projected" in volume
        for source in volume["projected"]["sources"]
    ],
])
def variable_files(case, _source):
    for workload in case.workloads():
        for variable in container_of(workload).get("env", []):
            if not variable["name"].endswith("_FILE"):
                continue
            if not provided(workload, variable["value"], "secret"):
                yield f"{title(workload)}: nothing provides {variable['value']}"


@rule("doors are where senders come, with their files and by another user than the worker", breaks=[
    lambda case: case.configure(lambda it: it["receive"].update(listen="127.0.0.1:9481")),
    lambda case: case.configure(lambda it: it["receive"].update(listen="0.0.0.0:9482")),
    lambda case: case.configure(lambda it: it.pop("receive")),
    lambda case: case.configure(
        lambda it: it["receive"]["doors"][0].update(proof={"bearer": {"tokens_file": "/tokens/hr"}})
    ),
    lambda case: case.find("Service", "usher-receive")["spec"]["ports"][0].update(targetPort="http"),
    lambda case: case.find("Service", "usher-receive")["spec"]["selector"].update(
        {"app.kubernetes.io/component": "worker"}
    ),
    lambda case: [
        one.update(value="usher")
        for one in container_of(case.receive())["env"] if one["name"].endswith("USERNAME")
    ],
    lambda case: [
        source["secret"].update(name="usher-kafka-user")
        for volume in pod_of(case.receive())["volumes"] if volume["name"] == "kafka-user"
        for source in volume["projected"]["sources"]
    ],
])
def doors(case, _source):
    workload = case.receive()
    if not workload:
        return
    section = case.configuration().get("receive", {})
    host, _, port = section.get("listen", "127.0.0.1:9481").rpartition(":")
    ports = {one["name"]: one["containerPort"] for one in container_of(workload)["ports"]}
    if host not in ("0.0.0.0", "[::]") or ports.get("doors") != int(port):
        yield f"receive.listen is {host}:{port}, the container's ports {ports}"
    if not section.get("doors"):
        yield "there is no door"
    for door in section.get("doors", []):
        proof = next(iter(door["proof"].values()))
        file = proof.get("tokens_file") or proof.get("secrets_file") or ""
        if not provided(workload, file, "secret"):
            yield f"no Secret has {file} of the door {door['path']}"
    service = case.find("Service", "usher-receive")
    if not service or [one.get("targetPort") for one in service["spec"]["ports"]] != ["doors"]:
        yield "the Service does not lead to the doors"
    elif not selects({"matchLabels": service["spec"]["selector"]}, labels_of(workload)):
        yield "the Service does not select the pods with doors"
    if "/run/secrets/usher" in mounted(workload):
        yield "the tokens of targets are where senders come"
    if name_of_user(workload) and name_of_user(workload) == name_of_user(case.deployment()):
        yield "it is the worker's user to Kafka"
    for name in secrets_of(workload) & secrets_of(case.deployment()) - {"usher-kafka-ca"}:
        yield f"it has the worker's Secret {name}"


def secrets_of(workload: dict) -> set:
    return {
        source["secret"]["name"]
        for volume in pod_of(workload).get("volumes", [])
        for source in volume.get("projected", {}).get("sources", []) if "secret" in source
    }


def name_of_user(workload: dict) -> str:
    variables = {one["name"]: one.get("value", "") for one in container_of(workload).get("env", [])}
    return variables.get("USHER__KAFKA__SECURITY__SASL__USERNAME", "")


@rule("the port for probes and metrics is open to the pod's network", breaks=[
    lambda case: case.configure(lambda it: it["http"].update(listen="127.0.0.1:9464")),
    lambda case: case.configure(lambda it: it["http"].update(listen="0.0.0.0:9465")),
    lambda case: case.configure(lambda it: it.pop("http")),
])
def listens(case, _source):
    if not case.deployment():
        return
    address = case.configuration().get("http", {}).get("listen", "127.0.0.1:9464")
    host, _, port = address.rpartition(":")
    if host not in ("0.0.0.0", "[::]"):
        yield f"http.listen is {address}: probes come from outside the pod"
    ports = {one["name"]: one["containerPort"] for one in case.container().get("ports", [])}
    if ports.get("http") != int(port):
        yield f"http.listen is {address}, the container's port {ports}"


@rule("the policies let usher reach what usher.yaml names", breaks=[
    lambda case: case.configure(
        lambda it: it["kafka"].update(brokers="kafka-kafka-bootstrap.kafka.svc:9092")
    ),
    lambda case: case.configure(lambda it: it["kafka"].update(brokers="kafka.data.svc:9093")),
    lambda case: [
        one.update(value="http://collector.elsewhere.svc:4318")
        for one in case.container()["env"] if one["name"].endswith("OTLP_ENDPOINT")
    ],
    lambda case: case.configure(
        lambda it: first_target(it).update(url="https://example.com:8443/scim/v2")
    ),
    lambda case: case.objects.remove(case.find("NetworkPolicy", "usher-kafka")),
    lambda case: case.objects.remove(case.find("NetworkPolicy", "usher-providers")),
    lambda case: case.find("NetworkPolicy", "usher-kafka")["spec"]["podSelector"][
        "matchLabels"
    ].update({"app.kubernetes.io/component": "worker"}),
])
def reachable(case, _source):
    if not case.deployment():
        return
    variables = {one["name"]: one.get("value", "") for one in case.container().get("env", [])}
    wanted = list(brokers(case.configuration()))
    collector = variables.get("USHER__TELEMETRY__OTLP_ENDPOINT")
    if collector:
        wanted += re.findall(r"//([^:/]+):(\d+)", collector)
    for host, port in wanted:
        space = re.fullmatch(r"[\w-]+\.([\w-]+)\.svc(\.cluster\.local)?", host)
        if not space:
            yield f"{host} is no service of the cluster, and no policy lets usher out to it"
            continue
        for workload in case.workloads():
            if host == collector_host(collector) and workload is not case.deployment():
                continue
            if (space.group(1), int(port)) not in open_spaces(case, workload):
                yield f"no policy lets {title(workload)} out to port {port} in {space.group(1)}"
    if ("internet", 443) not in open_spaces(case, case.deployment()):
        yield "no policy lets the worker out to providers"
    for tenant in case.configuration()["tenants"]:
        for target in tenant["targets"]:
            if not re.match(r"https://[^/:]+(:443)?/", target["url"]):
                yield f"no policy lets usher out to {target['url']}"


def collector_host(endpoint: str | None) -> str | None:
    """The collector of traces, to which the worker alone sends."""
    return endpoint and re.search(r"//([^:/]+)", endpoint).group(1)


def open_spaces(case, workload: dict) -> set[tuple[str, int]]:
    """Namespace and port of what this workload may reach; `internet` for what lies outside."""
    found = set()
    for policy in case.of_kind("NetworkPolicy"):
        if not selects(policy["spec"]["podSelector"], labels_of(workload)):
            continue
        for way in policy["spec"].get("egress", []):
            for peer in way.get("to", []):
                labels = peer.get("namespaceSelector", {}).get("matchLabels", {})
                space = labels.get("kubernetes.io/metadata.name")
                if peer.get("ipBlock", {}).get("cidr") == "0.0.0.0/0":
                    space = "internet"
                found |= {(space, port["port"]) for port in way.get("ports", []) if space}
    return found


@rule("what comes with the source writes nowhere yet", breaks=[
    lambda case: case.configure(lambda it: first_target(it).update(mode="enforce")),
])
def observes(case, _source):
    for tenant in (case.configuration() or {"tenants": []})["tenants"]:
        for target in tenant["targets"]:
            if target["mode"] != "observe":
                yield f"target {target['name']} is in mode {target['mode']}: it would be written to"


@rule("the rules are those of config/rules", breaks=[
    lambda case: case.config_map()["data"].update({"starter.yaml": "rules: []\n"}),
])
def rules(case, source):
    if case.config_map() and case.config_map()["data"].get("starter.yaml") != source.starter_rules:
        yield "copy config/rules/starter.yaml to deploy/kubernetes/base again"


def tighten(change):
    return lambda case: change(case.find("NetworkPolicy", "usher")["spec"])


def to_providers(change):
    return lambda case: change(case.find("NetworkPolicy", "usher-providers")["spec"]["egress"][0])


@rule("policies deny what is not said, and their peers are those that are meant", breaks=[
    # What Kustomize's includeSelectors would do.
    tighten(lambda spec: spec["egress"][0]["to"][0]["podSelector"]["matchLabels"].update(
        {"app.kubernetes.io/instance": "usher"}
    )),
    tighten(lambda spec: spec.update(policyTypes=["Ingress"])),
    tighten(lambda spec: spec["egress"].append({})),
    to_providers(lambda way: way.pop("ports")),
    to_providers(lambda way: way["to"][0]["ipBlock"].pop("except")),
    tighten(lambda spec: spec["egress"][0].update(ports=[{"protocol": "UDP", "port": 53}])),
    lambda case: case.find("NetworkPolicy", "usher-metrics")["spec"]["ingress"][0].pop("from"),
    lambda case: case.find("NetworkPolicy", "usher-metrics")["spec"]["ingress"][0].update(
        ports=[{"protocol": "TCP", "port": "admin"}]
    ),
    lambda case: case.find("NetworkPolicy", "usher-receive")["spec"]["ingress"][0].pop("from"),
    lambda case: case.find("NetworkPolicy", "usher-metrics")["spec"]["ingress"][0].update(
        ports=[{"protocol": "TCP", "port": "doors"}]
    ),
])
def policies(case, _source):
    if not case.deployment():
        return
    own = case.find("NetworkPolicy", "usher")
    if not own or set(own["spec"]["policyTypes"]) != {"Ingress", "Egress"}:
        yield "no policy denies everything that is not said"
        return
    dns = set()
    for policy in case.of_kind("NetworkPolicy"):
        spec = policy["spec"]
        for way, peers in [(one, one.get("to")) for one in spec.get("egress", [])] + [
            (one, one.get("from")) for one in spec.get("ingress", [])
        ]:
            if not peers or not way.get("ports"):
                yield f"{title(policy)}: opens every port, or to everybody"
                continue
            named = {one["port"] for one in way["ports"] if isinstance(one["port"], str)}
            ports = ports_behind(case, spec["podSelector"])
            if not named <= ports:
                yield f"{title(policy)}: the container has no port {named - ports}"
            for peer in peers:
                yield from doubts_about(policy, peer)
                if peer.get("podSelector", {}).get("matchLabels") == {"k8s-app": "kube-dns"}:
                    dns |= {(one["protocol"], one["port"]) for one in way["ports"]}
    if dns != {("UDP", 53), ("TCP", 53)}:
        yield "DNS cannot be asked over UDP and TCP"


def ports_behind(case, selector: dict) -> set:
    """The names of ports of the containers that are selected."""
    chosen = [one for one in case.workloads() if selects(selector, labels_of(one))]
    return {port["name"] for one in chosen for port in container_of(one).get("ports", [])}


def doubts_about(policy: dict, peer: dict):
    labels = peer.get("podSelector", {}).get("matchLabels", {})
    if any(name.startswith("app.kubernetes.io/") for name in labels):
        yield f"{title(policy)}: a peer is selected by usher's own labels"
    block = peer.get("ipBlock", {})
    if block.get("cidr") == "0.0.0.0/0" and "169.254.0.0/16" not in block.get("except", []):
        yield f"{title(policy)}: lets usher out to the cloud's metadata service"
