from pathlib import Path

import pandas as pd
import pytest

from planner.plan.catalogues.common import CatalogueError, Origin, Selection
from planner.plan.catalogues.skypilot import gpu_memory_gb, import_skypilot

DATA = Path(__file__).parent / "data"
ORIGIN = Origin("test file", "2026-11")


def imported(provider, **selection):
    return import_skypilot(DATA / f"skypilot_{provider}.csv", provider, ORIGIN, Selection(**selection))


def offers(provider, **selection):
    return imported(provider, **selection).tables["offers"].set_index("offer")


def said(result):
    return "\n".join(result.skipped.lines())


def test_aws_zones_become_a_region_and_local_zones_are_left_out():
    result = imported("aws")
    table = result.tables["offers"].set_index("offer")
    assert table.loc["aws-us-east-1-p5.48xlarge-on-demand", "price_per_hour"] == 55.04
    spot = table.loc["aws-us-east-1-p5.48xlarge-spot"]
    assert spot["price_per_hour"] == 25.0  # the middle of 20 and 30: the zone at 55.04 offers no discount
    assert "median of 2 zones, 20 to 30" in spot["note"]
    assert "1 zones without discount" in spot["note"]
    assert spot["source"] == "test file"
    assert spot["as_of"] == "2026-11"
    assert "skipped 1: rows of local or special zones (e.g. use1-atl2-az1)" in said(result)


def test_aws_blank_prices_make_no_offer_and_are_told():
    result = imported("aws")
    names = set(result.tables["offers"]["offer"])
    assert "aws-us-east-1-p5e.48xlarge-on-demand" not in names
    assert "aws-us-east-1-p5e.48xlarge-spot" in names
    assert "aws-eu-north-1-p5.48xlarge-spot" not in names
    assert "on-demand prices that are blank or marked as missing (e.g. p5e.48xlarge in us-east-1)" in said(result)
    assert "spot prices that are blank or marked as missing: no spot offer (e.g. p5.48xlarge in eu-north-1)" in said(
        result
    )
    assert "spot prices not below on-demand: no spot offer (e.g. g6.xlarge in us-east-1)" in said(result)


def test_the_cheapest_type_of_a_device_is_kept_unless_all_are_wanted():
    names = set(offers("aws", accelerators=frozenset({"l4"}), regions=frozenset({"us-east-1"})).index)
    assert names == {"aws-us-east-1-g6.xlarge-on-demand", "aws-us-east-1-gr6.4xlarge-spot"}
    every = offers("aws", accelerators=frozenset({"l4"}), regions=frozenset({"us-east-1"}), every_type=True)
    assert "aws-us-east-1-gr6.4xlarge-on-demand" in every.index


def test_a_region_without_bundled_place_needs_a_site():
    assert "with --site REGION=SITE (e.g. us-gov-west-1)" in said(imported("aws"))
    result = imported("aws", sites={"us-gov-west-1": "gov"}, regions=frozenset({"us-gov-west-1"}))
    assert set(result.tables["offers"]["site"]) == {"gov"}
    assert result.tables["sites"].empty


def test_sites_come_with_place_zone_and_source():
    site = imported("aws").tables["sites"].set_index("site").loc["aws-eu-north-1"]
    assert (site["zone"], site["country"], site["kind"], site["provider"]) == ("EU", "SE", "cloud", "AWS")
    assert site["latitude"] == pytest.approx(59.3, abs=0.5)
    assert "carbon" in site["source"]


def test_azure_counts_are_mended_from_the_type():
    table = offers("azure")
    row = table.loc["azure-eastus-standard-nd96isr-h100-v5-on-demand"]
    assert row["hardware"] == "h100x8"
    assert "says 12 accelerators, the type has 8" in row["note"]
    assert "azure-eastus-standard-nd96isr-h100-v5-spot" not in table.index
    assert table.loc["azure-eastus-standard-nc24ads-a100-v4-spot", "price_per_hour"] == 0.444433


def test_azure_parts_of_an_accelerator_are_devices_too():
    hardware = imported("azure").tables["hardware"].set_index("hardware")
    assert hardware.loc["a10x0.167", "accelerators"] == 0.167


