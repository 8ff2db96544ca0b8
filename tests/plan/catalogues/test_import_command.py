import argparse
import os
from pathlib import Path

import pandas as pd
import pytest

from planner.plan import import_command
from planner.plan.files import read_plan, write_folder, write_workbook
from planner.plan.plan import Plan

DATA = Path(__file__).parent / "data"
AWS = str(DATA / "skypilot_aws.csv")
H100 = "aws-us-east-1-p5.48xlarge-on-demand"


def plan(currency="USD", unit="M output tokens"):
    return Plan.of(
        {
            "settings": pd.DataFrame({"key": ["name", "currency", "periods"], "value": ["Mine", currency, "1"]}),
            "locations": pd.DataFrame(
                {"location": ["boston"], "zone": ["US"], "latitude": [42.36], "longitude": [-71.06]}
            ),
            "workloads": pd.DataFrame({"workload": ["chat"], "unit": [unit]}),
            "demand": pd.DataFrame({"workload": ["chat"], "location": ["boston"], "period": [1], "volume": [10.0]}),
            "hardware": pd.DataFrame({"hardware": ["h100x8"], "power_kw": [9.9]}),
            "throughput": pd.DataFrame({"workload": ["chat"], "hardware": ["h100x8"], "units_per_hour": [20.0]}),
            "sites": pd.DataFrame({"site": ["virginia"], "zone": ["US"], "kind": ["cloud"]}),
            "offers": pd.DataFrame(
                {
                    "offer": [H100, "aws-us-east-1-p5.48xlarge-spot"],
                    "site": "virginia",
                    "pricing": ["on_demand", "on_demand"],
                    "hardware": "h100x8",
                    "price_per_hour": [99.0, 11.0],
                    "max_devices": [7.0, None],
                    "note": ["quota by mail", None],
                }
            ),
            "network": pd.DataFrame({"site": ["virginia"], "location": ["boston"], "latency_ms": [12.0]}),
        }
    )


@pytest.fixture
def folder(tmp_path):
    write_folder(plan(), tmp_path / "plan")
    return tmp_path / "plan"


def call(*words):
    parser = argparse.ArgumentParser()
    import_command.add_parser(parser.add_subparsers())
    args = parser.parse_args(["import", *map(str, words)])
    return args.run(args)


def test_rows_are_written_as_tables_of_a_plan(tmp_path, capsys):
    words = (
        "skypilot",
        AWS,
        "--provider",
        "aws",
        "--regions",
        "us-east-1",
        "--accelerators",
        "H100",
        "--out",
        tmp_path / "o",
    )
    assert call(*words, "--as-of", "2026-11-20", "--source", "my copy") == 0
    offers = pd.read_csv(tmp_path / "o" / "offers.csv")
    assert set(offers["offer"]) == {H100, "aws-us-east-1-p5.48xlarge-spot"}
    assert (offers["source"] == "my copy").all()
    assert (offers["as_of"] == "2026-11-20").all()
    assert pd.read_csv(tmp_path / "o" / "sites.csv")["site"].tolist() == ["aws-us-east-1"]
    assert pd.read_csv(tmp_path / "o" / "hardware.csv")["hardware"].tolist() == ["h100x8"]
    out, err = capsys.readouterr()
    assert "1 sites, 1 hardware, 2 offers written" in out
    assert "skipped 1: rows of local or special zones" in err
    assert "need network rows" in err


def test_a_folder_with_tables_is_not_overwritten_unasked(folder, capsys):
    before = (folder / "offers.csv").read_bytes()
    assert call("skypilot", AWS, "--provider", "aws", "--out", folder) == 2
    assert "use --into to merge" in capsys.readouterr().err
    assert (folder / "offers.csv").read_bytes() == before
    assert call("skypilot", AWS, "--provider", "aws", "--out", folder, "--force") == 0
    assert (folder / "offers.csv").read_bytes() != before


