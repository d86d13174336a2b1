"""The pages: they read Kafka and nothing else, and whoever sees them comes by one door."""

import re

from manifests import container_of, labels_of, pod_of, selects, title
from registry import rule
from rules_config import open_spaces, provided
from rules_kafka import granted

# What `usher serve` reads whole, and of what it asks only where it ends.
READ_TOPICS = ("control", "people", "audit", "parked", "inventory")
READ = {"Read", "Describe"}


def variables(workload: dict) -> dict:
    return {one["name"]: one.get("value", "") for one in container_of(workload).get("env", [])}


def secrets(workload: dict) -> set[str]:
    """The names of all Secrets that the pod can see."""
    found = set()
    for volume in pod_of(workload).get("volumes", []):
        found.add(volume.get("secret", {}).get("secretName"))
        for source in volume.get("projected", {}).get("sources", []):
            found.add(source.get("secret", {}).get("name"))
    return found - {None}


def mount_secret(name: str):
    """A break: gives the pages this Secret."""
    volume = {"name": "more", "projected": {"sources": [{"secret": {"name": name}}]}}
    return lambda case: pod_of(case.pages())["volumes"].append(volume)


def lead_pages(change):
    return lambda case: change(case.find("NetworkPolicy", "usher-pages")["spec"])


@rule("the pages hold no token of a provider, and cannot reach one", breaks=[
    mount_secret("usher-tokens"),
    mount_secret("usher-kafka-user"),
    lambda case: pod_of(case.pages())["volumes"].append(
        {"name": "more", "secret": {"secretName": "usher-tokens"}}
    ),
    lambda case: case.find("NetworkPolicy", "usher-providers")["spec"]["podSelector"][
        "matchLabels"
    ].pop("app.kubernetes.io/component"),
    lambda case: container_of(case.pages()).update(args=["run", "--config", "/etc/usher/usher.yaml"]),
])
def no_token(case, _source):
    if not case.pages():
        return
    if container_of(case.pages())["args"][0] != "serve":
        yield "they do not serve"
    allowed = {"usher-logins", "usher-kafka-ca", "usher-serve-kafka-user"}
    for name in sorted(secrets(case.pages()) - allowed):
        yield f"they can read the Secret {name}"
    if any(space == "internet" for space, _ in open_spaces(case, case.pages())):
        yield "a policy lets them out to the internet"


@rule("the pages are a user of their own in Kafka", breaks=[
    lambda case: [
        one.update(value="usher")
        for one in container_of(case.pages())["env"] if one["name"].endswith("SASL__USERNAME")
    ],
    lambda case: container_of(case.deployment())["env"].extend(
        one for one in container_of(case.pages())["env"] if one["name"].endswith("SASL__USERNAME")
    ),
])
def own_user(case, _source):
    if not case.pages():
        return
    own, workers = variables(case.pages()), variables(case.deployment())
    for name, value in own.items():
        if name.endswith("SASL__USERNAME") and value != "usher-serve":
            yield f"they come in as {value}"
        if name.endswith("SASL__USERNAME") and workers.get(name) == value:
            yield "the worker comes in as they do"


def acls(case) -> list:
    return case.find("KafkaUser", "usher-serve")["spec"]["authorization"]["acls"]


@rule("the pages write nothing to Kafka, and read no more than they show", breaks=[
    lambda case: acls(case)[0]["operations"].append("Write"),
    lambda case: acls(case)[0]["operations"].append("All"),
    lambda case: acls(case)[0]["operations"].remove("Read"),
    lambda case: acls(case)[0]["resource"].update(patternType="prefix"),
    lambda case: acls(case).pop(0),
    lambda case: acls(case).pop(),
    lambda case: acls(case)[-1]["operations"].append("Read"),
    lambda case: acls(case).append({
        "resource": {"type": "transactionalId", "name": "usher-shard-", "patternType": "prefix"},
        "operations": ["Write"],
    }),
    lambda case: acls(case).append({
        "resource": {"type": "group", "name": "usher-look"}, "operations": ["Read"],
    }),
    lambda case: case.configure(lambda it: it["tenants"][0]["sources"].append(
        {"topic": "xdr.events", "format": "cloudevents", "types": ["*"]}
    )),
])
def reads(case, _source):
    user = case.find("KafkaUser", "usher-serve")
    if not user or not case.configuration():
        return
    configuration, given = case.configuration(), granted(user)
    topics = configuration["kafka"].get("topics", {})
    wanted = {("topic", topics.get(key, f"usher.{key}"), "literal"): READ for key in READ_TOPICS}
    for tenant in configuration["tenants"]:
        for one in tenant["sources"]:
            wanted["topic", one["topic"], "literal"] = {"Describe"}
    for place in sorted(wanted.keys() | given.keys()):
        if wanted.get(place, set()) != given.get(place, set()):
            yield f"{place}: they need {sorted(wanted.get(place, []))}, and nothing else"


