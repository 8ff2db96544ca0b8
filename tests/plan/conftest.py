"""A small plan with every table, as the CSV files that a person would write."""

from collections.abc import Callable
from pathlib import Path

import pytest

from planner.plan.files import read_plan
from planner.plan.parse import Reading

SMALL = {
    "settings": "key,value\nname,Small\nstart,2027-01\nperiods,4\nmonths_per_period,3\n",
    "locations": "location,name,zone,latitude,longitude\nparis,Paris,EU,48.9,2.4\ntokyo,Tokyo,JP,35.7,139.7\n",
    "workloads": (
        "workload,team,kind,unit,max_latency_ms,allowed_zones,required_certifications,interruptible_share,max_utilization\n"
        "chat,Sales,,M tokens,80,,,0,0.7\n"
        "tune,Research,training,GPU hours,,EU,SOC2,0.5,1\n"
    ),
    "demand": (
        "workload,location,period,volume\n"
        "chat,paris,1,1000\nchat,paris,2,1100\nchat,paris,3,1200\nchat,paris,4,1300\n"
        "chat,tokyo,1,500\nchat,tokyo,2,500\nchat,tokyo,3,500\nchat,tokyo,4,500\n"
        "tune,paris,2,40\n"
    ),
    "slices": "slice,share_of_hours\npeak,0.25\nbase,0.75\n",
    "load_shapes": (
        "workload,location,slice,multiplier\nchat,,peak,2.2\nchat,,base,0.6\nchat,tokyo,peak,1.6\nchat,tokyo,base,0.8\n"
    ),
    "hardware": "hardware,accelerators,power_kw,idle_power_kw\nh100x8,8,10,3\nl4,1,0.1,0.02\n",
    "throughput": "workload,hardware,units_per_hour\nchat,h100x8,30\nchat,l4,1.5\ntune,h100x8,8\n",
    "sites": (
        "site,provider,zone,kind,certifications,latitude,longitude,electricity_price_per_kwh,max_devices\n"
        "paris-cloud,AWS,EU,cloud,SOC2;ISO27001,48.9,2.4,,\n"
        "own-room,Own,EU,on_premises,SOC2,48.8,2.3,0.12,50\n"
        "tokyo-edge,Edge Co,JP,edge,,35.7,139.7,0.2,\n"
    ),
    "offers": (
        "offer,site,pricing,hardware,workload,price_per_hour,upfront_price,purchase_price,price_per_unit,note\n"
        "od,paris-cloud,on_demand,h100x8,,55,,,,\n"
        "spot,paris-cloud,spot,h100x8,,23,,,,assumption\n"
        "term,paris-cloud,committed,h100x8,,30,1000,,,\n"
        "own,own-room,owned,h100x8,,,,250000,,\n"
        "edge,tokyo-edge,leased,l4,,0.6,,,,\n"
        "tokens,paris-cloud,api,,chat,,,,6,\n"
    ),
    "network": (
        "site,location,latency_ms,egress_price_per_gb\n"
        "paris-cloud,paris,4,0.09\nparis-cloud,tokyo,230,0.09\nown-room,paris,3,\ntokyo-edge,tokyo,2,\n"
    ),
    "policies": "policy,measure,sense,limit,share_of,provider\naws,spend,max,0.6,total,AWS\n",
    "assets": "asset,offer,devices,in_service,book_value\nold,own,2,2025-01,300000\n",
}


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Reading]:
    """Reads the small plan from a folder, with the given files in place of its own (None: no file)."""

    def read(**files: str | bytes | None) -> Reading:
        for name, text in {**SMALL, **files}.items():
            path = tmp_path / f"{name}.csv"
            if text is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(text.encode() if isinstance(text, str) else text)
        return read_plan(tmp_path)

    return read


@pytest.fixture
def texts(read: Callable[..., Reading]) -> Callable[..., list[str]]:
    """The faults of the small plan with the given files, as the command line prints them."""

    def texts(**files: str | bytes | None) -> list[str]:
        reading = read(**files)
        assert (reading.plan is None) == bool(reading.faults)
        return [fault.text for fault in reading.faults]

    return texts


def edit(table: str, old: str, new: str) -> str:
    """The CSV text of a table of the small plan with one part replaced, which must be there once."""
    text = SMALL[table]
    assert text.count(old) == 1, (table, old)
    return text.replace(old, new)
