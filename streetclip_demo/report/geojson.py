"""A prediction as GeoJSON (RFC 7946): its leaves as points, for maps and GIS programs. Writes no file."""

from streetclip_demo.report.table import nodes, undated


def places(record: dict, file: str = "") -> dict:
    """The leaf posterior as a FeatureCollection.

    Parameters
    ----------
    record : dict
        From `export.prediction_record`.
    file : str, optional
        Written as "file" beside each leaf, where those of several photos come together.

    Returns
    -------
    dict
        A feature for each leaf that has a point, most probable first: [longitude, latitude] in degrees (WGS 84),
        with path, level, probability and rank (null where it is not among the guesses). "not_on_map" has
        the leaves without a point, so that the probabilities of both sum to 1. A label that programs would make a
        day of ("2020-01-01") begins with an apostrophe. "manifest", "mark" and "notes"
        are the record's.
    """
    leaves = [(path, node) for path, node in nodes(record["tree"]) if not node["children"]]
    leaves.sort(key=lambda leaf: -leaf[1]["probability"])
    photo = {"file": undated(file)} if file else {}
    described = [(node, photo | _properties(path, node, record["mark"])) for path, node in leaves]
    return {
        "type": "FeatureCollection",
        "features": [_feature(node, about) for node, about in described if node["latitude"] is not None],
        "not_on_map": [about for node, about in described if node["latitude"] is None],
        **{key: record[key] for key in ("mark", "notes", "half_mass_radius_km", "photo", "manifest")},
    }


def _feature(node: dict, properties: dict) -> dict:
    point = {"type": "Point", "coordinates": [node["longitude"], node["latitude"]]}
    return {"type": "Feature", "geometry": point, "properties": properties}


def _properties(path: tuple[str, ...], node: dict, mark: str) -> dict:
    told = {"name": undated(node["name"]), "path": [*map(undated, path)]}
    told |= {"level": node["level"], "place_id": node["place_id"]}
    told |= {"probability": node["probability"], "rank": node["rank"]}
    return told | ({"mark": mark} if mark else {})  # programs that read features drop what stands beside them
