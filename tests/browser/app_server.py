"""A server of the app with a data folder of its own, which tests can end and start again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from planner.plan.files import read_plan
from planner.store import Store, draft_from_plan

ROOT = Path(__file__).parents[2]
PILOT = ROOT / "sample_data" / "pilot"


class AppServer:
    """One `streamlit run app.py` on a port that stays the same when it is started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "server.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(self.port)]
        command += ["--server.headless", "true", "--server.address", "127.0.0.1"]
        environment = {**os.environ, "PLANNER_DATA_DIR": str(self.folder), "PYTHONPATH": str(ROOT)}
        environment.pop("PLANNER_DATABASE_URL", None)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        end = time.monotonic() + 60
        while not self._healthy():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(self.log.read_text())
            time.sleep(0.1)

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + "/_stcore/health", timeout=1) as said:
                return bool(said.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(20)

    def stop(self) -> None:
        """End it as one does."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def store(self) -> Store:
        """The server's store, opened from the test's own process."""
        return Store.open(f"sqlite:///{self.folder / 'planner.db'}")

    def tracebacks(self) -> str:
        """The end of the log when it has a traceback."""
        text = self.log.read_text(errors="replace")
        return text[-4000:] if "Traceback" in text else ""


def add_pilot(store: Store, name: str = "Pilot") -> str:
    """A new plan from the pilot sample; returns its identifier."""
    plan = read_plan(PILOT).plan
    assert plan is not None
    return store.create(draft_from_plan(plan), name).plan_id
