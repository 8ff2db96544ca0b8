"""A small plan, and a store in each kind of database that is promised."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa

from planner.plan.plan import Plan
from planner.store import Store


def _plan_of(volume: float) -> Plan:
    """A valid plan of one site, one offer and two periods."""
    return Plan.of(
        {
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
    )


@pytest.fixture
def plan_of() -> Callable[[float], Plan]:
    return _plan_of


@pytest.fixture
def small_plan() -> Plan:
    return _plan_of(100.0)


def _initdb() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found)] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1] if places else None


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of the tests' own on a free port; gives the URL of its database."""
    initdb = _initdb()
    if initdb is None:
        pytest.fail("PostgreSQL is not installed: `python3 dev.py test` installs it, or apt-get install postgresql")
    # The server refuses to run as root, and another user must be able to reach its folder.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(subprocess.check_output(["mktemp", "-d"], user=user, text=True).strip())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, "user": user}
    create = [initdb, "-D", folder / "db", "-U", "planner", "--auth=trust", "--no-sync", "-E", "UTF8"]
    subprocess.run(create, check=True, **quiet)
    serve = [initdb.with_name("postgres"), "-D", folder / "db", "-p", str(port), "-h", "127.0.0.1", "-k", folder]
    server = subprocess.Popen([*serve, "-c", "fsync=off", "-c", "shared_buffers=16MB"], **quiet)
    url = f"postgresql://planner@127.0.0.1:{port}/postgres"
    engine = sa.create_engine(url)
    for _ in range(200):
        try:
            engine.connect().close()
            break
        except sa.exc.OperationalError:
            time.sleep(0.05)
    yield url
    engine.dispose()
    server.send_signal(signal.SIGINT)  # its fast shutdown: does not wait for connections
    server.wait(20)
    shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Store]]:
    """Opens the same empty database again and again, as the processes of a deployment do."""
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres")
        name = f"t{abs(hash(tmp_path)) % 10**12}"
        engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as db:
            db.execute(sa.text(f"create database {name}"))
        engine.dispose()
        url = server.removesuffix("postgres") + name
    else:
        url = f"sqlite:///{tmp_path / 'folder' / 'planner.db'}"
    made: list[Store] = []

    def open_again(**kwargs: int) -> Store:
        made.append(Store.open(url, **kwargs))
        return made[-1]

    yield open_again
    for store in made:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., Store]) -> Store:
    return open_store()
