"""The dashboard's YAML: it holds together, names columns that the marts have, and survives an export."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bi.assets import FOLDER, dump, file_name, fingerprint, read_assets, write_assets
from bi.settings import load_settings
from bi.tests.decisions import CUSTOMER_TABLES, DECISION_CHARTS, DECISION_TABLES, DECISION_TILES, RISKS, SUMMARIES
from bi.tests.published import HEAD_TILES, NOT_COMPARED, PRODUCT_TILES, SECTION_BARS, SINGLE_CHARTS, TABLES
from contracts.marts import read_marts


def documents(kind: str) -> dict[str, dict[str, Any]]:
    return {path.stem: yaml.safe_load(path.read_text()) for path in (FOLDER / kind).glob("*.yaml")}


def contract_columns() -> dict[str, set[str]]:
    """The columns of each mart, as the dbt project declares them."""
    return {mart.name: {column.name for column in mart.columns} for mart in read_marts()}


def mart_datasets() -> dict[str, dict[str, Any]]:
    return {name: document for name, document in documents("datasets").items() if document["schema"] != "meta"}


@pytest.mark.parametrize("name", mart_datasets())
def test_datasets_name_the_columns_of_their_mart(name: str) -> None:
    dataset = mart_datasets()[name]
    mart = dataset["table_name"]
    if mart not in contract_columns():
        mart = dataset["sql"].rpartition(".")[2]
    columns = {column["column_name"] for column in dataset["columns"] if not column.get("expression")}
    assert columns
    assert columns <= contract_columns()[mart]


def test_every_chart_has_what_it_has_to_show_or_is_named_as_having_none() -> None:
    compared = [*HEAD_TILES, *PRODUCT_TILES, *TABLES, *SECTION_BARS, *SINGLE_CHARTS]
    compared += [*DECISION_TILES, *DECISION_TABLES, *CUSTOMER_TABLES, *SUMMARIES, *RISKS, *DECISION_CHARTS]
    assert sorted([*compared, *NOT_COMPARED]) == sorted(documents("charts"))


def test_charts_name_metrics_and_columns_of_their_dataset() -> None:
    datasets = {document["uuid"]: document for document in documents("datasets").values()}
    for name, chart in documents("charts").items():
        dataset, params = datasets[chart["dataset_uuid"]], chart["params"]
        metrics = {metric["metric_name"] for metric in dataset["metrics"]}
        columns = {column["column_name"] for column in dataset["columns"]}
        named_metrics = {*params.get("metrics", []), params.get("metric")} - {None}
        named_columns = {*params.get("all_columns", []), *params.get("groupby", []), params.get("x_axis")} - {None}
        assert named_metrics or named_columns, name
        assert named_metrics <= metrics, name
        assert named_columns <= columns, name


def test_no_metric_is_named_like_a_column_s_label() -> None:
    for name, dataset in documents("datasets").items():
        labels = {column.get("verbose_name") for column in dataset["columns"]}
        drawn = {metric["metric_name"] for metric in dataset["metrics"]} - {"Licences"}  # in tiles only: no colour
        assert not drawn & labels, name


def test_each_colour_is_bound_to_its_name_on_every_chart() -> None:
    (dashboard,) = documents("dashboards").values()
    bound = dashboard["metadata"]["label_colors"]
    charts = [chart for chart in documents("charts").values() if chart["viz_type"] != "table"]
    drawn = {metric for chart in charts for metric in chart["params"].get("metrics", [])}
    assert set(bound) == drawn


def test_the_dashboard_shows_every_chart_and_no_other() -> None:
    (dashboard,) = documents("dashboards").values()
    nodes = [node for node in dashboard["position"].values() if isinstance(node, dict)]
    shown = [node["meta"]["uuid"] for node in nodes if node["type"] == "CHART"]
    assert sorted(shown) == sorted(chart["uuid"] for chart in documents("charts").values())


def test_rows_fill_the_width() -> None:
    (dashboard,) = documents("dashboards").values()
    position = dashboard["position"]
    for node in position.values():
        if isinstance(node, dict) and node["type"] == "ROW":
            assert sum(position[child]["meta"]["width"] for child in node["children"]) == 12, node["id"]


def test_an_export_of_what_was_imported_changes_nothing(tmp_path: Path) -> None:
    folder, exported = copied(tmp_path), as_exported()
    assert write_assets(exported, folder) == []


def test_an_edited_and_a_new_and_a_deleted_chart(tmp_path: Path) -> None:
    folder, exported = copied(tmp_path), dict(as_exported())
    edited = yaml.safe_load(exported["charts/added-bars_7.yaml"])
    edited["params"]["row_limit"] = 20
    exported["charts/added-bars_7.yaml"] = dump(edited)
    exported["charts/My_own_chart_99.yaml"] = dump({**edited, "uuid": "another", "slice_name": "My own chart"})
    del exported["charts/feeds_7.yaml"]
    dashboards = "dashboards/portfolio_7.yaml"
    dashboard = yaml.safe_load(exported[dashboards])
    del dashboard["position"]["CHART-feeds"]
    exported[dashboards] = dump(dashboard)
    changed = write_assets(exported.items(), folder)
    assert set(changed) >= {"charts/added-bars.yaml", "charts/feeds.yaml", "charts/my-own-chart.yaml"}
    assert not (folder / "charts" / "feeds.yaml").exists()
    assert yaml.safe_load((folder / "charts" / "added-bars.yaml").read_text())["params"]["row_limit"] == 20
    assert yaml.safe_load((folder / "charts" / "my-own-chart.yaml").read_text())["uuid"] == "another"


def test_file_names() -> None:
    assert file_name("charts/About_to_expire_licences_12.yaml") == "charts/about-to-expire-licences.yaml"
    assert file_name("datasets/Partner_portfolio/license_positions_3.yaml") == "datasets/license-positions.yaml"


def test_the_fingerprint_follows_the_files_and_the_connection(tmp_path: Path) -> None:
    def imprint(dsn: str, folder: Path = FOLDER) -> str:
        return fingerprint(read_assets(load_settings({"PORTFOLIO_BI_DSN": dsn}), folder))

    folder = copied(tmp_path)
    assert imprint("postgresql://a/b", folder) == imprint("postgresql://a/b")
    assert imprint("postgresql://a/b") != imprint("postgresql://a/c")
    (folder / "charts" / "feeds.yaml").unlink()
    assert imprint("postgresql://a/b", folder) != imprint("postgresql://a/b")


def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "superset"
    for path in FOLDER.rglob("*.yaml"):
        target = folder / path.relative_to(FOLDER)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(path.read_text())
    return folder


def as_exported() -> list[tuple[str, str]]:
    """The committed files as another installation would export them: other numbers, other names, added ids."""
    exported = []
    for path in sorted(FOLDER.rglob("*.yaml")):
        document = yaml.safe_load(path.read_text())
        kind = path.parent.name
        if kind == "charts":
            document["params"] |= {"slice_id": 7, "datasource": "7__table", "dashboards": [3]}
        if kind == "dashboards":
            _renumber(document)
        exported.append((f"{kind}/{path.stem}_7.yaml", yaml.safe_dump(document, sort_keys=False)))
    return exported


def _renumber(dashboard: dict[str, Any]) -> None:
    for node in dashboard["position"].values():
        if isinstance(node, dict) and node["type"] == "CHART":
            node["meta"]["chartId"] += 500
    for item in dashboard["metadata"]["native_filter_configuration"]:
        item["scope"]["excluded"] = [number + 500 for number in reversed(item["scope"]["excluded"])]
        item["chartsInScope"] = [501]
    dashboard["metadata"]["chart_configuration"] = {"501": {"id": 501}}
