"""`python -m planner import skypilot | azure | tokens`: rows from price catalogues, beside a plan or into it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from planner.plan.catalogues.azure_retail import HOURS_PER_MONTH, import_azure
from planner.plan.catalogues.common import PROVIDERS, CatalogueError, Imported, Origin, Selection
from planner.plan.catalogues.merge import merge
from planner.plan.catalogues.skypilot import import_skypilot
from planner.plan.catalogues.token_prices import TokenMix, import_token_prices, output_tokens_of_unit
from planner.plan.csv_tables import write_csv
from planner.plan.faults import Fault, shown
from planner.plan.files import read_plan, write_folder, write_workbook, write_zip
from planner.plan.plan import Plan
from planner.plan.tables import TABLES

DONE, INVALID = 0, 2
DOLLAR = "USD"


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Mount `import` on the subparsers of a command line; its `run` takes the parsed arguments."""
    parser = subparsers.add_parser("import", help="turn price catalogues into sites, hardware and offers")
    kinds = parser.add_subparsers(dest="catalogue", required=True)

    sky = kinds.add_parser("skypilot", help="a SkyPilot catalogue vms.csv")
    sky.add_argument("file", type=Path, help="catalogs/<version>/<cloud>/vms.csv")
    sky.add_argument("--provider", required=True, choices=tuple(PROVIDERS))
    sky.set_defaults(make=_skypilot)

    azure = kinds.add_parser("azure", help="JSON of the Azure Retail Prices API")
    azure.add_argument("file", type=Path, help="one page, a list of pages or a list of entries")
    azure.add_argument("--currency", default=DOLLAR, help="currency of the file (default %(default)s)")
    azure.set_defaults(make=_azure)

    for kind in (sky, azure):
        kind.add_argument("--regions", type=_names, default=(), metavar="A,B", help="only these regions")
        kind.add_argument("--accelerators", type=_names, default=(), metavar="A,B", help="only these, e.g. H100,A100")
        kind.add_argument(
            "--site",
            type=_pair,
            action="append",
            default=[],
            metavar="REGION=SITE",
            help="the site of the plan that stands for a region; other regions get a site of their own",
        )
        kind.add_argument("--every-type", action="store_true", help="keep dearer machine types of the same device")
        kind.add_argument("--source", metavar="TEXT", help="where the file is from (default: its kind and name)")

    tokens = kinds.add_parser("tokens", help="token prices of the installed genai-prices package")
    tokens.add_argument("models", nargs="+", metavar="PROVIDER/MODEL", help="* stands for anything")
    tokens.add_argument("--workload", required=True, help="the workload that the offers serve")
    tokens.add_argument(
        "--input-per-output", required=True, type=float, metavar="N", help="input tokens for each output token"
    )
    tokens.add_argument(
        "--cached-share", type=float, default=0.0, metavar="X", help="share of input from a prompt cache (default 0)"
    )
    tokens.add_argument("--prompt-tokens", type=int, metavar="N", help="input tokens of a request, for prices in tiers")
    tokens.add_argument(
        "--output-tokens-per-unit",
        type=float,
        metavar="N",
        help="output tokens in a unit of the workload (default: from the unit in the plan, else a million)",
    )
    tokens.add_argument("--processing", metavar="NAME", help="a way of processing with its own prices, e.g. batch")
    tokens.add_argument("--site", metavar="SITE", help="the site of the plan at which the models are called")
    tokens.add_argument("--zone", help="jurisdiction of the sites that are made where no --site is given")
    tokens.set_defaults(make=_tokens)

    for kind in (sky, azure, tokens):
        kind.add_argument(
            "--as-of", type=_day, metavar="YYYY-MM-DD", help="day of the prices (default: that of the file, or today)"
        )
        kind.add_argument(
            "--rate", type=_rate, metavar="X", help="amount of the plan's currency for one of the catalogue's"
        )
        kind.add_argument(
            "--out", type=Path, metavar="FOLDER", help="write the rows here as CSV, or the plan of --into"
        )
        kind.add_argument(
            "--into", type=Path, metavar="PLAN", help="merge into this plan; with --out it stays as it is"
        )
        kind.add_argument(
            "--estimate-latency", action="store_true", help="with --into: add network rows from coordinates"
        )
        kind.add_argument("--force", action="store_true", help="overwrite tables in the folder of --out")
        kind.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Import as the arguments say. Returns 0, or 2 after printing each fault on standard error."""
    try:
        return _run(args)
    except CatalogueError as error:
        for fault in error.faults:
            print(fault.text, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or ''}: {error.strerror or error}", file=sys.stderr)
    return INVALID


def _run(args: argparse.Namespace) -> int:
    if args.out is None and args.into is None:
        raise CatalogueError(Fault("import", None, "", "say where to: --out FOLDER, --into PLAN or both"))
    if args.estimate_latency and args.into is None:
        raise CatalogueError(Fault("import", None, "", "--estimate-latency needs the locations of a plan: give --into"))
    plan = None if args.into is None else _plan(args.into)
    make: Callable[[argparse.Namespace, Plan | None], Imported] = args.make
    if args.into is None or args.out is not None:
        _must_be_free(args.out, args.force)
    imported = make(args, plan)
    for line in imported.skipped.lines():
        print(line, file=sys.stderr)
    if plan is None:
        for notice in imported.notices:
            print(f"notice: {notice}", file=sys.stderr)
        _write_rows(imported, args.out)
        counts = ", ".join(f"{len(t)} {n}" for n, t in imported.tables.items() if len(t))
        print(f"{counts} written to {args.out}")
        return DONE
    merged = merge(plan, imported, args.estimate_latency)
    target = args.out or args.into
    _write_plan(merged.plan, target)
    for line in merged.changes:
        print(line)
    print(f"{merged.plan.settings.name} written to {target}")
    return DONE


def _plan(path: Path) -> Plan:
    reading = read_plan(path)
    if reading.plan is None:
        raise CatalogueError(*reading.faults)
    return reading.plan


def _must_be_free(folder: Path, force: bool) -> None:
    """An import must not take the place of a plan's tables unasked."""
    there = [f"{name}.csv" for name in TABLES if (folder / f"{name}.csv").exists()]
    if folder.is_file():
        raise CatalogueError(Fault(folder.name, None, "", "this is a file; --out wants a folder"))
    if there and not force:
        message = f"the folder holds {', '.join(there)}; use --into to merge, another folder, or --force"
        raise CatalogueError(Fault(folder.name, None, "", message))