def test_merging_gives_known_offers_new_prices_and_keeps_the_rest(folder, capsys):
    words = ("--provider", "aws", "--site", "us-east-1=virginia", "--accelerators", "H100", "--as-of", "2026-11-20")
    assert call("skypilot", AWS, *words, "--into", folder) == 0
    merged = read_plan(folder).plan
    assert merged is not None
    offers = merged.tables["offers"].set_index("offer")
    row = offers.loc[H100]
    assert (row["price_per_hour"], row["max_devices"], row["note"]) == (55.04, 7.0, "quota by mail")
    assert row["as_of"] == "2026-11-20"
    # The plan's offer of the spot name is an on-demand one: not the same thing.
    assert offers.loc["aws-us-east-1-p5.48xlarge-spot", "price_per_hour"] == 11.0
    assert offers.loc["aws-eu-north-1-p5.48xlarge-on-demand", "price_per_hour"] == 63.296
    assert merged.tables["hardware"]["power_kw"].tolist() == [9.9]
    assert set(merged.tables["sites"]["site"]) == {"virginia", "aws-eu-north-1"}
    out = capsys.readouterr().out
    assert "offers: 1 with new prices" in out
    assert "offers: 1 kept, because the plan has another offer of that name" in out
    assert "no network row yet for aws-eu-north-1" in out


def test_merging_twice_changes_nothing_more(folder):
    words = (
        "skypilot",
        AWS,
        "--provider",
        "aws",
        "--site",
        "us-east-1=virginia",
        "--into",
        folder,
        "--estimate-latency",
    )
    assert call(*words) == 0
    first = read_plan(folder).plan
    assert call(*words) == 0
    assert read_plan(folder).plan == first


def test_latency_is_estimated_only_for_links_that_lack(folder, capsys):
    assert (
        call("skypilot", AWS, "--provider", "aws", "--accelerators", "H100", "--into", folder, "--estimate-latency")
        == 0
    )
    network = read_plan(folder).plan.tables["network"].set_index("site")
    assert network.loc["virginia", "latency_ms"] == 12.0
    assert network.loc["aws-us-east-1", "source"].startswith("estimate")
    assert 5 < network.loc["aws-us-east-1", "latency_ms"] < 30
    assert "network: 2 rows estimated" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", [".xlsx", ".zip"])
def test_a_plan_in_one_file_is_merged_into_its_like(tmp_path, suffix):
    file = tmp_path / "plan.xlsx"
    write_workbook(plan(), file)
    target = tmp_path / f"new{suffix}"
    words = ("skypilot", AWS, "--provider", "aws", "--site", "us-east-1=virginia", "--into", file, "--out", target)
    assert call(*words) == 0
    assert read_plan(file).plan == plan()
    assert H100 in set(read_plan(target).plan.tables["offers"]["offer"])
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["plan.xlsx", target.name])


def test_azure_uses_the_days_prices(folder):
    words = ("azure", DATA / "azure_retail.json", "--site", "eastus=virginia", "--into", folder)
    assert call(*words, "--as-of", "2026-11-01") == 0
    offers = read_plan(folder).plan.tables["offers"].set_index("offer")
    committed = offers.loc["azure-eastus-standard-nd96isr-h100-v5-reserved-36m"]
    assert (committed["term_months"], committed["pricing"]) == (36, "committed")


def test_token_prices_take_their_unit_from_the_plan(folder, tmp_path, capsys):
    words = ("tokens", "openai/gpt-4o-mini", "--workload", "chat", "--input-per-output", "3", "--as-of", "2026-11-01")
    assert call(*words, "--zone", "US", "--into", folder, "--estimate-latency") == 0
    merged = read_plan(folder).plan
    offer = merged.tables["offers"].set_index("offer").loc["openai-gpt-4o-mini-chat"]
    assert offer["price_per_unit"] == pytest.approx(0.6 + 3 * 0.15)
    assert "no coordinates for site api-openai" in capsys.readouterr().out
    write_folder(plan(unit="documents"), tmp_path / "other")
    assert call(*words, "--site", "virginia", "--into", tmp_path / "other") == 2
    assert "the unit is 'documents': give --output-tokens-per-unit" in capsys.readouterr().err
    assert call(*words, "--site", "virginia", "--into", tmp_path / "other", "--output-tokens-per-unit", "2000") == 0
    offer = read_plan(tmp_path / "other").plan.tables["offers"].set_index("offer").loc["openai-gpt-4o-mini-chat"]
    assert offer["price_per_unit"] == pytest.approx(1.05 * 2000 / 1e6)


