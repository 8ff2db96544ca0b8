"""Long computations in child processes, with a queue, progress and cancel."""

from planner.jobs.job import Job, State, Step
from planner.jobs.kinds import JobError, Report
from planner.jobs.queue import Queue

__all__ = ["Job", "JobError", "Queue", "Report", "State", "Step"]
