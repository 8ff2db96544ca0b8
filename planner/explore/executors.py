"""Where many solves are done: processes of this machine, or a Dask cluster, by one setting.

PLANNER_SWEEP: blank for processes, `here` for this very process, or the address of a Dask scheduler
(tcp://host:8786). PLANNER_SWEEP_WORKERS: processes at a time, blank for as many as there are processors.
"""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import Any

SETTING, WORKERS = "PLANNER_SWEEP", "PLANNER_SWEEP_WORKERS"
HERE = "here"


class NoCluster(RuntimeError):
    """A cluster is set, and cannot be used; the message says why."""


def executor_of_settings() -> Executor:
    """The executor that the settings name. Raises NoCluster."""
    told = os.environ.get(SETTING, "").strip()
    if not told:
        return processes()
    if told == HERE:
        from planner.explore.runner import Here

        return Here()
    return cluster(told)


def workers() -> int:
    """Processes at a time: the setting, else as many as there are processors."""
    told = os.environ.get(WORKERS, "").strip()
    return max(1, int(told)) if told.isdigit() else os.cpu_count() or 1


def processes(count: int | None = None) -> ProcessPoolExecutor:
    """A pool of processes on this machine.

    Never forked from this process, which may have threads; where there is a fork server, it has done
    the imports, so that a worker begins in milliseconds.
    """
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    if context.get_start_method() == "forkserver":
        context.set_forkserver_preload(["planner.explore.runner"])
    return ProcessPoolExecutor(count or workers(), mp_context=context)


def cluster(address: str) -> Executor:
    """The workers of a Dask scheduler (package `distributed`, an optional extra) as an executor. Raises NoCluster."""
    try:
        from distributed import Client
    except ImportError as error:
        raise NoCluster(
            f"{SETTING} names a Dask cluster; that needs the package distributed (requirements-cluster.txt)"
        ) from error
    try:
        client: Any = Client(address, timeout="10s", set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise NoCluster(f"the Dask scheduler {address} does not answer") from error
    return Cluster(client)


class Cluster(Executor):
    """A Dask client as an executor that closes it when it is shut down."""

    def __init__(self, client: Any) -> None:
        # Not pure: a solve whose worker is lost is done again by another, and never taken for one done before.
        self._client, self._inner = client, client.get_executor(pure=False)

    def submit(self, fn, /, *args, **kwargs):  # the signature of the base class
        """Have it done by a worker of the cluster; one that is lost is replaced by another."""
        return self._inner.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let go of the cluster, which goes on for others."""
        self._client.close()  # ends what this client alone waits for
