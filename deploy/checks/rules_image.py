"""The Dockerfile and the pods agree."""

import re

from manifests import pod_of
from registry import rule


def edit(old: str, new: str):
    def spoil(case):
        case.files = {**case.files, "Dockerfile": re.sub(old, new, case.files["Dockerfile"])}

    return spoil


@rule("the image is what the pods take it for", breaks=[
    edit(r"USER 65532:65532", "USER nobody"),
    edit(r"USER 65532:65532", "USER 1000:1000"),
    edit(r"FROM scratch\nARG", "FROM docker.io/library/debian:12\nARG"),
    edit(r"ARG RUST=[\d.]+", "ARG RUST=1.0.0"),
    edit(r"EXPOSE 9464", "EXPOSE 8080"),
    edit(r'ENTRYPOINT \["/usr/bin/usher"\]', "ENTRYPOINT /usr/bin/usher"),
    edit(r"crt-static", "crt-dynamic"),
    lambda case: pod_of(case.deployment())["securityContext"].update(runAsUser=1000),
])
def image(case, source):
    text = case.files["Dockerfile"]
    last = text[text.rindex("\nFROM ") + 1:]
    if not last.startswith("FROM scratch\n"):
        yield "the last stage is not empty"
    if f"ARG RUST={source.toolchain}\n" not in text:
        yield f"rust-toolchain.toml says {source.toolchain}"
    if 'ENTRYPOINT ["/usr/bin/usher"]' not in last:
        yield "the entry point needs a shell, or is not usher"
    if "target-feature=+crt-static" not in text:
        yield "the program would want a loader that is not there"
    if not case.deployment():
        return
    security = pod_of(case.deployment())["securityContext"]
    user = f"{security.get('runAsUser')}:{security.get('runAsGroup')}"
    if f"\nUSER {user}\n" not in last:
        yield f"the pods run as {user}"
    ports = [one["containerPort"] for one in case.container()["ports"]]
    if [f"EXPOSE {port}" for port in ports] != re.findall(r"^EXPOSE \d+", last, re.M):
        yield f"the container's ports are {ports}"


def forget(line: str):
    def spoil(case):
        case.files = {**case.files, "ignored": case.files["ignored"].replace(line, "")}

    return spoil


@rule("the build sees what the compiler reads, and no more", breaks=[
    forget("!config\n"), forget("!src\n"), forget("!core\n"), forget("!lab\n"),
    forget("!tests/it/main.rs\n"), forget("*\n"),
    lambda case: case.files.update(ignored=case.files["ignored"] + "!.git\n"),
])
def context(case, source):
    lines = [one for one in case.files["ignored"].splitlines() if one and one[0] != "#"]
    if lines[0] != "*":
        yield "everything is in it"
    seen = {one.removeprefix("!") for one in lines if one.startswith("!")}
    for path in sorted(needed(source)):
        if not any(path == one or path.startswith(f"{one}/") for one in seen):
            yield f"{path} is not in it"
    for one in sorted(seen):
        if not any(path == one or path.startswith(f"{one}/") for path in needed(source)):
            yield f"{one} is in it for nothing"


def needed(source) -> set[str]:
    return source.compiled_in | {"Cargo.toml", "Cargo.lock"}