def test_a_plan_in_another_currency_needs_a_rate(tmp_path, capsys):
    write_folder(plan("EUR"), tmp_path / "plan")
    words = ("skypilot", AWS, "--provider", "aws", "--site", "us-east-1=virginia", "--into", tmp_path / "plan")
    assert call(*words) == 2
    assert "the plan is in EUR, the catalogue in USD: give --rate" in capsys.readouterr().err
    assert call(*words, "--rate", "0.5") == 0
    offers = read_plan(tmp_path / "plan").plan.tables["offers"].set_index("offer")
    assert offers.loc[H100, "price_per_hour"] == 27.52


def test_the_day_of_the_file_is_told_where_no_other_is(tmp_path):
    file = tmp_path / "vms.csv"
    file.write_bytes(Path(AWS).read_bytes())
    os.utime(file, (1_790_000_000, 1_790_000_000))
    assert call("skypilot", file, "--provider", "aws", "--out", tmp_path / "o") == 0
    offers = pd.read_csv(tmp_path / "o" / "offers.csv")
    assert offers["as_of"].str.match(r"file of 2026-09-2[12]").all()
    assert (offers["source"] == "SkyPilot catalogue aws, vms.csv").all()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("skypilot", AWS, "--provider", "aws"), "say where to"),
        (("skypilot", AWS, "--provider", "aws", "--out", "o", "--estimate-latency"), "give --into"),
        (("skypilot", "none.csv", "--provider", "aws", "--out", "o"), "No such file"),
        (("skypilot", AWS, "--provider", "lambda", "--out", "o"), "named as those of aws, not of lambda"),
        (("skypilot", AWS, "--provider", "aws", "--into", "none"), "no such file or folder"),
        (
            ("skypilot", AWS, "--provider", "aws", "--site", "us-east-1=virginai", "--into", "plan"),
            "did you mean virginia",
        ),
        (("azure", AWS, "--out", "o"), "no JSON"),
        (("azure", DATA / "azure_retail.json", "--out", "o", "--currency", "EUR"), "wanted is EUR"),
        (
            ("tokens", "openai/gpt-4o-mini", "--workload", "chat", "--input-per-output", "3", "--out", "o"),
            "site or a zone",
        ),
        (
            ("tokens", "openai/nil", "--workload", "chat", "--input-per-output", "3", "--zone", "US", "--out", "o"),
            "no model",
        ),
        (
            ("tokens", "x/y", "--workload", "chta", "--input-per-output", "3", "--zone", "US", "--into", "plan"),
            "mean chat",
        ),
        (
            ("tokens", "x/y", "--workload", "chat", "--input-per-output", "-3", "--zone", "US", "--out", "o"),
            "0 or more",
        ),
        (("skypilot", AWS, "--provider", "aws", "--out", AWS), "wants a folder"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_written(folder, monkeypatch, capsys, words, message):
    monkeypatch.chdir(folder.parent)
    assert call(*words) == 2
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err
    assert not Path("o").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("skypilot", AWS, "--provider", "oracle", "--out", "o"),
        ("skypilot", AWS, "--provider", "aws", "--site", "us-east-1", "--out", "o"),
        ("skypilot", AWS, "--provider", "aws", "--as-of", "yesterday", "--out", "o"),
        ("skypilot", AWS, "--provider", "aws", "--rate", "-1", "--out", "o"),
        ("oracle", AWS),
    ],
)
def test_words_that_are_no_command_end_as_argparse_ends(words):
    with pytest.raises(SystemExit) as stop:
        call(*words)
    assert stop.value.code == 2