@rule("the pages come by one door, encrypted", breaks=[
    lambda case: case.find("Service", "usher-serve")["spec"].update(type="LoadBalancer"),
    lambda case: case.find("Service", "usher-serve")["spec"]["ports"][0].update(targetPort="http"),
    lambda case: case.find("Service", "usher-serve")["spec"]["ports"].append(
        {"name": "http", "port": 9464, "targetPort": "http"}
    ),
    lambda case: case.find("Service", "usher-serve")["spec"]["selector"].pop(
        "app.kubernetes.io/component"
    ),
    lambda case: case.objects.remove(case.find("Service", "usher-serve")),
    lead_pages(lambda spec: spec["ingress"][0].pop("from")),
    lead_pages(lambda spec: spec["ingress"][0]["from"][0].update(namespaceSelector={})),
    lead_pages(lambda spec: spec["ingress"][0].update(ports=[{"protocol": "TCP", "port": "http"}])),
    lead_pages(lambda spec: spec["podSelector"]["matchLabels"].update(
        {"app.kubernetes.io/component": "worker"}
    )),
    lambda case: case.configure(
        lambda it: it["serve"].update(public_url="http://usher.example.com/")
    ),
    lambda case: case.configure(lambda it: it.pop("serve")),
    lambda case: [
        one.update(value="0.0.0.0:9481")
        for one in container_of(case.pages())["env"] if one["name"] == "USHER__SERVE__LISTEN"
    ],
])
def one_door(case, _source):
    if not case.pages():
        return
    if not case.configuration().get("serve", {}).get("public_url", "").startswith("https://"):
        yield "usher.yaml has no serve.public_url that begins with https://"
    ports = {one["name"]: one["containerPort"] for one in container_of(case.pages())["ports"]}
    address = variables(case.pages()).get("USHER__SERVE__LISTEN", "127.0.0.1:9480")
    if address != f"0.0.0.0:{ports.get('pages')}":
        yield f"they listen on {address}, the container's ports are {ports}"
    service = case.find("Service", "usher-serve")
    if not service:
        yield "no Service leads to them"
        return
    if service["spec"].get("type", "ClusterIP") != "ClusterIP":
        yield "the Service goes round what ends TLS"
    if [one.get("targetPort") for one in service["spec"]["ports"]] != ["pages"]:
        yield "the Service leads to more than the pages, or to nothing"
    chosen = [one for one in case.workloads()
              if selects({"matchLabels": service["spec"]["selector"]}, labels_of(one))]
    if chosen != [case.pages()]:
        yield "the Service leads to others' pods, or to nobody's"
    yield from ways_in(case)


def ways_in(case):
    own = labels_of(case.pages())
    found = [
        (way, peer)
        for policy in case.of_kind("NetworkPolicy")
        if selects(policy["spec"]["podSelector"], own)
        for way in policy["spec"].get("ingress", [])
        for peer in way.get("from", [{}])
    ]
    if len(found) != 1:
        yield f"{len(found)} ways lead to the pages, not one"
    for way, peer in found:
        if not peer.get("namespaceSelector", {}).get("matchLabels"):
            yield "everybody in the cluster may come"
        if [one["port"] for one in way.get("ports", [])] != ["pages"]:
            yield "whoever comes finds more ports than that of the pages"


@rule("whoever may log in stands in a file that can change", breaks=[
    lambda case: [
        one.update(value="/etc/usher/logins.yaml")
        for one in container_of(case.pages())["env"] if one["name"].endswith("TOKENS_FILE")
    ],
    lambda case: container_of(case.pages()).update(env=[]),
])
def logins(case, _source):
    if case.pages():
        file = variables(case.pages()).get("USHER__SERVE__TOKENS_FILE", "")
        if not re.match(r"/", file) or not provided(case.pages(), file, "secret"):
            yield f"{title(case.pages())}: no Secret has serve.tokens_file"
