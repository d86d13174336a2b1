"""Rendered manifests, and ways to find things in them."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
WORK = ROOT / "target" / "deploy-check"

KUBERNETES = DEPLOY / "kubernetes"
OWN_NAME = "usher"
RECEIVE = "usher-receive"

# Components that are nothing without another one.
NEEDS = {"receive-keda": ["receive"], "receive-monitoring": ["receive"]}


@dataclass
class Case:
    """One rendering, as objects; and the files beside it that rules look at."""

    name: str
    objects: list
    files: dict = field(default_factory=dict)

    def of_kind(self, *kinds: str) -> list:
        return [one for one in self.objects if one["kind"] in kinds]

    def find(self, kind: str, name: str):
        named = (one for one in self.of_kind(kind) if one["metadata"]["name"] == name)
        return next(named, None)

    def workloads(self) -> list:
        return self.of_kind("Deployment", "Job")

    def deployment(self):
        """The worker's."""
        return self.find("Deployment", OWN_NAME)

    def pages(self):
        """The Deployment of `usher serve`."""
        return self.find("Deployment", f"{OWN_NAME}-serve")

    def receive(self):
        """The workload that takes events in, if there is one."""
        return self.find("Deployment", RECEIVE)

    def container(self):
        return container_of(self.deployment())

    def config_map(self):
        """The one with usher.yaml in it."""
        maps = (one for one in self.of_kind("ConfigMap") if "usher.yaml" in one.get("data", {}))
        return next(maps, None)

    def configuration(self):
        found = self.config_map()
        return found and yaml.safe_load(found["data"]["usher.yaml"])

    def configure(self, change) -> None:
        """Changes usher.yaml, for a broken input."""
        configuration = self.configuration()
        change(configuration)
        self.config_map()["data"]["usher.yaml"] = yaml.safe_dump(configuration)


def pod_of(workload: dict) -> dict:
    return workload["spec"]["template"]["spec"]


def container_of(workload: dict) -> dict:
    return pod_of(workload)["containers"][0]


def labels_of(workload: dict) -> dict:
    return workload["spec"]["template"]["metadata"]["labels"]


def title(one: dict) -> str:
    return f"{one['kind']} {one['metadata']['name']}"


def selects(selector: dict, labels: dict) -> bool:
    wanted = selector.get("matchLabels", {})
    return bool(wanted) and wanted.items() <= labels.items()


def render(directory: Path) -> list:
    done = subprocess.run(
        ["kubectl", "kustomize", str(directory)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"could not render {directory}: {done.stderr.strip()}")
    return [one for one in yaml.safe_load_all(done.stdout) if one]


def render_with(name: str, components: list[str]) -> list:
    """The base with these components, as an overlay would have it."""
    directory = WORK / name
    directory.mkdir(parents=True, exist_ok=True)
    overlay = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": OWN_NAME,
        "resources": ["../../../deploy/kubernetes/base"],
        "components": [f"../../../deploy/kubernetes/components/{one}" for one in components],
    }
    is_tls = any(one.startswith("kafka-") for one in components)
    if is_tls or "receive" in components:
        source = KUBERNETES / ("components/receive" if "receive" in components else "base")
        text = (source / "usher.yaml").read_text()
        (directory / "usher.yaml").write_text(text.replace(":9092", ":9093") if is_tls else text)
        overlay["configMapGenerator"] = [
            {"name": "usher-config", "behavior": "merge", "files": ["usher.yaml"]}
        ]
    (directory / "kustomization.yaml").write_text(yaml.safe_dump(overlay))
    return render(directory)


def cases() -> list[Case]:
    """The base alone, with each component, with all that go together, and the example."""
    files = {
        "Dockerfile": (DEPLOY / "Dockerfile").read_text(),
        "ignored": (DEPLOY / "Dockerfile.dockerignore").read_text(),
        "runbook": (DEPLOY / "runbook.md").read_text(),
        "alerts_test": (DEPLOY / "checks" / "alerts_test.yaml").read_text(),
    }
    components = sorted(one.name for one in (KUBERNETES / "components").iterdir())
    found = [Case("base", render(KUBERNETES / "base"), files)]
    found += [Case(one, render_with(one, [*NEEDS.get(one, []), one]), files) for one in components]
    found += [
        Case(f"overlay {one.name}", render(one), files)
        for one in sorted((KUBERNETES / "overlays").iterdir())
    ]
    strimzi = render(DEPLOY / "strimzi")
    ways_in = [one for one in components if one.startswith("kafka-")]
    rest = [one for one in components if one not in ways_in]
    # Sorted by name, each comes after what it needs.
    for way in ways_in:
        objects = render_with(f"everything-{way}", [*rest, way]) + strimzi
        found.append(Case(f"everything with {way}", objects, files))
    return found
