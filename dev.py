#!/usr/bin/env python3
"""One command for everything: `python3 dev.py app` opens the app, `python3 dev.py test` runs every check.

Needs Python 3.11 or newer and nothing else: the environment in .venv is made on the first run and
brought up to date when the requirement files change. What comes from the system (a browser, an
office suite for recalculating workbooks, a database server) is installed through apt where that is
possible and said plainly where it is not.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "setup.json"
OLDEST = (3, 11)
APP, DEV = "requirements.txt", "requirements-dev.txt"

# What the tests drive from outside Python: what is looked for, and Debian's package that brings it.
SYSTEM = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "libreoffice-calc": ("soffice", "libreoffice"),
    "poppler-utils": ("pdftoppm",),
    "fontconfig": ("fc-list",),
}
FONTS = "fonts-liberation"
DATABASE = "postgresql"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that was asked for; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python3 dev.py", description=__doc__, formatter_class=_Plain)
    parser.add_argument(
        "command", choices=sorted(COMMANDS), help="; ".join(f"{k}: {v.__doc__}" for k, v in COMMANDS.items())
    )
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="passed on")
    args = parser.parse_args(argv)
    _python_new_enough()
    try:
        return COMMANDS[args.command](args.rest)
    except KeyboardInterrupt:
        return 130
    except subprocess.CalledProcessError as error:
        print(f"failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return error.returncode or 1


class _Plain(argparse.RawDescriptionHelpFormatter):
    """Keeps the paragraphs of the module's own words."""


def app(rest: Sequence[str]) -> int:
    """open the app on the sample plan"""
    setup(APP)
    # For a person: open the browser, and do not ask for an e-mail address first.
    screen = sys.platform != "linux" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    shown = ["--server.headless=false", "--server.showEmailPrompt=false"] if sys.stdout.isatty() and screen else []
    return run("-m", "streamlit", "run", "app.py", *shown, *rest)


def test(rest: Sequence[str]) -> int:
    """format, lint, types and every test; arguments go to pytest"""
    setup(DEV)
    missing = system()
    if missing:
        print(
            "The tests need programs that are not here and could not be installed: "
            + ", ".join(missing)
            + f".\nOn Debian or Ubuntu: sudo apt-get install --no-install-recommends {' '.join(missing)}"
            + "\nWithout them, one part of the tests can still be run, for example: python3 dev.py pytest tests/plan",
            file=sys.stderr,
        )
        return 1
    for step in (lint, pytest):
        code = step(rest if step is pytest else ())
        if code:
            return code
    return 0


def lint(rest: Sequence[str]) -> int:
    """formatting, lint and types, without the tests"""
    setup(DEV)
    run("-m", "ruff", "format", "--check", ".", check=True)
    run("-m", "ruff", "check", ".", check=True)
    return run("-m", "mypy", *rest)


def pytest(rest: Sequence[str]) -> int:
    """tests alone, all or those named"""
    setup(DEV)
    # Whole files on one worker: the browser tests share a server and a browser in each worker.
    workers = [] if any(a.startswith("-n") for a in rest) else ["-n", "2", "--dist", "loadfile"]
    return run("-m", "pytest", *workers, *rest)


def fix(rest: Sequence[str]) -> int:
    """format the code and mend what lint can mend"""
    setup(DEV)
    run("-m", "ruff", "check", "--fix", "--quiet", ".")
    return run("-m", "ruff", "format", ".")


def samples(rest: Sequence[str]) -> int:
    """build the sample plans again from their figures"""
    setup(APP)
    return run("-m", "sample_data.build", *rest)


def tour(rest: Sequence[str]) -> int:
    """take the tour's pictures again"""
    setup(DEV)
    missing = [name for name in system() if name != DATABASE]
    if missing:
        print(f"The tour needs {', '.join(missing)}.", file=sys.stderr)
        return 1
    return run("-m", "docs.tour", *rest)