def test_google_host_and_accelerators_are_added():
    result = imported("gcp")
    table = result.tables["offers"].set_index("offer")
    assert table.loc["gcp-us-central1-a3-highgpu-8g-on-demand", "price_per_hour"] == 88.49
    assert table.loc["gcp-us-central1-a3-highgpu-8g-spot", "price_per_hour"] == pytest.approx(50.60954)
    assert table.loc["gcp-europe-west4-a3-highgpu-8g-on-demand", "price_per_hour"] == pytest.approx(112.53306)
    assert "gcp-europe-west4-a3-highgpu-8g-spot" not in table.index  # the accelerator's 700.0 means missing
    assert "local SSD not included" in table.loc["gcp-us-central1-a3-highgpu-8g-on-demand", "note"]
    text = said(result)
    assert "hosts whose accelerator has no price in the zone (e.g. a3-highgpu-8g)" in text
    assert "attach to a host of choice and so have no one price (e.g. T4)" in text
    assert "local or special zones (e.g. us-south1-ai1b)" in text


def test_google_accelerators_of_like_names_are_not_mixed():
    table = offers("gcp", every_type=True)
    assert table.loc["gcp-us-central1-a3-megagpu-8g-on-demand", "price_per_hour"] == 92.5
    assert table.loc["gcp-us-central1-a3-megagpu-8g-on-demand", "hardware"] == "h100x8"


def test_tpu_slices_are_devices_of_chips():
    result = imported("gcp", sites={"us-central2": "here"})
    table = result.tables["offers"].set_index("offer")
    assert table.loc["gcp-us-central1-tpu-v6e-8-on-demand", ["hardware", "price_per_hour"]].tolist() == [
        "tpu-v6ex8",
        21.6,
    ]
    assert table.loc["gcp-us-central2-tpu-v4-8-on-demand", "hardware"] == "tpu-v4x4"
    hardware = result.tables["hardware"].set_index("hardware")
    assert hardware.loc["tpu-v6ex8", "accelerator_memory_gb"] == 32


def test_lambda_tells_pcie_cards_from_sxm_and_runs_no_text():
    table = offers("lambda")
    assert table.loc["lambda-us-east-1-gpu-1x-h100-pcie-on-demand", "hardware"] == "h100-pciex1"
    assert table.loc["lambda-us-east-1-gpu-8x-h100-sxm5-on-demand", "hardware"] == "h100x8"
    assert not table.index.str.endswith("spot").any()


def test_nebius_memory_of_0_is_taken_from_the_facts():
    hardware = imported("nebius").tables["hardware"].set_index("hardware")
    assert hardware.loc["h200x8", "accelerator_memory_gb"] == 141
    assert offers("nebius").loc["nebius-eu-north1-gpu-h200-sxm-8gpu-128vcpu-1600gb-spot", "price_per_hour"] == 11.6


def test_hardware_has_sources_or_says_what_is_not_known():
    hardware = imported("aws").tables["hardware"].set_index("hardware")
    assert hardware.loc["h100x8", "power_kw"] == 10.2
    assert "DGX H100" in hardware.loc["h100x8", "source"]
    assert hardware.loc["l4x1", "power_kw"] == pytest.approx(0.072 + 1.2 / 8)
    assert "assumption" in hardware.loc["l4x1", "note"]
    assert pd.isna(hardware.loc["l4x1", "embodied_kgco2e"])
    assert "embodied carbon not known" in hardware.loc["l4x1", "note"]
    assert hardware["source"].notna().all()


def test_prices_can_be_turned_into_the_plans_currency():
    row = offers("aws", rate=0.5).loc["aws-us-east-1-p5.48xlarge-on-demand"]
    assert row["price_per_hour"] == 27.52
    assert "x 0.5" in row["note"]


