"""Topics and rights in Kafka: what usher uses and no more.

That the settings of the topics are those of `usher init`, a test of src/receive/topics knows.
"""

from manifests import container_of
from registry import rule

OWN_TOPICS = {
    "control": {"Read", "Describe", "DescribeConfigs"},
    "people": {"Read", "Write", "Describe", "DescribeConfigs"},
    "audit": {"Write", "Describe", "DescribeConfigs"},
    "parked": {"Write", "Describe", "DescribeConfigs"},
    "inventory": {"Read", "Write", "Describe", "DescribeConfigs"},
    "events": {"Read", "Write", "Describe", "DescribeConfigs"},
}
INPUT = {"Read", "Describe", "DescribeConfigs"}
DAY_MS = 24 * 60 * 60 * 1000


def needed(configuration: dict) -> dict:
    """What usher's user must be allowed: by resource, its operations."""
    kafka = configuration["kafka"]
    group = kafka.get("group", "usher")
    rights = {("group", group, "literal"): {"Read"}}
    rights["group", f"{group}-shard-", "prefix"] = {"Read"}
    rights["transactionalId", f"{group}-shard-", "prefix"] = {"Write", "Describe"}
    for key, operations in OWN_TOPICS.items():
        topic = kafka.get("topics", {}).get(key, f"usher.{key}")
        rights["topic", topic, "literal"] = operations
    for tenant in configuration["tenants"]:
        for one in tenant["sources"]:
            rights["topic", one["topic"], "literal"] = INPUT
    return rights


def granted(user: dict) -> dict:
    rights = {}
    for acl in user["spec"]["authorization"]["acls"]:
        resource = acl["resource"]
        place = (resource["type"], resource.get("name"), resource.get("patternType", "literal"))
        rights.setdefault(place, set()).update(acl["operations"])
    return rights


def acls(case) -> list:
    return case.find("KafkaUser", "usher")["spec"]["authorization"]["acls"]


@rule("usher may do in Kafka what it does, and no more", breaks=[
    lambda case: acls(case).pop(0),
    lambda case: acls(case)[0]["operations"].remove("DescribeConfigs"),
    lambda case: acls(case)[0]["operations"].append("All"),
    lambda case: acls(case)[0]["resource"].update(patternType="prefix"),
    lambda case: acls(case).append({
        "resource": {"type": "cluster"}, "operations": ["IdempotentWrite"],
    }),
    lambda case: case.configure(lambda it: it["tenants"][0]["sources"].append(
        {"topic": "xdr.events", "format": "cloudevents", "types": ["*"]}
    )),
    lambda case: case.configure(lambda it: it["kafka"].update(group="people")),
])
def rights(case, _source):
    user = case.find("KafkaUser", "usher")
    if not user:
        return
    wanted, given = needed(case.configuration()), granted(user)
    for place in sorted(wanted.keys() | given.keys()):
        missing = wanted.get(place, set()) - given.get(place, set())
        surplus = given.get(place, set()) - wanted.get(place, set())
        if missing:
            yield f"{place}: usher needs {sorted(missing)}"
        if surplus:
            yield f"{place}: usher does not need {sorted(surplus)}"


def acls_of_receive(case) -> list:
    return case.find("KafkaUser", "usher-receive")["spec"]["authorization"]["acls"]


@rule("who takes events in may write them to the doors' topics, and nothing else", breaks=[
    lambda case: acls_of_receive(case).pop(),
    lambda case: acls_of_receive(case)[0]["operations"].append("Read"),
    lambda case: acls_of_receive(case)[0]["resource"].update(patternType="prefix"),
    lambda case: acls_of_receive(case).append({
        "resource": {"type": "topic", "name": "usher.control"}, "operations": ["Write"],
    }),
    lambda case: case.configure(lambda it: it["receive"]["doors"][0].update(topic="hr.events")),
])
def rights_of_receive(case, _source):
    user = case.find("KafkaUser", "usher-receive")
    if not user or not case.receive():
        return
    receive = case.configuration().get("receive", {})
    doors, clients = receive.get("doors", []), receive.get("clients", [])
    wanted = {("topic", one["topic"], "literal"): {"Write", "Describe"} for one in doors + clients}
    if clients:
        wanted["topic", "usher.audit", "literal"] = {"Read", "Describe"}
    if granted(user) != wanted:
        yield f"usher receive needs {wanted}, and has {granted(user)}"


