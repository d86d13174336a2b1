"""Alerts and the dashboard: they name what exists, and somebody can act on them."""

import json
import re

import yaml

from manifests import container_of, labels_of, selects, title
from registry import rule

# What Prometheus adds by itself.
TARGET_LABELS = {"job", "namespace", "pod", "instance"}
SEVERITIES = {"critical", "warning"}


def alerts(case) -> list:
    return [
        one
        for rules in case.of_kind("PrometheusRule")
        for group in rules["spec"]["groups"]
        for one in group["rules"]
    ]


def dashboards(case) -> list:
    return [
        json.loads(text)
        for one in case.of_kind("ConfigMap")
        for name, text in one.get("data", {}).items()
        if name.endswith(".json")
    ]


def targets(dashboard: dict) -> list:
    return [(panel, one) for panel in dashboard["panels"] for one in panel["targets"]]


def change_dashboard(change):
    def spoil(case):
        config_map = case.find("ConfigMap", "usher-dashboard")
        dashboard = json.loads(config_map["data"]["usher.json"])
        change(dashboard)
        config_map["data"]["usher.json"] = json.dumps(dashboard)

    return spoil


def change_alert(**changes):
    return lambda case: alerts(case)[-1].update(changes)


def strange(expression: str, source) -> list[str]:
    """What the expression names and usher does not have."""
    found = []
    for name, labels in re.findall(r"\b(usher_\w+)(?:\{([^}]*)\})?", expression):
        if name not in source.metrics:
            found.append(f"no metric is called {name}")
            continue
        for label, values in re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"', labels):
            if label not in source.metrics[name] | TARGET_LABELS:
                found.append(f"{name} has no label {label}")
            elif label not in TARGET_LABELS:
                unknown = set(values.split("|")) - source.words
                found += [f"{label} of {name} is never {value}" for value in unknown]
    for labels in re.findall(r"\bby\s*\(([^)]*)\)", expression):
        known = TARGET_LABELS | {"le"} | set().union(*source.metrics.values())
        found += [
            f"no metric has the label {label}"
            for label in re.split(r"[,\s]+", labels) if label and label not in known
        ]
    return found


@rule("alerts and panels name what usher measures", breaks=[
    change_alert(expr="usher_misspelt_total > 0"),
    change_alert(expr='usher_calls_total{kind="4xx"} > 0'),
    change_alert(expr='usher_calls_total{status=~"4xx|6xx"} > 0'),
    change_alert(expr="sum by (tennant) (usher_calls_total) > 0"),
    change_dashboard(lambda it: it["panels"][0]["targets"][0].update(expr="usher_shards")),
])
def named(case, source):
    for one in alerts(case):
        yield from (f"{one['alert']}: {what}" for what in strange(one["expr"], source))
    for dashboard in dashboards(case):
        for panel, target in targets(dashboard):
            yield from (f"{panel['title']}: {what}" for what in strange(target["expr"], source))


@rule("every alert says what is wrong and where to read on, and is tested", breaks=[
    change_alert(alert="usher_slow"),
    change_alert(labels={"severity": "page"}),
    change_alert(annotations={"summary": "Something is wrong"}),
    change_alert(expr="up == 0"),
    lambda case: case.files.update(runbook=case.files["runbook"].replace("## UsherDown", "## Up")),
    lambda case: case.files.update(alerts_test="tests: []"),
])
def explained(case, _source):
    tests = [
        test
        for file in yaml.safe_load(case.files["alerts_test"])["tests"]
        for test in file.get("alert_rule_test", [])
    ]
    fires = {test["alertname"] for test in tests if test.get("exp_alerts")}
    rests = {test["alertname"] for test in tests if not test.get("exp_alerts")}
    pages = {
        re.sub(r"[^\w-]", "", line.removeprefix("## ").lower().replace(" ", "-"))
        for line in case.files["runbook"].splitlines() if line.startswith("## ")
    }
    for one in alerts(case):
        name = one["alert"]
        if not re.fullmatch(r"Usher([A-Z][a-z]+)+", name):
            yield f"{name}: is not a name like UsherDown"
        if one["labels"].get("severity") not in SEVERITIES:
            yield f"{name}: severity is none of {sorted(SEVERITIES)}"
        annotations = one["annotations"]
        if not {"summary", "description", "runbook"} <= annotations.keys():
            yield f"{name}: lacks a summary, a description or a page"
        elif annotations["runbook"] != f"deploy/runbook.md#{name.lower()}":
            yield f"{name}: its page is {annotations['runbook']}"
        if name.lower() not in pages:
            yield f"{name}: deploy/runbook.md has no such heading"
        if not re.search(r'job="(usher|receive)"', one["expr"]):
            yield f"{name}: would watch others' metrics"
        if name not in fires or name not in rests:
            yield f"{name}: deploy/checks/alerts_test.yaml must make it fire once and rest once"


