import copy
import json
from datetime import date
from pathlib import Path

import pytest

from planner.plan.catalogues.azure_retail import import_azure
from planner.plan.catalogues.common import CatalogueError, Origin, Selection

FILE = Path(__file__).parent / "data" / "azure_retail.json"
ORIGIN = Origin("test file", "2026-11")
ON = date(2026, 11, 1)
H100 = "azure-eastus-standard-nd96isr-h100-v5"


def offers(path=FILE, **arguments):
    return import_azure(path, ORIGIN, ON, **arguments).tables["offers"].set_index("offer")


def test_a_reservations_price_is_for_its_whole_term():
    row = offers().loc[f"{H100}-reserved-36m"]
    assert row["pricing"] == "committed"
    assert row["term_months"] == 36
    assert row["price_per_hour"] == pytest.approx(1134252.0 / (36 * 730), abs=1e-6)
    assert row["price_per_hour"] == pytest.approx(43.16, abs=0.01)
    assert "1.13425e+06 for 36 months" in row["note"]


def test_the_plans_hours_of_a_month_keep_the_terms_total():
    row = offers(hours_per_month=720.0).loc[f"{H100}-reserved-12m"]
    assert row["price_per_hour"] * 12 * 720 == pytest.approx(551179.0, abs=0.01)


def test_on_demand_spot_and_savings_plans():
    table = offers()
    assert table.loc[f"{H100}-on-demand", ["pricing", "price_per_hour"]].tolist() == ["on_demand", 98.32]
    assert table.loc[f"{H100}-spot", ["pricing", "price_per_hour"]].tolist() == ["spot", 25.0]
    assert table.loc[f"{H100}-savings-12m", ["pricing", "price_per_hour"]].tolist() == ["committed", 70.0]
    assert table.loc[f"{H100}-savings-36m", "term_months"] == 36
    assert (table["hardware"] == "h100x8").all()


def test_windows_low_priority_and_later_prices_are_left_out_and_told():
    result = import_azure(FILE, ORIGIN, ON)
    text = "\n".join(result.skipped.lines())
    for reason in (
        "Windows licence",
        "low-priority prices",
        "prices that start after 2026-11-01",
        "older or repeated prices",
        "sizes that are not bundled",
        "other services",
        "another type",
        "Cloud Services",
    ):
        assert reason in text
    assert "next page" in result.notices[0]


def test_a_later_day_takes_the_later_price():
    result = import_azure(FILE, ORIGIN, date(2027, 2, 1))
    table = result.tables["offers"].set_index("offer")
    assert table.loc[f"{H100}-on-demand", "price_per_hour"] == 90.0


def test_pages_and_bare_lists_read_the_same(tmp_path):
    page = json.loads(FILE.read_text())
    half = len(page["Items"]) // 2
    pages = [
        {"Items": page["Items"][:half], "NextPageLink": "x"},
        {"Items": page["Items"][half:], "NextPageLink": None},
    ]
    for name, content in (("pages", pages), ("items", page["Items"])):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(content))
        result = import_azure(file, ORIGIN, ON)
        assert result.tables["offers"].equals(import_azure(FILE, ORIGIN, ON).tables["offers"])
        assert not any("next page" in n for n in result.notices)


def test_regions_are_chosen_and_mapped():
    with pytest.raises(CatalogueError, match="no price is left"):
        offers(selection=Selection(regions=frozenset({"westus"})))
    assert set(offers(selection=Selection(sites={"eastus": "here"}))["site"]) == {"here"}


def test_another_currency_is_a_fault():
    with pytest.raises(CatalogueError, match="found USD; wanted is EUR"):
        offers(currency="EUR")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("retailPrice", "98"),
        ("retailPrice", None),
        ("retailPrice", -1),
        ("retailPrice", 0),
        ("retailPrice", True),
        ("retailPrice", 10**400),
        ("unitOfMeasure", "1/Month"),
        ("tierMinimumUnits", 100.0),
        ("armRegionName", None),
        ("armSkuName", 7),
        ("type", ["Consumption"]),
    ],
)
def test_an_entry_with_a_bad_field_makes_no_offer(tmp_path, field, value):
    page = json.loads(FILE.read_text())
    entry = next(i for i in page["Items"] if i["skuName"] == "ND96isr H100 v5" and i["retailPrice"] == 98.32)
    other = copy.deepcopy(next(i for i in page["Items"] if i["skuName"].endswith("Spot")))
    file = tmp_path / "page.json"
    file.write_text(json.dumps({"Items": [entry | {field: value}, other]}))
    assert list(offers(file).index) == [f"{H100}-spot"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"<html>", "no JSON"),
        (b'{"Items": [', "no JSON"),
        (b"[" * 100_000, "no price list"),
        (b'{"Items": []}', "no prices found"),
        (b'{"Items": {"a": 1}}', "no prices found"),
        (b"[1, null, []]", "no prices found"),
        (b'"text"', "no prices found"),
        (b'{"Items": [{}]}', "found None; wanted is USD"),
        (b'{"Items": [{"currencyCode": "USD", "retailPrice": NaN}]}', "no price of a size"),
    ],
)
def test_what_is_no_price_list_is_a_fault_and_no_crash(tmp_path, content, message):
    file = tmp_path / "page.json"
    file.write_bytes(content)
    with pytest.raises(CatalogueError, match=message):
        import_azure(file, ORIGIN, ON)
