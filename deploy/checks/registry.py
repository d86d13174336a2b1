"""Rules, each with inputs that it must refuse: a rule that cannot fail is none."""

import copy
from dataclasses import dataclass
from typing import Callable

from manifests import Case


@dataclass
class Rule:
    name: str
    check: Callable
    breaks: list


RULES: list[Rule] = []


def rule(name: str, *, breaks: list):
    """Makes a function a rule: it takes a case and what the source says, and yields problems.

    Each of `breaks` takes a good case and spoils it in one way that the rule must notice.
    """

    def register(check):
        RULES.append(Rule(name, check, breaks))
        return check

    return register


def problems(case: Case, source) -> list[str]:
    return [f"{one.name}: {problem}" for one in RULES for problem in one.check(case, source)]


def blind_spots(case: Case, source) -> list[str]:
    """What rules overlook in spoilt copies of a good case."""
    overlooked = []
    for one in RULES:
        for number, spoil in enumerate(one.breaks, start=1):
            spoilt = copy.deepcopy(case)
            spoil(spoilt)
            if spoilt == case:
                overlooked.append(f"{one.name}: its broken input {number} is not broken")
            elif not list(one.check(spoilt, source)):
                overlooked.append(f"{one.name}: overlooks its broken input {number}")
        if not one.breaks:
            overlooked.append(f"{one.name}: has no broken input")
    return overlooked
