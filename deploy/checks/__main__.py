"""Checks all renderings, after it has shown that each check can fail. `deploy/check` calls it."""

import argparse
import sys
import time
from pathlib import Path

import manifests
import programs
import registry
import rules_config
import rules_image
import rules_kafka
import rules_monitoring
import rules_pods
import rules_serve
import schemas
import source as program_source

# Importing them fills registry.RULES.
LOADED = (rules_config, rules_image, rules_kafka, rules_monitoring, rules_pods, rules_serve)


def said(what: str, problems: list[str], started: float) -> bool:
    """Tells how a step went; whether it went well."""
    print(f"{what}: {'ok' if not problems else len(problems)} ({time.monotonic() - started:.1f} s)")
    for problem in problems:
        print(f"  {problem}")
    return not problems


def across(cases: list, check) -> list[str]:
    """What is wrong, and in which renderings; once for all of them."""
    where: dict[str, list[str]] = {}
    for case in cases:
        for problem in check(case):
            where.setdefault(problem, []).append(case.name)
    return [f"{problem} (in: {', '.join(names)})" for problem, names in where.items()]


def main() -> int:
    parser = argparse.ArgumentParser(prog="deploy/check")
    parser.add_argument("--binary", type=Path, help="an usher that reads the configurations")
    arguments = parser.parse_args()
    usher = arguments.binary and programs.Usher(arguments.binary)

    started = time.monotonic()
    source = program_source.look()
    cases = manifests.cases()
    names = ", ".join(case.name for case in cases)
    print(f"rendered: {names} ({time.monotonic() - started:.1f} s)")

    # The fullest one; of its kind the others are parts.
    full = next(case for case in cases if case.name == "everything with kafka-scram")
    spots = registry.blind_spots(full, source)
    spots += schemas.blind_spots(full) + programs.blind_spots(full)
    spots += usher.blind_spots(cases[0]) if usher else []
    inputs = sum(len(rule.breaks) for rule in registry.RULES)
    good = said(f"{len(registry.RULES)} rules refuse {inputs} broken inputs", spots, started)

    started = time.monotonic()
    good &= said("schemas", across(cases, schemas.problems), started)

    started = time.monotonic()
    found = across(cases, lambda case: registry.problems(case, source))
    good &= said("rules", found, started)

    started = time.monotonic()
    good &= said("yamllint, hadolint, promtool", programs.problems(full), started)

    if usher:
        started = time.monotonic()
        good &= said("usher config check", across(cases, usher.problems), started)
    return 0 if good else 1


sys.exit(main())
