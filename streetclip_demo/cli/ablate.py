"""``ablate DATASET``: settings compared on one dataset, each photo encoded once for each crop and model."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace

from streetclip_demo.checkpoints.cards import model_card
from streetclip_demo.cli.evaluate import Photos, asked, read_photos, readable
from streetclip_demo.cli.located_files import check_place
from streetclip_demo.cli.terminal import on_terminal
from streetclip_demo.cli.whole_file import write_whole
from streetclip_demo.errors import UserError
from streetclip_demo.evaluate.ablation import (
    BASELINE,
    GROUPS,
    TITLES,
    Setting,
    ablation_record,
    ablation_table,
    compared,
    settings,
)
from streetclip_demo.evaluate.crops import crop_embedder
from streetclip_demo.evaluate.distances import PROTOCOLS
from streetclip_demo.evaluate.outcomes import Answer, Outcomes, Scored, candidate_points, outcomes_of_scored
from streetclip_demo.evaluate.truth import Truth, places_of, truth_of
from streetclip_demo.locate.clip import ClipLocator
from streetclip_demo.locate.drawn import practice_digests
from streetclip_demo.locate.loading import Wanted, load_clip
from streetclip_demo.locate.starting_lists import all_presets
from streetclip_demo.places.gazetteer import Gazetteer

Compare = list[tuple[Setting, Outcomes]]


def ablate(options: argparse.Namespace, are_drawn: bool = False) -> int:
    """Ask every setting about every photo, and say which differences are more than noise."""
    groups = _groups(options.only)
    check_place("--html", options.html)
    gazetteer = Gazetteer.load()
    photos = read_photos(options)
    found: Compare = []
    for number, wanted in enumerate(_models(options)):
        photos, truth, more = _asked_of(
            options, wanted, photos, groups if number == 0 else [], gazetteer, are_drawn
        )
        found += more
        if len(found) and any(len(one) != len(truth) for _, one in found):
            raise UserError("A photo could be read for one model and not for another. Try again.")
    protocol = PROTOCOLS[options.distance]
    rows = compared(found, truth.clusters, protocol, options.resamples, options.seed)
    about = {
        "dataset": options.dataset.name,
        "photos": len(truth),
        "left_out": len(photos.left_out),
        "clusters": dict(truth.clusters_are),
        "distance": protocol.said,
        "resamples": options.resamples,
        "seed": options.seed,
        "notes": list(truth.notes),
    }
    if options.html:
        from streetclip_demo.evaluate.ablation_report import ablation_html

        write_whole(options.html, ablation_html(rows, about, options.by), "HTML file")
    if options.json:
        print(json.dumps(ablation_record(rows, about), ensure_ascii=False))
        return 0
    clusters = " and ".join(f"{count:,} by {kind}" for kind, count in truth.clusters_are.items())
    print(
        f"{options.dataset.name}: {len(truth):,} photos, {TITLES[options.by]}, with its difference from the baseline"
    )
    print(f"95 % intervals: paired bootstrap of {options.resamples:,} resamples over {clusters}")
    print("\n".join(ablation_table(rows, options.by)))
    print(f"Of {len(rows) - 1} comparisons about {(len(rows) - 1) / 20:.0f} would stand out by chance alone.")
    return 0


def _asked_of(
    options: argparse.Namespace,
    wanted: Wanted,
    photos: Photos,
    groups: Sequence[str],
    gazetteer: Gazetteer,
    are_drawn: bool,
) -> tuple[Photos, Truth, Compare]:
    """One model's answers to its settings; photos without those that cannot be read."""
    baseline = asked(options, wanted, gazetteer)
    chosen = settings(baseline, all_presets(gazetteer), groups)
    locator = load_clip(wanted, gazetteer, practice_digests(), on_terminal(wanted.card))
    answers = _answers(photos, locator, chosen, gazetteer, are_drawn)
    if not answers:
        raise UserError(f"None of the photos of {options.dataset} can be read.")
    photos = photos.only(answers)
    truth, protocol = truth_of(photos.dataset, gazetteer, options.cluster), PROTOCOLS[options.distance]
    found = []
    for setting, *scored in zip(chosen, *answers.values(), strict=True):
        points = candidate_points(setting.question, gazetteer)
        if not groups:
            setting = replace(setting, model=wanted.card.title, group="model")
        found.append((setting, outcomes_of_scored(scored, truth, protocol, points)))
    return photos, truth, found


def _answers(
    photos: Photos,
    locator: ClipLocator,
    chosen: Sequence[Setting],
    gazetteer: Gazetteer,
    are_drawn: bool,
) -> dict[str, list[Scored]]:
    """What each setting answers to each photo that can be read, by its id."""
    embed = crop_embedder(locator, [setting.crop for setting in chosen])
    true, answers = places_of(photos.dataset, gazetteer), {}
    for sample, embedded in readable(photos, locator, embed, are_drawn):
        given = (locator.answer(embedded[setting.crop], setting.question) for setting in chosen)
        answers[sample.id] = [Scored.of(Answer.of(one), *true[sample.id]) for one in given]
    return answers


def _models(options: argparse.Namespace) -> list[Wanted]:
    first = Wanted.by(options)
    return [first, *(replace(first, card=model_card(name), is_explicit=True) for name in options.against)]


def _groups(only: str) -> list[str]:
    if not only:
        return list(GROUPS)
    chosen = [name.strip() for name in only.split(",")]
    unknown = [name for name in chosen if name not in GROUPS]
    if unknown:
        raise UserError(f"--only: {unknown[0]!r} is none of {', '.join(GROUPS)}.")
    return [BASELINE, *chosen]
