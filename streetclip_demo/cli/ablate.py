"""``ablate DATASET``: settings compared on one dataset, each photo encoded once for each crop and model."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace

from streetclip_demo.checkpoints.cards import ModelCard, model_card
from streetclip_demo.cli.dataset_photos import Photos, files_read, read_photos
from streetclip_demo.cli.evaluate import asked
from streetclip_demo.cli.located_files import check_place, check_unread
from streetclip_demo.cli.scored import check_ray, scored
from streetclip_demo.cli.whole_file import write_whole
from streetclip_demo.errors import UserError
from streetclip_demo.evaluate.ablation import (
    BASELINE,
    GROUPS,
    OF_POINTS,
    TITLES,
    Setting,
    ablation_record,
    ablation_table,
    compared,
    settings,
)
from streetclip_demo.evaluate.bootstrap import LEAST_CLUSTERS
from streetclip_demo.evaluate.distances import PROTOCOLS
from streetclip_demo.evaluate.evaluation import said_clusters
from streetclip_demo.evaluate.outcomes import Outcomes, outcomes_of_scored
from streetclip_demo.evaluate.scoring import Scoring
from streetclip_demo.evaluate.truth import Truth, truth_of
from streetclip_demo.locate.loading import Wanted
from streetclip_demo.locate.starting_lists import all_presets
from streetclip_demo.places.gazetteer import Gazetteer
from streetclip_demo.words.counts import counted

Compare = list[tuple[Setting, Outcomes]]


def ablate(options: argparse.Namespace, are_drawn: bool = False) -> int:
    """Ask every setting about every photo, and say which differences are more than noise."""
    models = _models(options)
    groups = _groups(options.only, models[0].card)
    check_place("--html", options.html)
    check_unread("--html", options.html, *files_read(options))
    check_ray(options)
    gazetteer = Gazetteer.load()
    photos = read_photos(options)
    found: Compare = []
    for number, wanted in enumerate(models):
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
    told = f"{counted(len(truth), 'photo', 'photos')}, {TITLES[options.by]}"
    print(f"{options.dataset.name}: {told}, with its difference from the baseline")
    resamples = counted(options.resamples, "resample", "resamples")
    print(f"95 % intervals: paired bootstrap of {resamples} over {said_clusters(truth.clusters_are)}")
    print("\n".join(ablation_table(rows, options.by)))
    if sum(truth.clusters_are.values()) < LEAST_CLUSTERS:
        print(f"Of fewer than {LEAST_CLUSTERS} no interval can be had, so that no difference is shown.")
    comparisons = counted(len(rows) - 1, "comparison", "comparisons")
    print(f"Of {comparisons} about {(len(rows) - 1) / 20:.0f} would stand out by chance alone.")
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
    chosen = settings(asked(options, wanted, gazetteer), all_presets(gazetteer), groups)
    scoring = Scoring(tuple((one.crop, one.question) for one in chosen), False, are_drawn)
    found = scored(options, photos, scoring, wanted, gazetteer)
    answers = {sample.id: told.scored for sample, told in found if not told.reason}
    if not answers:
        raise UserError(f"None of the photos of {options.dataset} can be read.")
    photos = photos.only(answers)
    truth, protocol = truth_of(photos.dataset, gazetteer, options.cluster), PROTOCOLS[options.distance]
    if not groups:
        chosen = [replace(setting, model=wanted.card.title, group="model") for setting in chosen]
    by_setting = zip(*answers.values(), strict=True)
    outcomes = [outcomes_of_scored(own, truth, protocol, gazetteer) for own in by_setting]
    return photos, truth, list(zip(chosen, outcomes, strict=True))


def _models(options: argparse.Namespace) -> list[Wanted]:
    first = Wanted.by(options)
    return [first, *(replace(first, card=model_card(name), is_explicit=True) for name in options.against)]


def _groups(only: str | None, card: ModelCard) -> list[str]:
    """What is to be compared; nothing of labels or captions where the model compares points."""
    known = OF_POINTS if card.kind == "geoclip" else GROUPS
    chosen = [name.strip() for name in only.split(",")] if only is not None else list(known)
    unknown = [name for name in chosen if name not in known]
    if unknown:
        of_model = f" for {card.title}" if known is OF_POINTS else ""
        raise UserError(f"--only: {unknown[0]!r} is none of {', '.join(known)}{of_model}.")
    return [BASELINE, *chosen]
