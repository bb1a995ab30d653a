"""The dashboard as code: reads `bi/superset`, and writes back what was edited in the browser.

The folder is in Superset's own import format. An export differs from it only in what one installation
made up (ids, addresses, times), which `normalised` takes out, so that a diff shows edits alone.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from bi.connection import connected
from bi.settings import BiSettings

FOLDER = Path(__file__).parent / "superset"
_KINDS = ("databases", "datasets", "charts", "dashboards")
# Keys of a chart's parameters and of a dashboard's metadata that hold ids of one installation.
_CHART_IDS = ("datasource", "slice_id", "dashboards", "url_params", "extra_form_data", "annotation_layers")
_DASHBOARD_IDS = ("chart_configuration", "global_chart_configuration")

Contents = dict[str, str]


def read_assets(settings: BiSettings, folder: Path = FOLDER) -> Contents:
    """Every file's text by its path inside the folder, the database with this machine's connection."""
    contents = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.yaml"))
    }
    for name in contents:
        if name.startswith("databases/"):
            contents[name] = dump(connected(yaml.safe_load(contents[name]), settings))
    return contents


def fingerprint(contents: Contents) -> str:
    """A hash over all files, to tell whether anything changed since the last import."""
    return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()


def write_assets(exported: Iterable[tuple[str, str]], folder: Path = FOLDER) -> list[str]:
    """Write an export into the folder, each object into the file that holds its uuid already; returns what changed.

    Files of objects that the export lacks are removed. The database's file stays: its address is this machine's.
    """
    documents = [(name, yaml.safe_load(text)) for name, text in exported if name.split("/")[0] in _KINDS[1:]]
    names = {yaml.safe_load(path.read_text(encoding="utf-8")).get("uuid"): path for path in folder.rglob("*.yaml")}
    chart_numbers = {uuid: number for number, uuid in enumerate(sorted(_chart_uuids(documents)), start=1)}
    written: dict[Path, str] = {}
    for name, document in documents:
        path = names.get(document["uuid"], folder / file_name(name))
        written[path] = dump(normalised(name.split("/")[0], document, chart_numbers))
    stale = [path for kind in _KINDS[1:] for path in (folder / kind).rglob("*.yaml") if path not in written]
    changed = [path for path, text in written.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written[path], encoding="utf-8")
    for path in stale:
        path.unlink()
    return sorted(path.relative_to(folder).as_posix() for path in [*changed, *stale])


def file_name(exported: str) -> str:
    """The path for a new object: its kind and name, without the folder and number that Superset adds."""
    kind, *_, last = exported.split("/")
    stem = re.sub(r"_\d+$", "", last.removesuffix(".yaml"))
    return f"{kind}/{re.sub(r'[^a-z0-9.]+', '-', stem.lower()).strip('-')}.yaml"


def normalised(kind: str, document: Mapping[str, Any], chart_numbers: Mapping[str, int]) -> dict[str, Any]:
    """The document without what one installation made up; charts of a dashboard are numbered by `chart_numbers`."""
    if kind == "charts":
        params = {key: value for key, value in document["params"].items() if key not in _CHART_IDS}
        return {**document, "params": dict(sorted(params.items())), "query_context": None}
    if kind == "dashboards":
        return _normalised_dashboard(document, chart_numbers)
    return {
        **document,
        "metrics": _described(document["metrics"], "metric_name"),
        "columns": _described(document["columns"], "column_name"),
    }


def _described(items: Iterable[Mapping[str, Any]], name: str) -> list[dict[str, Any]]:
    """Columns or metrics of a dataset by name, without what is not set; Superset keeps them in no order."""
    return [
        {key: value for key, value in item.items() if value not in (None, {})}
        for item in sorted(items, key=lambda item: str(item[name]))
    ]


def _normalised_dashboard(document: Mapping[str, Any], chart_numbers: Mapping[str, int]) -> dict[str, Any]:
    old_to_new: dict[int, int] = {}
    position = {}
    for key, node in sorted(document["position"].items()):
        if isinstance(node, dict) and node.get("type") == "CHART":
            number = chart_numbers[node["meta"]["uuid"]]
            old_to_new[node["meta"]["chartId"]] = number
            node = {**node, "meta": {**node["meta"], "chartId": number}}
        position[key] = node
    metadata = {key: value for key, value in document["metadata"].items() if key not in _DASHBOARD_IDS}
    metadata["native_filter_configuration"] = [
        _renumbered(item, old_to_new) for item in metadata.get("native_filter_configuration", [])
    ]
    return {**document, "position": position, "metadata": dict(sorted(metadata.items()))}


def _renumbered(native_filter: Mapping[str, Any], old_to_new: Mapping[int, int]) -> dict[str, Any]:
    kept = {key: value for key, value in native_filter.items() if key not in {"chartsInScope", "tabsInScope"}}
    scope = kept.get("scope", {})
    excluded = sorted(old_to_new[number] for number in scope.get("excluded", []) if number in old_to_new)
    return {**kept, "scope": {**scope, "excluded": excluded}}


def _chart_uuids(documents: Iterable[tuple[str, Mapping[str, Any]]]) -> set[str]:
    return {document["uuid"] for name, document in documents if name.startswith("charts/")}


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, so that markdown and CSS can be edited."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


def dump(document: Mapping[str, Any]) -> str:
    """The document as YAML, keys in their order."""
    return yaml.dump(dict(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