@rule("Prometheus finds the pods, and calls them as the alerts do", breaks=[
    lambda case: monitor(case).update(jobLabel="app"),
    lambda case: monitor(case)["podMetricsEndpoints"][0].update(port="metrics"),
    lambda case: monitor(case)["podMetricsEndpoints"][0].update(path="/prometheus"),
    lambda case: labels_of(case.deployment()).update({"app.kubernetes.io/name": "worker"}),
    lambda case: case.objects.remove(case.find("NetworkPolicy", "usher-metrics")),
    lambda case: case.objects.remove(case.find("NetworkPolicy", "usher-receive-metrics")),
    lambda case: case.find("PodMonitor", "usher-receive")["spec"].update(
        jobLabel="app.kubernetes.io/name"
    ),
])
def scraped(case, source):
    for one in case.of_kind("PodMonitor"):
        workload = case.find("Deployment", one["metadata"]["name"])
        if not workload:
            yield f"{title(one)}: has the name of no Deployment"
            continue
        spec, own = one["spec"], labels_of(workload)
        job = "receive" if workload is case.receive() else "usher"
        if own.get(spec.get("jobLabel")) != job:
            yield f"{title(one)}: the job is not called {job}"
        ports = {port["name"] for port in container_of(workload)["ports"]}
        for endpoint in spec["podMetricsEndpoints"]:
            if endpoint["port"] not in ports or endpoint.get("path") not in source.paths:
                yield f"{title(one)}: nothing is served at {endpoint}"
        ways_in = [
            way
            for policy in case.of_kind("NetworkPolicy")
            if selects(policy["spec"]["podSelector"], own)
            for way in policy["spec"].get("ingress", [])
            if any(port["port"] == "http" for port in way.get("ports", []))
        ]
        if not ways_in:
            yield f"{title(one)}: no policy lets Prometheus in"


def monitor(case) -> dict:
    return case.of_kind("PodMonitor")[0]["spec"]


@rule("the dashboard works in anybody's Grafana", breaks=[
    change_dashboard(lambda it: it.update(id=7)),
    change_dashboard(lambda it: it.pop("uid")),
    change_dashboard(lambda it: it["templating"]["list"].pop(0)),
    change_dashboard(lambda it: it["panels"][0].pop("description")),
    change_dashboard(lambda it: it["panels"][0]["fieldConfig"]["defaults"].pop("unit")),
    change_dashboard(lambda it: it["panels"][0].update(datasource={"uid": "P1809F7CD0C75ACF3"})),
    change_dashboard(lambda it: it["panels"][1].update(id=it["panels"][0]["id"])),
    change_dashboard(lambda it: it["panels"][1].update(gridPos=it["panels"][0]["gridPos"])),
    change_dashboard(lambda it: it["panels"][0]["targets"][0].update(expr="usher_people")),
    change_dashboard(lambda it: it["panels"][6]["targets"][0].update(
        expr=it["panels"][6]["targets"][0]["expr"].replace("$__rate_interval", "1m")
    )),
    lambda case: case.find("ConfigMap", "usher-dashboard")["metadata"].pop("labels"),
    lambda case: case.find("ConfigMap", "usher-dashboard")["metadata"].update(name="x-5c6d7e"),
])
def dashboard_rules(case, _source):
    for one in case.of_kind("ConfigMap"):
        if "usher.json" in one.get("data", {}):
            if one["metadata"].get("labels", {}).get("grafana_dashboard") != "1":
                yield "Grafana's side-car does not see it"
            if one["metadata"]["name"] != "usher-dashboard":
                yield "its name changes with its content"
    for dashboard in dashboards(case):
        variables = {one["name"]: one["type"] for one in dashboard["templating"]["list"]}
        if variables.get("datasource") != "datasource" or not {"job", "instance"} <= set(variables):
            yield "it lacks the variables datasource, job and instance"
        if not dashboard.get("uid") or "id" in dashboard or "schemaVersion" not in dashboard:
            yield "it needs a uid and a schemaVersion, and no id"
        for name in ("id", "gridPos"):
            values = [json.dumps(panel[name]) for panel in dashboard["panels"]]
            if len(set(values)) < len(values):
                yield f"two panels have the same {name}"
        for panel, target in targets(dashboard):
            yield from (f"{panel.get('title')}: {what}" for what in of_panel(panel, target["expr"]))


def of_panel(panel: dict, expression: str):
    if not panel.get("title") or not panel.get("description"):
        yield "has no title or no description"
    if not panel["fieldConfig"]["defaults"].get("unit"):
        yield "has no unit"
    if panel["datasource"].get("uid") != "${datasource}":
        yield "asks a data source that only its author has"
    for variable in ("$job", "$namespace", "$instance"):
        selectors = re.findall(r"usher_\w+(\{[^}]*\})?", expression)
        if any(f'"{variable}"' not in selector for selector in selectors):
            yield f"does not filter by {variable}"
    for window in re.findall(r"\[([^\]]*)\]", expression):
        if window not in ("$__rate_interval", "$__range"):
            yield f"a rate over {window} has holes when zoomed out"
