import pandas as pd
import pytest

from planner.plan.plan import Plan


def _frames(volume: float) -> dict[str, pd.DataFrame]:
    return {
        "settings": pd.DataFrame({"key": ["name", "periods"], "value": ["Small", "2"]}),
        "locations": pd.DataFrame({"location": ["paris"], "zone": ["EU"]}),
        "workloads": pd.DataFrame({"workload": ["chat"], "unit": ["M tokens"]}),
        "demand": pd.DataFrame(
            {"workload": "chat", "location": "paris", "period": [1, 2], "volume": [volume, volume + 0.1]}
        ),
        "hardware": pd.DataFrame({"hardware": ["gpu"]}),
        "throughput": pd.DataFrame({"workload": ["chat"], "hardware": ["gpu"], "units_per_hour": [1 / 3]}),
        "sites": pd.DataFrame({"site": ["eu-west"], "zone": ["EU"], "kind": ["cloud"]}),
        "offers": pd.DataFrame(
            {
                "offer": ["od"],
                "site": ["eu-west"],
                "pricing": ["on_demand"],
                "hardware": ["gpu"],
                "price_per_hour": [2.0],
                "note": ["assumption"],
            }
        ),
        "network": pd.DataFrame({"site": ["eu-west"], "location": ["paris"], "latency_ms": [5.0]}),
    }


@pytest.fixture
def small_plan() -> Plan:
    """A valid plan of one site, one offer and two periods."""
    return Plan.of(_frames(100.0))
