"""A prediction as GeoJSON (RFC 7946): its leaves as points, for maps and GIS programs. Writes no file."""

from collections.abc import Sequence

from streetclip_demo.report.table import nodes, undated

# As the record has them, where it has them
BESIDE = ("mark", "notes", "half_mass_radius_km", "photo", "photos", "parts", "odd", "manifest")


def places(record: dict, file: str = "", model: str = "") -> dict:
    """The leaf posterior as a FeatureCollection.

    Parameters
    ----------
    record : dict
        From `export.prediction_record`.
    file : str, optional
        Written as "file" beside each leaf, where those of several photos come together.
    model : str, optional
        Written as "model" beside each leaf, where those of several models do.

    Returns
    -------
    dict
        A feature for each leaf that has a point, most probable first: [longitude, latitude] in degrees (WGS 84),
        with path, level, probability, rank (the estimator's) and map_rank (null where it is none of the guesses, none
        of the discs). "not_on_map" has the leaves without a point, so that the probabilities of both sum to 1. A label
        that programs would make a day of ("2020-01-01") begins with an apostrophe. "discs", which may have other labels
        inside and then are no leaves, "manifest", "mark" and "notes" are the record's.
    """
    leaves = [(path, node) for path, node in nodes(record["tree"]) if not node["children"]]
    leaves.sort(key=lambda leaf: -leaf[1]["probability"])
    photo = ({"file": undated(file)} if file else {}) | ({"model": undated(model)} if model else {})
    described = [(node, photo | _properties(path, node, record["mark"])) for path, node in leaves]
    return {
        "type": "FeatureCollection",
        "features": [_feature(node, about) for node, about in described if node["latitude"] is not None],
        "not_on_map": [about for node, about in described if node["latitude"] is None],
        "discs": [_undated_disc(disc) for disc in record["discs"]],
        **{key: record[key] for key in BESIDE if key in record},
    }


def compared_places(records: Sequence[dict]) -> dict:
    """The same of several models on one photo: the features of all, each with its model, and what each rests on."""
    told = [places(record, model=record["manifest"]["model"]) for record in records]
    features = [feature for one in told for feature in one.pop("features")]
    models = [{key: one[key] for key in one if key != "type"} for one in told]
    return {"type": "FeatureCollection", "features": features, "models": models}


def _undated_disc(place: dict) -> dict:
    best = place.get("best_inside")
    told = place | {"name": undated(place["name"]), "path": [*map(undated, place["path"])]}
    return told | ({"best_inside": _undated_disc(best)} if best else {})


def _feature(node: dict, properties: dict) -> dict:
    point = {"type": "Point", "coordinates": [node["longitude"], node["latitude"]]}
    return {"type": "Feature", "geometry": point, "properties": properties}


def _properties(path: tuple[str, ...], node: dict, mark: str) -> dict:
    told = {"name": undated(node["name"]), "path": [*map(undated, path)]}
    told |= {"level": node["level"], "place_id": node["place_id"]}
    told |= {"probability": node["probability"], "rank": node["rank"], "map_rank": node["map_rank"]}
    return told | ({"mark": mark} if mark else {})  # programs that read features drop what stands beside them
