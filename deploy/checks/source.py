"""What the program says of itself: read from its source, so that no list here can grow old."""

import re
from dataclasses import dataclass

from manifests import ROOT

# Where the time between SIGTERM and the end goes, in the order in which it passes.
DRAIN = [
    ("src/worker/life/mod.rs", "DRAIN_AT_MOST"),
    ("src/receive/ownership.rs", "LEAVE_WITHIN"),
    ("src/receive/ownership.rs", "LEAVE_WITHIN"),
    ("src/observe/traces/mod.rs", "FLUSH_TIMEOUT"),
    ("src/cli/run.rs", "REST"),
]
UNITS = {"from_millis": 0.001, "from_secs": 1, "from_mins": 60}


@dataclass
class Source:
    # Name as Prometheus sees it, and the names of its labels.
    metrics: dict[str, set[str]]
    # Everything in quotes that a label's value may be.
    words: set[str]
    paths: set[str]
    drain_seconds: float
    toolchain: str
    starter_rules: str
    # What the compiler reads besides Rust, from the root of the project.
    compiled_in: set[str]


def read(path: str) -> str:
    file = ROOT / path
    if not file.is_file():
        raise SystemExit(f"{path} is gone; deploy/checks/source.py must learn where it went")
    return file.read_text()


def one_match(pattern: str, path: str) -> re.Match:
    found = re.search(pattern, read(path))
    if not found:
        raise SystemExit(f"{path} no longer has {pattern}; deploy/checks/source.py must follow")
    return found


def seconds(path: str, constant: str) -> float:
    pattern = rf"const {constant}: Duration = Duration::(\w+)\(([\d_]+)\)"
    unit, number = one_match(pattern, path).groups()
    return int(number.replace("_", "")) * UNITS[unit]


def metrics() -> dict[str, set[str]]:
    files = sorted(file.name for file in (ROOT / "src/observe/metrics").glob("*.rs"))
    text = "".join(read(f"src/observe/metrics/{name}") for name in files if name != "tests.rs")
    labels_of = {
        name: set(re.findall(r"^\s+(?:pub\(super\) )?(\w+):", body, re.M))
        for name, body in re.findall(
            r"struct (\w+Labels) \{(.*?)\}", read("src/observe/metrics/labels.rs"), re.S
        )
    }
    kinds = {
        field: (kind, labels_of.get(labels, set()))
        for field, labels, kind in re.findall(
            r"^    (?:pub\(super\) )?(\w+): (?:Family<(\w+), )?(Counter|Gauge|Histogram)\b",
            text,
            re.M,
        )
    }
    registered = re.findall(
        r'register(?:_with_unit)?\(\s*"(\w+)",\s*"[^"]*",\s*(?:Unit::(\w+),\s*)?self\.(?:\w+\.)?(\w+)\.clone',
        text,
    )
    found = {}
    for name, unit, field in registered:
        kind, labels = kinds[field]
        full = f"usher_{name}" + (f"_{unit.lower()}" if unit else "")
        if kind == "Histogram":
            found[f"{full}_bucket"] = labels | {"le"}
            found[f"{full}_sum"] = found[f"{full}_count"] = labels
        else:
            found[full + ("_total" if kind == "Counter" else "")] = labels
    if text.count("list.register") != len(registered) or len(found) < 15:
        raise SystemExit("not every metric is understood; deploy/checks/source.py must follow")
    return found


def compiled_in() -> set[str]:
    manifest = read("Cargo.toml")
    members = re.search(r"^members = \[(.*)\]", manifest, re.M).group(1)
    crates = [ROOT / one for one in re.findall(r'"([^"]+)"', members) if one != "."]
    found = {
        str((crate / part).relative_to(ROOT)) for crate in crates for part in ("Cargo.toml", "src/lib.rs")
    }
    files = [file for crate in [ROOT, *crates] for file in (crate / "src").rglob("*.rs")]
    for file in files:
        is_test = "tests" in file.relative_to(ROOT).parts or file.stem.endswith("tests")
        for path in re.findall(r'include_(?:str|bytes)!\(\s*"([^"]+)"', file.read_text()):
            if not is_test:
                found.add(str((file.parent / path).resolve().relative_to(ROOT)))
        # Paths that a macro puts together: all that lies in the folder.
        for path in re.findall(r'include_(?:str|bytes)!\(\s*concat!\(\s*"([^"]+/)"', file.read_text()):
            if not is_test:
                folder = (file.parent / path).resolve()
                found |= {str(one.relative_to(ROOT)) for one in folder.iterdir()}
    return found | set(re.findall(r'^(?:path|build) = "([^"]+)"', manifest, re.M))


def look() -> Source:
    words = "".join(read(f"src/observe/metrics/{name}.rs") for name in ("labels", "mod", "doors"))
    # Of a hold's verdict, a pause's scope and a limit's kind; and every code.
    words += "".join(read(f"core/src/engine/brakes/{name}.rs") for name in ("figures", "kind", "counters"))
    words += read("core/src/model/code/a_to_n.rs") + read("core/src/model/code/o_to_z.rs")
    return Source(
        metrics=metrics(),
        words=set(re.findall(r'"([\w.]+)"', words)),
        paths=set(re.findall(r'\.route\("(/\w+)"', read("src/observe/health/mod.rs"))),
        drain_seconds=sum(seconds(*where) for where in DRAIN),
        toolchain=one_match(r'channel = "([\d.]+)"', "rust-toolchain.toml").group(1),
        starter_rules=read("config/rules/starter.yaml"),
        compiled_in=compiled_in(),
    )
