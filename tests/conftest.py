"""What every test shares: a data folder of its own, and hypothesis settings that do not flicker."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "planner",
    deadline=None,  # two shared cores: a time limit for one example says nothing
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("planner")


@pytest.fixture(autouse=True, scope="session")
def _own_data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the plans of the person who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        patch.delenv("PLANNER_DATABASE_URL", raising=False)
        yield