def bench(rest: Sequence[str]) -> int:
    """run a benchmark by name, or list them"""
    setup(DEV)
    if not rest:
        names = sorted(p.stem for p in (ROOT / "benchmarks").glob("*.py") if p.stem != "__init__")
        print("python3 dev.py bench NAME, one of: " + ", ".join(names))
        return 0
    return run("-m", f"benchmarks.{rest[0]}", *rest[1:])


def prepare(rest: Sequence[str]) -> int:
    """set everything up and do nothing else"""
    setup(DEV)
    missing = system()
    print("missing: " + ", ".join(missing) if missing else "ready")
    return int(bool(missing))


def run(*command: str, check: bool = False) -> int:
    """Run the environment's Python in the project folder; returns its exit code."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))}
    return subprocess.run([str(PYTHON), *command], cwd=ROOT, env=environment, check=check).returncode


def setup(requirements: str) -> None:
    """Make .venv hold what the requirement file asks for; quick when it does already."""
    want = _fingerprint(requirements)
    done = json.loads(STAMP.read_text()) if STAMP.exists() else {}
    if PYTHON.exists() and done.get(requirements) == want:
        return
    if not PYTHON.exists():
        _make_venv()
    print(f"Installing {requirements} into {VENV.name} (once) ...", flush=True)
    _install(requirements)
    done[requirements] = want
    if requirements == DEV:  # it includes the other one
        done[APP] = _fingerprint(APP)
    STAMP.write_text(json.dumps(done))


def _install(requirements: str) -> None:
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]
    subprocess.run(pip, cwd=ROOT, check=True)


def _fingerprint(requirements: str) -> str:
    """The text of the file and of the one that it includes, hashed."""
    files = (APP,) if requirements == APP else (APP, DEV)
    return hashlib.sha256("".join((ROOT / name).read_text() for name in files).encode()).hexdigest()


def _make_venv() -> None:
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        if not apt(version):
            sys.exit(f"This Python cannot make environments. On Debian or Ubuntu: sudo apt-get install {version}")
    print(f"Making {VENV.name} with Python {sys.version.split()[0]} ...", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)


def _python_new_enough() -> None:
    """Go on under a newer Python of this machine when this one is too old."""
    if sys.version_info[:2] >= OLDEST:
        return
    for minor in range(14, OLDEST[1] - 1, -1):
        newer = shutil.which(f"python3.{minor}")
        if newer and subprocess.run([newer, "--version"], capture_output=True).returncode == 0:
            os.execv(newer, [newer, *sys.argv])
    sys.exit(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}.")


def system() -> list[str]:
    """Install what the tests drive from outside Python; returns the packages that are still missing."""
    missing = _missing()
    if missing and apt(*missing):
        missing = _missing()
    return missing


def _missing() -> list[str]:
    missing = [package for package, names in SYSTEM.items() if not any(map(shutil.which, names))]
    if not _has_font("Liberation Sans"):
        missing.append(FONTS)
    if not (shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))):
        missing.append(DATABASE)
    return missing


def _has_font(family: str) -> bool:
    if not shutil.which("fc-list"):
        return False
    said = subprocess.run(["fc-list", family, "family"], capture_output=True, text=True)
    return bool(said.stdout.strip())


def apt(*packages: str) -> bool:
    """Install Debian packages where that needs no password; False when it cannot be done."""
    if not shutil.which("apt-get"):
        return False
    become: list[str] = []
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        if not shutil.which("sudo") or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
            return False
        become = ["sudo", "-n"]
    print(f"Installing {', '.join(packages)} (once) ...", flush=True)
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y"]
    subprocess.run([*become, *quiet, "update"], stdout=subprocess.DEVNULL)
    install = [*become, *quiet, "install", "--no-install-recommends", *packages]
    return subprocess.run(install, stdout=subprocess.DEVNULL).returncode == 0


COMMANDS = {f.__name__: f for f in (app, test, lint, pytest, fix, samples, tour, bench, prepare)}

if __name__ == "__main__":
    sys.exit(main())
