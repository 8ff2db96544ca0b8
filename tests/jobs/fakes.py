"""Kinds of job for the tests: each shows one way in which a computation can go."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from planner.jobs import JobError


def count(spec, report, cancel):
    """Counts; stops early when asked to and says how far it came."""
    for i in range(spec["steps"]):
        if cancel.is_set():
            return {"counted": i, "early": True}
        report(stage=f"stage {i // 10}", seconds=float(i), incumbent=100.0 - i, bound=float("-inf"), done=i)
        time.sleep(spec.get("pause", 0.01))
    return {"counted": spec["steps"], "pid": os.getpid(), "input": _read("in.txt")}


def _read(name):
    return Path(name).read_text() if Path(name).exists() else ""


def deaf(spec, report, cancel):
    """Never looks whether it is asked to stop, and has a child that outlives a plain terminate."""
    lines = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", lines])
    report(stage="deaf", done=child.pid, total=os.getpid())
    time.sleep(600)
    return {}


def noisy(spec, report, cancel):
    """Prints on every channel, as solvers do."""
    print("{not json}")
    os.system("echo from a grandchild")
    os.write(1, b'{"result": {"forged": true}}\n')
    print("to the log", file=sys.stderr)
    return {"fine": True}


def die(spec, report, cancel):
    """Ends as the system would end it, or without a word."""
    report(stage="about to die")
    if spec.get("how") == "quietly":
        os._exit(3)
    os.kill(os.getpid(), signal.SIGKILL)


def wrong(spec, report, cancel):
    """Raises: in words for people, or not."""
    if spec.get("how") == "words":
        raise JobError("The plan is not valid.")
    raise KeyError("secret detail")


def leave(spec, report, cancel):
    """Leaves a file for `finish`, and something in the temporary folder."""
    Path("out.txt").write_text("found")
    import tempfile

    with tempfile.NamedTemporaryFile(delete=False) as file:
        return {"temporary": file.name}


def odd(spec, report, cancel):
    """Reports what nobody knows."""
    report(stage="odd", weather="fine")
    report(stage=None, seconds="many")
    return {"fine": True}
