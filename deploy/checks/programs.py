"""Checks that other programs make: yamllint, hadolint, promtool, and usher itself."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import yaml

from manifests import DEPLOY, WORK, container_of
from rules_config import mounted
from rules_monitoring import dashboards, targets

# Rule files have a key `on`, which is no truth.
YAMLLINT = "{extends: default, rules: {line-length: disable, document-start: disable," \
    " braces: {max-spaces-inside: 1}, octal-values: disable, truthy: {check-keys: false}," \
    " comments: {min-spaces-from-content: 1}}}"
HADOLINT = ["hadolint", "--failure-threshold", "style"]


def run(command: list, text: str | None = None, **options) -> str:
    """What the program complains about; nothing if it is content."""
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, check=False, **options
    )
    return "" if done.returncode == 0 else f"{done.stdout}{done.stderr}".strip()


def yamllint(*paths) -> str:
    return run(["yamllint", "--strict", "-d", YAMLLINT, *map(str, paths)])


def hadolint(text: str) -> str:
    return run([*HADOLINT, "-"], text)


def written(name: str, value) -> Path:
    WORK.mkdir(parents=True, exist_ok=True)
    file = WORK / name
    file.write_text(yaml.safe_dump(value, sort_keys=False))
    return file


def rules_of(case) -> dict:
    groups = [one["spec"]["groups"] for one in case.of_kind("PrometheusRule")]
    return {"groups": [group for some in groups for group in some]}


def promtool_check(rules: dict) -> str:
    return run(["promtool", "check", "rules", "--lint=all", "--lint-fatal",
                str(written("usher.rules.yaml", rules))])


def promtool_test(rules: dict, tests: str) -> str:
    written("usher.rules.yaml", rules)
    (WORK / "alerts_test.yaml").write_text(tests)
    return run(["promtool", "test", "rules", str(WORK / "alerts_test.yaml")])


def panels(case) -> dict:
    """What the panels ask, as rules, for promtool to parse."""
    expressions = [one["expr"] for it in dashboards(case) for _, one in targets(it)]
    filled = [re.sub(r"\$__\w+", "5m", one) for one in expressions]
    rules = [{"record": f"panel:{n}", "expr": one} for n, one in enumerate(filled)]
    return {"groups": [{"name": "panels", "rules": rules}]}


def problems(case) -> list[str]:
    found = {
        "yamllint": yamllint(DEPLOY),
        "hadolint": hadolint(case.files["Dockerfile"]),
        "promtool check": promtool_check(rules_of(case)),
        "promtool test": promtool_test(rules_of(case), case.files["alerts_test"]),
        "the dashboard": promtool_check(panels(case)),
    }
    return [f"{name}: {what}" for name, what in found.items() if what]


def blind_spots(case) -> list[str]:
    tests, rules = case.files["alerts_test"], rules_of(case)
    mute = {"groups": [{"name": "usher", "rules": [
        {**one, "expr": "vector(0) > 1"} for one in rules["groups"][0]["rules"]
    ]}]}
    broken = {"groups": [{"name": "usher", "rules": [{"alert": "A", "expr": "sum by ("}]}]}
    WORK.mkdir(parents=True, exist_ok=True)
    twice = WORK / "twice.yaml"
    twice.write_text("a: 1\na: 2\n")
    noticed = {
        "yamllint, of a key that is there twice": yamllint(twice),
        "hadolint, of latest": hadolint("FROM debian:latest\n"),
        "hadolint, of a shell as entry point": hadolint("FROM scratch\nENTRYPOINT usher\n"),
        "promtool, of broken PromQL": promtool_check(broken),
        "promtool, of alerts that never fire": promtool_test(mute, tests),
    }
    return [f"{name}: not noticed" for name, what in noticed.items() if not what]


class Usher:
    """Lets usher read the configuration of a rendering, with all files where its pod has them."""

    def __init__(self, binary: Path):
        self.binary = binary.resolve()

    def problems(self, case) -> list[str]:
        found = []
        # Whoever takes events in reads neither rules nor tokens; `config check` reads them all.
        for workload in [case.deployment()] if case.deployment() else []:
            root = WORK / "pod" / case.name.replace(" ", "-")
            shutil.rmtree(root, ignore_errors=True)
            places = {
                place: root / place.lstrip("/") for place in mounted(workload)
            }
            if workload is case.pages():
                self._stand_in_for_tokens(root, case, places)
            for place, volume in mounted(workload).items():
                self._fill(places[place], volume, case, places)
            what = run(
                [str(self.binary), "config", "check", "--config",
                 str(places["/etc/usher"] / "usher.yaml")],
                env=self._variables(workload, places),
            )
            found += [what] if what else []
        return found

    def _fill(self, directory: Path, volume: dict, case, places: dict) -> None:
        directory.mkdir(parents=True)
        if "configMap" in volume:
            data = case.find("ConfigMap", volume["configMap"]["name"])["data"]
            for name, text in data.items():
                (directory / name).write_text(moved(text, places))
        for source in volume.get("projected", {}).get("sources", []):
            # Without a list of items every key of the Secret is there; usher.yaml says which.
            names = [item["path"] for item in source["secret"].get("items", [])]
            names = names or token_names(case)
            for name in names:
                (directory / name).write_text(self._secret(name))

    def _stand_in_for_tokens(self, root: Path, case, places: dict) -> None:
        """`config check` asks for the tokens, too, which the pod of the pages rightly lacks."""
        for place in {token_place(target) for target in targets_of(case)}:
            places[place] = root / place.lstrip("/")
            places[place].mkdir(parents=True, exist_ok=True)
            for name in token_names(case):
                (places[place] / name).write_text("not-a-secret")

    def _secret(self, name: str) -> str:
        if not name.endswith((".crt", ".key")):
            return "not-a-secret"
        key, certificate = WORK / "test.key", WORK / "test.crt"
        if not certificate.is_file():
            complaint = run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                             "-subj", "/CN=test", "-keyout", str(key), "-out", str(certificate)])
            if complaint:
                raise SystemExit(f"could not make a certificate: {complaint}")
        return (key if name.endswith(".key") else certificate).read_text()

    def _variables(self, workload: dict, places: dict) -> dict:
        return {
            one["name"]: moved(one.get("value", "a-name"), places)
            for one in container_of(workload).get("env", [])
        }

    def blind_spots(self, case) -> list[str]:
        noticed = []
        for change in (
            lambda it: it["tenants"][0].update(rules=["nothing.yaml"]),
            lambda it: it["kafka"].update(broker="misspelt:9092"),
        ):
            spoilt = type(case)("spoilt", json.loads(json.dumps(case.objects)), case.files)
            spoilt.configure(change)
            noticed.append(bool(self.problems(spoilt)))
        return [] if all(noticed) else ["usher takes a configuration that is wrong"]


def moved(text: str, places: dict) -> str:
    """With the places of the pod as the places of this check."""
    for place, here in sorted(places.items(), reverse=True):
        text = re.sub(rf"(?<![\w/]){re.escape(place)}(?=/)", str(here), text)
    return text


def targets_of(case) -> list[dict]:
    return [one for tenant in case.configuration()["tenants"] for one in tenant["targets"]]


def token_place(target: dict) -> str:
    return target["token_file"].rpartition("/")[0]


def token_names(case) -> list[str]:
    return [target["token_file"].rpartition("/")[2] for target in targets_of(case)]
