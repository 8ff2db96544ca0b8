"""The curated figures in `figures/`, each looked up as a `Value` with its source and date."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from sample_data.values import Value

FOLDER = Path(__file__).parent / "figures"


@cache
def figures(name: str) -> pd.DataFrame:
    """A curated file as it stands."""
    return pd.read_csv(FOLDER / f"{name}.csv")


def figure(name: str, column: str = "value", /, **where: object) -> Value:
    """The one cell of a curated file that `where` picks out.

    Raises LookupError unless exactly one row matches and the cell is filled.
    """
    frame = figures(name)
    for key, wanted in where.items():
        frame = frame[frame[key] == wanted]
    if len(frame) != 1 or pd.isna(frame[column].iloc[0]):
        raise LookupError(f"{name}: {len(frame)} rows with a {column} for {where}")
    row = frame.iloc[0]
    return Value(float(row[column]), ((str(row["source"]), str(row["as_of"])),))


def gpu_price(provider: str, region: str, instance: str, pricing: str) -> Value:
    """USD per hour of an instance."""
    return figure(
        "gpu_prices", "usd_per_hour", provider=provider, region=region, instance_type=instance, pricing=pricing
    )


def discount(provider: str, commitment: str) -> Value:
    """Fraction off the on-demand price for a commitment of any family of the provider."""
    return figure(
        "commitments",
        "discount_fraction_vs_on_demand",
        provider=provider,
        commitment=commitment,
        instance_family="(all families, generic)",
    )


def token_price(provider: str, model: str, side: str) -> Value:
    """USD per million tokens, side = input or output."""
    return figure("token_prices", f"usd_per_million_{side}_tokens", provider=provider, model=model)


def region(region: str, column: str) -> Value:
    """A figure of a region; electricity, PUE and water carry their own source."""
    value = figure("regions", column, region=region)
    row = figures("regions").set_index("region").loc[region]
    own = {"pue": "pue_source", "wue_l_per_kwh": "wue_source", "electricity_usd_per_kwh": "electricity_source"}
    if column in own:
        dated = row["electricity_as_of"] if column == "electricity_usd_per_kwh" else row["as_of"]
        return Value(value.amount, ((str(row[own[column]]), str(dated)),))
    return value


def rtt(source: str, destination: str) -> Value:
    """Median round trip in ms between the cloud regions nearest to both ends."""
    return figure("latency", "rtt_ms", src=source, dst=destination)
