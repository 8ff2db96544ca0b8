"""What is legal but odd is told once, with the figures that make it odd."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.plan.files import read_plan
from planner.plan.notices import notices
from planner.plan.odd_figures import middles_of_others
from tests.plan.conftest import SMALL, edit


def told(read, **files) -> list[str]:
    reading = read(**files)
    assert reading.faults == (), [f.text for f in reading.faults]
    return [n.text for n in reading.notices]


def test_nothing_odd_in_the_small_plan(read):
    assert told(read) == []


LINKS = "site,location,latency_ms\nown-room,paris,3\nparis-cloud,paris,4\n"


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        ("network", "tokyo-edge,tokyo,2,\n", "", "demand:6:location: no site can serve chat at tokyo: 1 of 3 sites has a network row, 0 of these within 80 ms"),
        ("network", "paris-cloud,tokyo,230,0.09\n", "", None),
        ("workloads", "80,,,0,0.7", "80,EU,,0,0.7", "chat at tokyo: 2 of 3 sites have a network row, 1 of these within 80 ms, 0 of these in its zones (EU)"),
        ("workloads", "80,,,0,0.7", "80,,PCI,0,0.7", "no site can serve chat at paris: 2 of 3 sites have a network row, 2 of these within 80 ms, 0 of these with its certifications (PCI)"),
        ("workloads", "80,,,0,0.7", "80,,PCI,0,0.7", "workloads:2:required_certifications: 'PCI' is held by no site"),
        ("workloads", ",EU,SOC2", ",EU;EUU,SOC2", "workloads:3:allowed_zones: 'EUU' is the zone of no site; did you mean EU?"),
        ("throughput", "chat,l4,1.5\n", "", "1 of these within 80 ms, 0 of these with an offer that can run it"),
        ("throughput", "chat,l4,1.5\n", "", "hardware"),
        ("workloads", ",0.7", ",1", "workloads:2:max_utilization: chat is planned at a utilization of 1"),
        ("offers", "spot,paris-cloud,spot", "spot,paris-cloud,on_demand", "workloads:3:interruptible_share: tune may use spot, but no spot offer can run it"),
        ("offers", "edge,tokyo-edge,leased,l4,,0.6", "edge,tokyo-edge,leased,l4,,0", "offers:6:price_per_hour: edge costs nothing: price_per_hour is 0"),
        ("offers", "55,,,,", "55,,9,,", "offers:2:purchase_price: purchase_price does not count for on_demand: od"),
        ("assets", "2025-01", "2020-01", "assets:2:in_service: the term or life of old ended before the plan starts in 2027-01"),
        ("assets", "2025-01", "2029-01", "assets:2:in_service: old comes into service after the last period"),
        ("assets", "old,own,2", "old,own,51", "sites:3:max_devices: the assets at own-room are 51 devices; it holds 50"),
        ("policies", "AWS", "Edge Co", None),
        ("policies", "limit,share_of,provider\naws,spend,max,0.6,total,AWS", "limit,share_of,provider,zone\naws,spend,max,0.6,total,AWS,JP", "policies:2:: the scope of aws matches nothing: it has no effect"),
        ("policies", "limit,share_of,provider\naws,spend,max,0.6,total,AWS", "limit,share_of,provider,zone\naws,spend,min,0.6,total,AWS,JP", "the scope of aws matches nothing: a min that nothing can meet"),
        ("policies", "limit,share_of,provider\naws,spend,max,0.6,total,AWS", "limit,share_of,pricing,workload\naws,spend,max,0.6,total,api,tune", "the scope of aws matches nothing"),
        ("policies", "total,AWS", "total,", "policies:2:share_of: aws has no scope: the total is always the whole of the total"),
        ("demand", "chat,paris,3,1200\n", "", "demand:2:period: chat at paris has no row for period 3, which means no volume then"),
        ("demand", "tune,paris,2,40", "tune,paris,2,0", "workloads:3:workload: tune has no demand"),
        ("sites", "35.7,139.7", ",", "sites:4:latitude: 1 site without coordinates, on no map: tokyo-edge"),
        ("sites", ",0.12,50", ",120,50", "sites:3:electricity_price_per_kwh: 120 is 600 times the median of the other sites (0.2)"),
        ("hardware", "10,3", "10,30", "hardware:2:idle_power_kw: idle_power_kw 30 is above power_kw 10"),
        ("hardware", "l4,1", "a100,8,6,2\nl4,1", "hardware:3:hardware: no offer has a100"),
        ("locations", "tokyo,Tokyo", "rome,Rome,EU,41.9,12.5\ntokyo,Tokyo", "locations:3:location: rome has no demand"),
        ("sites", "tokyo-edge,", "bare,X,EU,colocation,,1,2,,\ntokyo-edge,", "sites:4:site: bare has no offer, so nothing can be served from there"),
        ("workloads", "interruptible_share,max_utilization\nchat,Sales,,M tokens,80,,,0,0.7\ntune,Research,training,GPU hours,,EU,SOC2,0.5,1", "interruptible_share,max_utilization,survive_site_loss_share\nchat,Sales,,M tokens,80,,,0,0.7,\ntune,Research,training,GPU hours,,EU,SOC2,0.5,1,1", None),
    ],
)  # fmt: skip
def test_odd_things_are_told(read, table, old, new, said):
    found = told(read, **{table: edit(table, old, new)})
    assert any(said in text for text in found) if said else not found, found


def test_slices_that_change_nothing(read):
    found = told(read, load_shapes=None)
    assert found == ["slices::: there are slices but no load_shapes: the load is the same in all of them"]


def test_rows_are_those_of_the_file(read):
    text = SMALL["workloads"].replace(",0.7", ",1").replace("\nchat", "\n\n\nchat")
    assert [t.split(": ")[0] for t in told(read, workloads=text)] == ["workloads:4:max_utilization"]
    plan = read(workloads=text).plan
    assert [n.row for n in notices(plan)] == [2]  # a plan alone knows no file


def test_a_workload_that_must_survive_on_one_site(read):
    workloads = (
        "workload,unit,max_latency_ms,max_utilization,interruptible_share,survive_site_loss_share,allowed_zones\n"
        "chat,M tokens,80,0.7,,,\ntune,GPU hours,,0.9,0.5,0.5,{}\n"
    )
    assert told(read, workloads=workloads.format("EU")) == []
    one = told(read, workloads=workloads.format("EU"), network=edit("network", "own-room,paris,3,\n", ""))
    message = (
        "workloads:3:survive_site_loss_share: tune must survive the loss of any one site, but just one can serve it"
    )
    assert message in one


def test_offers_that_can_never_be_used(read):
    columns = "offer,site,pricing,hardware,workload,price_per_hour,purchase_price,lead_time_months,available_from\n"
    offers = (
        columns + "od,paris-cloud,on_demand,h100x8,,55,,,\nsp,paris-cloud,spot,h100x8,,20,,,\n"
        "edge,tokyo-edge,leased,l4,,0.6,,,\nown,own-room,owned,h100x8,,,1,24,\n"
        "slow,own-room,owned,h100x8,,,1,10,\nlate,paris-cloud,on_demand,h100x8,,5,,,5\n"
        "far,tokyo-edge,leased,h100x8,tune,1,,,\n"
    )
    found = told(read, offers=offers, policies=None)
    assert [t for t in found if t.startswith("offers")] == [
        "offers:6:lead_time_months: slow can never be used: it could be in service in period 5 at the earliest; the plan has 4",
        "offers:7:available_from: late can never be used: it could be in service in period 5 at the earliest; the plan has 4",
        "offers:8:site: far can never be used: its site tokyo-edge can serve none of the workloads that it can run "
        "(latency, zone, certification)",
    ]  # own is of use: an asset stands there
    plain = edit("workloads", "SOC2,0.5", "SOC2,0")
    assert told(read, workloads=plain) == [
        "offers:3:hardware: spot can never be used: it can run no workload that has demand "
        "(throughput, interruptible_share)"
    ]
    far = edit("network", "tokyo-edge,tokyo,2,\n", "")
    assert "offers:6:site: edge can never be used: its site tokyo-edge has no network row" in told(read, network=far)


def test_volume_before_the_first_capacity(read):
    offers = edit("offers", "purchase_price,price_per_unit,note", "purchase_price,price_per_unit,lead_time_months")
    offers = offers.replace("0.6,,,,", "0.6,,,,4").replace("assumption", "")
    assert told(read, offers=offers) == [
        "demand:6:period: chat at tokyo has volume from period 1, but the first capacity for it can be in service in "
        "period 3 (lead times, available_from)"
    ]
    assets = SMALL["assets"] + "rack,edge,4,2026-11,\n"
    assert told(read, offers=offers, assets=assets) == []


def prices(*amounts, column="purchase_price", pricing="owned"):
    rows = "".join(f"o{i},own-room,{pricing},h100x8,{x}\n" for i, x in enumerate(amounts))
    edge = "edge,tokyo-edge,leased,l4,{}\nsp,paris-cloud,spot,h100x8,{}\nod,paris-cloud,on_demand,h100x8,{}\n"
    edge = edge.format(*((0.6, 20, 50) if column == "price_per_hour" else ("", "", "")))
    return f"offer,site,pricing,hardware,{column}\n{edge}{rows}"


@pytest.mark.parametrize(
    ("amounts", "said"),
    [
        ((250_000, 260_000, 25_000_000), ["offers:7:purchase_price: 2.5e+07 is 98 times"]),
        ((250_000, 250_000, 25_000_000), ["offers:7:purchase_price: 2.5e+07 is 100 times the median of the other owned offers of h100x8 (250,000)"]),
        ((250_000, 240_000, 2_500), ["offers:7:purchase_price: 2,500 is one 98th of"]),
        ((250_000, 260_000, 2_500), ["offers:7:purchase_price: 2,500 is one 102th of"]),
        ((250, 250_000), ["offers:6:purchase_price: 250,000 is 1,000 times"]),
        ((250_000, 600_000), []),
    ],
)  # fmt: skip
def test_owned_prices_far_from_their_neighbours(read, amounts, said):
    found = told(read, offers=prices(*amounts), assets=None, policies=None)
    found = [t for t in found if "median" in t]
    expected = [s for s in said if "98" not in s]
    assert len(found) == len(expected), found
    assert all(t.startswith(s) for t, s in zip(found, expected, strict=True)), found


def test_commitments_are_compared_with_what_is_paid_upfront(read):
    rows = "offer,site,pricing,hardware,price_per_hour,upfront_price\n"
    rows += "edge,tokyo-edge,leased,l4,0.6,\nsp,paris-cloud,spot,h100x8,20,\nod,paris-cloud,on_demand,h100x8,50,\n"
    fair = (
        "a,paris-cloud,committed,h100x8,30,\nb,paris-cloud,committed,h100x8,,262800\nc,own-room,committed,h100x8,29,\n"
    )
    assert told(read, offers=rows + fair, assets=None, policies=None) == []
    slip = fair.replace("262800", "26280000")
    found = told(read, offers=rows + slip, assets=None, policies=None)
    assert found == [
        "offers:6:upfront_price: 3,000 an hour is 102 times the median of the other committed offers of h100x8 (29.5)"
    ]


def test_prices_of_sites_in_the_wrong_unit(read):
    sites = edit("sites", ",0.12,50", ",120,50").replace("2.4,,", "2.4,0.1,")
    found = told(read, sites=sites)
    assert found == ["sites:3:electricity_price_per_kwh: 120 is 800 times the median of the other sites (0.15)"]


@given(st.lists(st.floats(0.001, 1e6), min_size=2, max_size=12))
def test_middles_of_others(values):
    values = np.array(values)
    low, high = middles_of_others(values)
    others = [np.delete(values, i) for i in range(len(values))]
    assert low.tolist() == [np.quantile(x, 0.5, method="lower") for x in others]
    assert high.tolist() == [np.quantile(x, 0.5, method="higher") for x in others]


def test_the_same_story_is_told_once(read):
    locations = SMALL["locations"] + "".join(f"p{i},P{i},EU,1,1\n" for i in range(5))
    demand = SMALL["demand"] + "".join(f"chat,p{i},{t},5\n" for i in range(5) for t in (1, 2, 3, 4))
    found = told(read, locations=locations, demand=demand)
    assert found == [
        "demand:11:location: no site can serve chat at p0, p1, p2 and 2 more: 0 of 3 sites have a network row"
    ]


def test_notices_of_a_plan_of_many_sites_are_quick(read):
    import time

    plan = read().plan
    n = 60
    sites = pd.DataFrame({"site": [f"s{i}" for i in range(n)], "zone": "EU", "kind": "cloud"})
    locations = pd.DataFrame({"location": [f"l{i}" for i in range(n)], "zone": "EU"})
    offers = pd.DataFrame(
        {
            "offer": [f"o{i}" for i in range(20 * n)],
            "site": np.repeat(sites["site"], 20).to_numpy(),
            "pricing": "owned",
            "hardware": "h100x8",
        }
    ).assign(purchase_price=np.linspace(1, 2, 20 * n))
    network = sites[["site"]].merge(locations[["location"]], how="cross").assign(latency_ms=1.0)
    demand = pd.DataFrame({"workload": ["chat"], "location": ["l0"], "period": [1], "volume": [1.0]})
    large = plan.replace(
        sites=sites, locations=locations, offers=offers, network=network, demand=demand,
        assets=plan.tables["assets"].iloc[:0], policies=plan.tables["policies"].iloc[:0], load_shapes=plan.tables["load_shapes"].iloc[:0],
    )  # fmt: skip
    began = time.process_time()
    notices(large)
    assert time.process_time() - began < 1.0


def test_samples_have_nothing_odd():
    from tests.plan.test_files import SAMPLES

    for sample in ("pilot", "global_assistant"):
        assert [n.text for n in read_plan(SAMPLES / sample).notices] == []
