"""`python -m planner.worker`: a child process that does one job.

It imports what jobs need (unless told `--bare`), says that it is ready, and waits. The first line on standard input is the
job's spec as JSON; a later line `cancel` asks it to stop and keep what it has. It answers with JSON
lines on standard output: ready, began, progress, and last a result or an error. When standard input
ends, whoever asked is gone: it ends at once, with everything that it started.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn, TextIO

PRELOAD = ("planner.jobs.solve",)
BARE = "--bare"
"""Argument by which nothing is imported ahead of the job."""
NICENESS, EXPRESS_NICENESS = 10, 2
"""How far a job gives way to the server's clicks; less where somebody waits for its answer."""
EVERY = 0.1
"""Seconds between two reports of the same stage."""


class Voice:
    """The one way back to the parent: JSON lines, from any thread."""

    def __init__(self, out: TextIO) -> None:
        self._out, self._lock = out, threading.Lock()
        self._last_stage, self._last_time = "", -math.inf
        self._held: dict[str, Any] | None = None

    def say(self, **message: Any) -> None:
        """Write one message; a parent that is gone ends this process."""
        try:
            with self._lock:
                self._out.write(json.dumps(message) + "\n")
                self._out.flush()
        except OSError:
            abandon()

    def report(self, **fields: Any) -> None:
        """Report a step: at once when the stage is new, else not more often than people can see."""
        step = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in fields.items()}
        now, stage = time.monotonic(), str(step.get("stage", ""))
        if stage == self._last_stage and now - self._last_time < EVERY:
            self._held = step
            return
        self._last_stage, self._last_time, self._held = stage, now, None
        self.say(progress=step)

    def flush(self) -> None:
        """Report the step that was held back, if any."""
        if self._held is not None:
            self.say(progress=self._held)
            self._held = None


def main() -> int:
    """Do one job; returns the exit code."""
    # Solvers write to standard output as they like: it goes to the log, the parent gets a private line.
    voice = Voice(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)
    from planner.jobs.kinds import JobError, find

    for module in () if BARE in sys.argv else PRELOAD:
        importlib.import_module(module)
    voice.say(ready=True)
    line = sys.stdin.readline()
    if not line.strip():
        abandon()
    cancel = threading.Event()
    threading.Thread(target=_listen, args=(cancel,), daemon=True, name="listen").start()
    voice.say(began=True)
    try:
        spec = json.loads(line)
        _give_way(EXPRESS_NICENESS if spec.get("express") else NICENESS)
        result = find(spec["kind"])(spec, voice.report, cancel)
        voice.flush()
        voice.say(result=result)
    except JobError as error:
        voice.say(error=str(error))
    except MemoryError:
        voice.say(error="The job needed more memory than there is.")
    except Exception as error:
        traceback.print_exc()
        voice.say(error=f"The job failed ({type(error).__name__}: {error}).")
    return 0


def _give_way(niceness: int) -> None:
    """Let the server's clicks go first where processors are short."""
    with contextlib.suppress(OSError):
        os.nice(niceness)
    # Linux may share processors between sessions first, and this process has one of its own (sched(7)).
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness))


def _listen(cancel: threading.Event) -> None:
    for line in sys.stdin:
        if line.strip() == "cancel":
            cancel.set()
    abandon()


def abandon() -> NoReturn:
    """End this process and all that it started: nobody is left to take the result."""
    own = Path.cwd()
    if own.name.startswith("planner-job-"):
        shutil.rmtree(own, ignore_errors=True)
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # the listener sits in a read that nothing would end
