"""``doctor``: what on this machine may keep the app from working, a line each, and what to do about it."""

import argparse
import dataclasses
import json
from collections.abc import Callable, Iterable

from streetclip_demo.checkpoints.cards import model_card
from streetclip_demo.cli import machine_checks
from streetclip_demo.cli.finding import Finding, problem
from streetclip_demo.cli.terminal import plain
from streetclip_demo.errors import UserError
from streetclip_demo.locate.loading import model_names
from streetclip_demo.own_files import check_looks_and_scripts
from streetclip_demo.surroundings import prepare_page

MARKS = {"ok": "OK", "warning": "warning", "problem": "PROBLEM"}


def doctor(options: argparse.Namespace) -> int:
    """Look at everything; 1 where something keeps the app from working, 0 otherwise."""
    found = list(findings(options))
    if options.json:
        print(json.dumps({"ok": _is_well(found), "findings": [dataclasses.asdict(one) for one in found]}))
    else:
        print("\n".join(line for one in found for line in _lines(one)))
    return 0 if _is_well(found) else 1


def findings(options: argparse.Namespace) -> Iterable[Finding]:
    """All of them, in the order of a start."""
    yield machine_checks.python()
    yield from machine_checks.packages()
    yield _tried("the app's own files", check_looks_and_scripts, "all are whole")
    surroundings = _tried("settings", prepare_page, "the hub's address and the proxies can be used")
    yield surroundings
    yield machine_checks.proxies()
    yield machine_checks.temporary_folder()
    yield machine_checks.memory(len(model_names(options.model)))
    yield machine_checks.open_files()
    yield machine_checks.port(options.port)
    yield machine_checks.fonts()
    yield machine_checks.graphics()
    if surroundings.level == "problem":  # the rest would ask the hub's library, which cannot be had like this
        return
    try:
        cards = [model_card(name) for name in model_names(options.model)]
    except UserError as error:
        yield problem("model", str(error), "Name another one with --model.")
        return
    from streetclip_demo.cli import model_checks  # brings the hub's library, which reads the environment once

    yield from model_checks.caches(*cards)
    for card in cards:
        yield model_checks.files(card)
        yield from model_checks.package(card)
    yield from model_checks.hub_and_clock(*cards)


def _tried(what: str, check: Callable[[], object], well: str) -> Finding:
    try:
        check()
    except UserError as error:
        return problem(what, str(error))
    return Finding(what, "ok", f"{well}.")


def _is_well(found: Iterable[Finding]) -> bool:
    return all(one.level != "problem" for one in found)


def _lines(one: Finding) -> Iterable[str]:
    yield plain(f"{MARKS[one.level]:8} {one.what}: {one.said}")
    if one.do:
        yield plain(f"{'':8} -> {one.do}")