def _write_rows(imported: Imported, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in imported.tables.items():
        if len(frame):
            (folder / f"{name}.csv").write_text(write_csv(TABLES[name], frame), encoding="utf-8", newline="")


def _write_plan(plan: Plan, path: Path) -> None:
    """Write a plan in the form that its path names; a file takes its place only when it is whole."""
    writer = {".xlsx": write_workbook, ".zip": write_zip}.get(path.suffix.lower())
    if writer is None or path.is_dir():
        write_folder(plan, path)
        return
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            writer(plan, file)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _skypilot(args: argparse.Namespace, plan: Plan | None) -> Imported:
    selection = _selection(args, plan, DOLLAR)
    return import_skypilot(args.file, args.provider, _origin(args, f"SkyPilot catalogue {args.provider}"), selection)


def _azure(args: argparse.Namespace, plan: Plan | None) -> Imported:
    selection = _selection(args, plan, args.currency)
    hours = HOURS_PER_MONTH if plan is None else plan.settings.hours_per_month
    on = args.as_of or _file_day(args.file)
    return import_azure(args.file, _origin(args, "Azure Retail Prices"), on, selection, args.currency, hours)


def _tokens(args: argparse.Namespace, plan: Plan | None) -> Imported:
    per_unit = args.output_tokens_per_unit
    if plan is not None:
        workloads = plan.tables["workloads"].set_index("workload")
        if args.workload not in workloads.index:
            _unknown("workload", args.workload, list(workloads.index))
        if args.site is not None:
            _known_sites(plan, [args.site])
        unit = workloads.loc[args.workload, "unit"]
        per_unit = per_unit or output_tokens_of_unit(unit)
        if per_unit is None:
            message = f"the unit is {shown(unit)}: give --output-tokens-per-unit"
            raise CatalogueError(Fault("workloads", None, "unit", message))
    mix = TokenMix(args.input_per_output, args.cached_share, 1e6 if per_unit is None else per_unit, args.prompt_tokens)
    on = args.as_of or date.today()
    rate = _exchange(args, plan, DOLLAR)
    return import_token_prices(args.models, args.workload, mix, on, args.site, args.zone, args.processing, rate)


def _selection(args: argparse.Namespace, plan: Plan | None, currency: str) -> Selection:
    sites = dict(args.site)
    if plan is not None:
        _known_sites(plan, list(sites.values()))
    return Selection(
        frozenset(args.regions), frozenset(args.accelerators), sites, args.every_type, _exchange(args, plan, currency)
    )


def _known_sites(plan: Plan, wanted: Sequence[str]) -> None:
    known = list(plan.tables["sites"]["site"])
    for site in wanted:
        if site not in known:
            _unknown("site", site, known)


def _unknown(what: str, found: str, known: Sequence[str]) -> None:
    from planner.plan.faults import nearest

    message = f"found {shown(found)}; the plan has {', '.join(known)}{nearest(found, known)}"
    raise CatalogueError(Fault(f"{what}s", None, what, message))


def _exchange(args: argparse.Namespace, plan: Plan | None, currency: str) -> float:
    """The rate given, or 1 when the currencies agree."""
    if args.rate is None and plan is not None and plan.settings.currency != currency:
        message = f"the plan is in {plan.settings.currency}, the catalogue in {currency}: give --rate"
        raise CatalogueError(Fault("settings", None, "currency", message))
    return 1.0 if args.rate is None else args.rate


def _file_day(path: Path) -> date:
    return date.fromtimestamp(path.stat().st_mtime)


def _origin(args: argparse.Namespace, kind: str) -> Origin:
    as_of = args.as_of.isoformat() if args.as_of else f"file of {_file_day(args.file)}"
    return Origin(args.source or f"{kind}, {args.file.name}", as_of)


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _pair(text: str) -> tuple[str, str]:
    region, sign, site = text.partition("=")
    if not (sign and region.strip() and site.strip()):
        raise argparse.ArgumentTypeError(f"{text!r} is not REGION=SITE")
    return region.strip(), site.strip()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day as YYYY-MM-DD") from None


def _rate(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError("must be above 0")
    return value
