"""A visitor of the app without a browser: speaks Streamlit's websocket, so that the server alone is measured."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

ROOT = Path(__file__).parents[1]


@contextmanager
def server(data: Path, app: Path = ROOT / "app.py") -> Iterator[tuple[str, int]]:
    """A server of the app with a data folder of its own; gives its host and port, and its process number."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.headless", "true"]
    command += ["--server.address", "127.0.0.1", "--server.port", host.rpartition(":")[2]]
    command += ["--server.fileWatcherType", "none", "--browser.gatherUsageStats", "false"]
    environment = {**os.environ, "PLANNER_DATA_DIR": str(data), "PYTHONPATH": str(ROOT)}
    with (data / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=app.parent, env=environment, stdout=log, stderr=log)
    try:
        end = time.monotonic() + 60
        while not _healthy(host):
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit((data / "server.log").read_text())
            time.sleep(0.05)
        yield host, process.pid
    finally:
        process.terminate()
        process.wait(20)


def _healthy(host: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{host}/_stcore/health", timeout=1) as said:
            return said.status == 200
    except OSError:
        return False


class Session:
    """One open tab. `run` asks for a script run as a click does and waits until the server has finished it."""

    def __init__(self, socket: ClientConnection, query: str) -> None:
        self._socket, self.query = socket, query
        self.pages: dict[str, str] = {}
        """Script hash of each page by its path in the address."""
        self.page = ""
        self.buttons: dict[str, str] = {}
        """Widget of each button of the newest run by its label."""
        self.choices: dict[str, str] = {}
        """Widget of each choice between labelled options by the option."""
        self.errors: list[str] = []
        self.timers: dict[str, float] = {}
        """Seconds between the runs of each fragment that runs by itself."""

    @classmethod
    async def open(cls, host: str, query: str = "") -> Session:
        """Connect as a browser does."""
        socket = await connect(
            f"ws://{host}/_stcore/stream",
            subprotocols=[Subprotocol("streamlit"), Subprotocol("none")],
            max_size=None,
            origin=Origin(f"http://{host}"),
        )
        return cls(socket, query)

    async def close(self) -> None:
        """Close the tab."""
        await self._socket.close()

    async def run(self, page: str | None = None, press: str | None = None, choose: str | None = None) -> float:
        """Go to a page, or choose an option and press a button by its label; seconds until the run is done."""
        message = BackMsg()
        if page is not None:
            self.page = self.pages[page]
        if press is not None:
            pressed = WidgetState(id=self.buttons[press], trigger_value=True)
            message.rerun_script.widget_states.widgets.append(pressed)
        if choose is not None:
            chosen = WidgetState(id=self.choices[choose])
            chosen.string_array_value.data.append(choose)
            message.rerun_script.widget_states.widgets.append(chosen)
        self.buttons, self.choices, self.timers = {}, {}, {}
        return await self._ask(message)

    async def tick(self, fragment: str) -> float:
        """Run a fragment as its timer does; seconds until it is done."""
        message = BackMsg()
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = True
        return await self._ask(message)

    async def _ask(self, message: BackMsg) -> float:
        message.rerun_script.query_string = self.query
        message.rerun_script.page_script_hash = self.page
        began = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        async for data in self._socket:
            said = ForwardMsg()
            said.ParseFromString(data.encode() if isinstance(data, str) else data)
            if self._hear(said):
                break
        return time.perf_counter() - began

    def _hear(self, said: ForwardMsg) -> bool:
        """Take a message in; True when it ends the run."""
        kind = said.WhichOneof("type")
        if kind == "navigation":
            self.pages = {p.url_pathname: p.page_script_hash for p in said.navigation.app_pages}
            self.page = said.navigation.page_script_hash
        elif kind == "auto_rerun":
            self.timers[said.auto_rerun.fragment_id] = said.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            for fragment in said.stop_auto_rerun.fragment_ids:
                self.timers.pop(fragment, None)
        elif kind == "page_info_changed":
            self.query = said.page_info_changed.query_string
        elif kind == "delta" and said.delta.WhichOneof("type") == "new_element":
            element = said.delta.new_element
            if element.WhichOneof("type") == "button":
                self.buttons[element.button.label] = element.button.id
            elif element.WhichOneof("type") == "button_group":
                self.choices |= {o.content: element.button_group.id for o in element.button_group.options}
            elif element.WhichOneof("type") == "exception":
                self.errors.append(f"{element.exception.type}: {element.exception.message}")
        return kind == "script_finished" and said.script_finished in (
            ForwardMsg.FINISHED_SUCCESSFULLY,
            ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
            ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
        )