@rule("one writer for each topic", breaks=[
    lambda case: case.find("KafkaUser", "hr-source")["spec"]["authorization"]["acls"].append({
        "resource": {"type": "topic", "name": "security.events"}, "operations": ["Write"],
    }),
    lambda case: case.find("KafkaUser", "usher-auditor")["spec"]["authorization"]["acls"].append({
        "resource": {"type": "topic", "name": "usher.audit"}, "operations": ["Write"],
    }),
])
def writers(case, _source):
    owners = {}
    for user in case.of_kind("KafkaUser"):
        for (kind, name, _), operations in granted(user).items():
            if kind == "topic" and "Write" in operations:
                owners.setdefault(name, []).append(user["metadata"]["name"])
    for topic, users in owners.items():
        if len(users) > 1:
            yield f"{topic} can be written by {' and '.join(users)}"


@rule("all know the same number of shards", breaks=[
    lambda case: case.find("KafkaTopic", "usher.people")["spec"].update(partitions=8),
    lambda case: container_of(case.of_kind("Job")[0])["args"].__setitem__(-1, "5"),
])
def shards(case, _source):
    numbers = {
        one["metadata"]["name"]: one["spec"]["partitions"]
        for one in case.of_kind("KafkaTopic")
        if one["metadata"]["name"].startswith("usher.")
    }
    for job in case.of_kind("Job"):
        arguments = container_of(job)["args"]
        numbers[job["metadata"]["name"]] = int(arguments[arguments.index("--shards") + 1])
    if len(set(numbers.values())) > 1:
        yield f"they differ: {numbers}"


@rule("topics survive a broker", breaks=[
    lambda case: case.find("KafkaTopic", "usher.people")["spec"].update(replicas=1),
    lambda case: case.find("KafkaTopic", "usher.audit")["spec"]["config"].pop(
        "min.insync.replicas"
    ),
])
def replicas(case, _source):
    for topic in case.of_kind("KafkaTopic"):
        spec = topic["spec"]
        if spec.get("replicas", 0) < 3 or spec["config"].get("min.insync.replicas") != 2:
            yield f"{topic['metadata']['name']}: not 3 copies, 2 of them in sync"


@rule("events are remembered for as long as they can come again", breaks=[
    lambda case: case.find("KafkaTopic", "hr.events")["spec"]["config"].update(
        {"retention.ms": 31 * DAY_MS}
    ),
    lambda case: case.configure(lambda it: it.update(engine={"replay_horizon": "7d"})),
])
def horizon(case, _source):
    if not case.deployment() or not case.of_kind("KafkaTopic"):
        return
    text = case.configuration().get("engine", {}).get("replay_horizon", "30d")
    days = int(text.removesuffix("d"))
    for tenant in case.configuration()["tenants"]:
        for one in tenant["sources"]:
            topic = case.find("KafkaTopic", one["topic"])
            if topic and topic["spec"]["config"]["retention.ms"] > days * DAY_MS:
                yield f"{one['topic']} keeps events longer than engine.replay_horizon, {text}"


@rule("topics and users are Strimzi's, not usher's namespace's", breaks=[
    lambda case: case.of_kind("KafkaUser")[0]["metadata"].update(namespace="usher"),
    lambda case: case.of_kind("KafkaTopic")[0]["metadata"].pop("labels"),
])
def of_strimzi(case, _source):
    for one in case.of_kind("KafkaTopic", "KafkaUser"):
        metadata = one["metadata"]
        if metadata.get("namespace") != "kafka":
            yield f"{metadata['name']}: is not where Strimzi looks"
        if "strimzi.io/cluster" not in metadata.get("labels", {}):
            yield f"{metadata['name']}: belongs to no cluster"