@pytest.mark.parametrize(
    ("cell", "memory"),
    [
        ("{'Gpus': [{'MemoryInfo': {'SizeInMiB': 81920}}]}", 80),
        ("{'Gpus': [{'MemoryInfo': {'SizeInMiB': 0}}]}", None),
        ("{'Gpus': []}", None),
        ("tpu-v6e-8", None),
        ("(" * 3000, None),
        ("9" * 5000, None),
        ("{'Gpus': [{'MemoryInfo': {'SizeInMiB': " + "9" * 400 + "}}]}", None),
        ("[1, 2]", None),
        (None, None),
        (float("nan"), None),
    ],
)
def test_gpu_info_is_read_as_a_literal_or_not_at_all(cell, memory):
    assert gpu_memory_gb(cell) == memory


def test_memory_far_from_the_fact_is_another_accelerator(tmp_path):
    text = (DATA / "skypilot_lambda.csv").read_text().replace("'SizeInMiB': 81920", "'SizeInMiB': 49152")
    (tmp_path / "vms.csv").write_text(text)
    result = import_skypilot(tmp_path / "vms.csv", "lambda", ORIGIN)
    assert "h100-48gbx8" in set(result.tables["hardware"]["hardware"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00\x01garbage", "not UTF-8"),
        (b"PK\x03\x04\x00\x00", "column InstanceType is missing"),
        (b"a,b\n1,2,3\n4,5,6,7,8\n", "no CSV"),
        (b"InstanceType,AcceleratorName,AcceleratorCount,Prise,Region\n", "Price is missing; did you mean Prise"),
        (b"InstanceType,AcceleratorName,AcceleratorCount,Price,Region\nx,,,1,us-east-1\n", "no machine type"),
        (b"InstanceType,AcceleratorName,AcceleratorCount,Price,Region\nx,A,1,abc,us-east-1\n", "no price is left"),
        (b"InstanceType,AcceleratorName,AcceleratorCount,Price,Region\nx,A,1,-4,us-east-1\n", "no price is left"),
        (b"InstanceType,AcceleratorName,AcceleratorCount,Price,Region\nx,A,1,4,nowhere\n", "--site REGION=SITE"),
    ],
)
def test_what_is_no_catalogue_is_a_fault_and_no_crash(tmp_path, content, message):
    file = tmp_path / "vms.csv"
    file.write_bytes(content)
    with pytest.raises(CatalogueError, match=message):
        import_skypilot(file, "aws", ORIGIN)


def test_a_missing_file_and_an_unknown_cloud_are_faults(tmp_path):
    with pytest.raises(CatalogueError, match="cannot be read"):
        import_skypilot(tmp_path / "none.csv", "aws", ORIGIN)
    with pytest.raises(CatalogueError, match="allowed are aws"):
        import_skypilot(DATA / "skypilot_aws.csv", "oracle", ORIGIN)
    with pytest.raises(CatalogueError, match="no file"):
        import_skypilot(tmp_path, "aws", ORIGIN)


@pytest.mark.parametrize("real", ["aws", "azure", "gcp", "lambda", "nebius"])
@pytest.mark.parametrize("claimed", ["aws", "azure", "gcp", "lambda", "nebius"])
def test_one_clouds_file_is_not_taken_for_anothers(real, claimed):
    if real == claimed:
        assert len(imported(real).tables["offers"])
        return
    with pytest.raises(CatalogueError, match=f"named as those of {real}, not of {claimed}"):
        import_skypilot(DATA / f"skypilot_{real}.csv", claimed, ORIGIN)


@pytest.mark.parametrize("left_out", ["tpu", "T4", "a3-", "H100"])
def test_a_google_file_may_lack_any_kind_of_row(tmp_path, left_out):
    lines = (DATA / "skypilot_gcp.csv").read_text().splitlines(keepends=True)
    (tmp_path / "vms.csv").write_text("".join(line for line in lines if left_out not in line))
    assert len(import_skypilot(tmp_path / "vms.csv", "gcp", ORIGIN).tables["offers"])


def test_a_machine_type_with_two_accelerators_makes_one_offer(tmp_path):
    lines = (DATA / "skypilot_nebius.csv").read_text().splitlines(keepends=True)
    (tmp_path / "vms.csv").write_text("".join([*lines, lines[2].replace("H200", "H300")]))
    result = import_skypilot(tmp_path / "vms.csv", "nebius", ORIGIN)
    assert result.tables["offers"]["offer"].is_unique
    assert "further rows of the same machine type" in said(result)
