"""One child process: how it is started, spoken to, and ended with everything that it started itself."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from planner.jobs.job import Job

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds the package, so that the child finds the same code."""


class Child:
    """A `python -m planner.worker` in a session and a temporary folder of its own.

    `on_message(child, message)` is called from a thread for each JSON line that it writes, then
    `on_exit(child)` once it and all that it started are gone.
    """

    def __init__(
        self, on_message: Callable[[Child, dict], None], on_exit: Callable[[Child], None], preload: bool = True
    ) -> None:
        self.job: Job | None = None
        self.result: Mapping[str, Any] | None = None
        self.error = ""
        self.began = False
        self.ready = threading.Event()
        self.folder = Path(tempfile.mkdtemp(prefix="planner-job-"))
        self._log = self.folder / "log.txt"
        self._talk = threading.Lock()
        self._waited = False
        self.gone = threading.Event()
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        with self._log.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "planner.worker", *([] if preload else ["--bare"])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=self.folder,
                env={**os.environ, **one_thread, "PYTHONPATH": path, "TMPDIR": str(self.folder)},
                start_new_session=True,  # a group of its own: the CBC solver is a grandchild
            )
        self._reader = threading.Thread(
            target=self._read, args=(on_message, on_exit), daemon=True, name=f"child-{self.process.pid}"
        )
        self._reader.start()

    def start(self, job: Job) -> None:
        """Give it its job: the files first, then the spec."""
        for name, body in job.files.items():
            (self.folder / name).write_bytes(body)
        self._send(json.dumps({**job.spec, "express": job.express}))

    def cancel(self) -> None:
        """Ask it to stop and keep what it has."""
        self._send("cancel")

    def kill(self) -> None:
        """End it and everything that it started, at once."""
        with self._talk:
            if not self._waited:  # its number is its own until it has been waited for
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.process.pid, signal.SIGKILL)

    def last_words(self, most: int = 2000) -> str:
        """The end of what it wrote to standard error."""
        with contextlib.suppress(OSError):
            return self._log.read_bytes()[-most:].decode(errors="replace").strip()
        return ""

    def _send(self, line: str) -> None:
        # A child that is gone cannot listen: its exit says what there is to say.
        with self._talk, contextlib.suppress(OSError, ValueError):
            assert self.process.stdin is not None
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()

    def _read(self, on_message: Callable[[Child, dict], None], on_exit: Callable[[Child], None]) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                on_message(self, json.loads(line))
            except Exception:  # a line cut short by a kill, or one that nobody understands: never a reason to hang
                log.debug("a message of a child process was not understood: %r", line[:200])
        # Only the child itself holds the other end of the pipe, so it is done or dead.
        self.kill()
        with self._talk:
            self.process.wait()
            self._waited = True
        with contextlib.suppress(OSError):
            self.process.__exit__(None, None, None)  # closes the pipes
        try:
            on_exit(self)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.gone.set()
