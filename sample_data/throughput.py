"""What one device does for each workload of the sample company, from published benchmarks.

units per hour = output tokens a second per GPU x GPUs of the device x 3600 / 1e6. Interactive
workloads take the highest concurrency whose median inter-token latency stays within a limit.
"""

from __future__ import annotations

import pandas as pd

from sample_data.curated import figures
from sample_data.values import Cell, Value, assume

PER_HOUR = 3600 / 1e6


def _value(row: pd.Series, per_device: float) -> Value:
    return Value(per_device * PER_HOUR, ((str(row["source"]), str(row["as_of"])),))


def interactive(model: str, gpu: str, gpus: int, itl_ms: float) -> tuple[Value, str]:
    """M output tokens an hour of 8 GPUs at the highest concurrency within the inter-token latency, and how."""
    rows = figures("throughput").query("model == @model and gpu == @gpu and num_gpus == @gpus")
    row = rows[rows["median_itl_ms"] <= itl_ms].sort_values("output_tokens_per_s_total").iloc[-1]
    total = row["output_tokens_per_s_total"]
    words = (
        f"{model} ({row['precision']}) on {gpus} x {gpu}: {total:g} output tokens/s at concurrency "
        f"{row['concurrency']:g}, median inter-token latency {row['median_itl_ms']:g} ms (limit {itl_ms:g})"
    )
    return _value(row, total * 8 / gpus), words


def offline(
    model: str, gpu: str, tokens: tuple[int, int], source: str = "", per_input: bool = False
) -> tuple[Value, str]:
    """M tokens an hour of one GPU at maximum load with (input, output) tokens a request, and how.

    `per_input` counts input tokens: output rate x input / output.
    """
    rows = figures("throughput").query("model == @model and gpu == @gpu and input_tokens == @tokens[0]")
    rows = rows[(rows["output_tokens"] == tokens[1]) & rows["source"].str.contains(source, regex=False)]
    if len(rows) != 1:
        raise LookupError(f"{len(rows)} benchmarks of {model} on {gpu} at {tokens}")
    row = rows.iloc[0]
    each = row["output_tokens_per_s_total"] / row["num_gpus"]
    words = (
        f"{model} ({row['precision']}) on {gpu}: {each:g} output tokens/s per GPU with {tokens[0]}/{tokens[1]} tokens"
    )
    return _value(row, each * (tokens[0] / tokens[1] if per_input else 1)), words


def rows() -> list[dict[str, Cell]]:
    """The throughput table of the global assistant."""
    out: list[dict[str, Cell]] = []

    def add(workload: str, hardware: str, value: Value, words: str) -> None:
        out.append({"workload": workload, "hardware": hardware, "units_per_hour": value, "note": words})

    for workload, model, limit, gpus_of in (
        ("chat", "Llama 3.3 70B Instruct", 30.0, {"H100": 4, "B200": 2}),
        ("code", "Qwen 3 30B A3B Instruct", 20.0, {"H100": 2, "B200": 1}),
        ("agent_eu", "Qwen 3 235B A22B Instruct FP8", 55.0, {"H100": 8, "B200": 2}),
    ):
        found = {gpu: interactive(model, gpu, n, limit) for gpu, n in gpus_of.items()}
        add(workload, "h100x8", *found["H100"])
        # The interactive benchmark has no H200: the gain over H100 is that of the offline one.
        big = workload == "agent_eu"
        other, cell = ("Qwen3-235B-A22B", "@00f37686aa85") if big else ("Llama 3.3 70B", "@03e27c7d5ff0")
        h200, h100 = (offline(other, g, (1000, 1000), cell)[0] for g in ("H200", "H100"))
        gain = h200 / h100
        words = f"H100 figure x {gain.amount:.3f}, the gain of H200 over H100 with {other} at maximum load"
        add(workload, "h200x8", found["H100"][0] * gain * assume(1.0, "same gain when interactive"), words)
        add(workload, "b200x8", *found["B200"])

    for gpu in ("H100", "H200", "B200"):
        value, words = offline("GPT-OSS 120B", gpu, (8192, 1024))
        add("documents", f"{gpu.lower()}x8", value * 8, words)
    h100, words = offline("Llama 2 7B", "H100", (2048, 128), per_input=True)
    gain = offline("Llama 3.1 8B", "H200", (2048, 128))[0] / offline("Llama 3.1 8B", "H100", (2048, 128))[0]
    as_embedder = "a 7B embedder reads as fast as a 7B generator's prompt phase"
    add("retrieval", "h100x8", h100 * 8 * assume(1.0, as_embedder), words + ", counted in input tokens")
    add("retrieval", "h200x8", h100 * 8 * gain * assume(1.0, as_embedder), f"H100 figure x {gain.amount:.3f}")
    add("retrieval", "b200x8", h100 * 8 * assume(2.0, "twice the dense FP8 rate of H100"), words)
    l40s, words = offline("Llama 2 7B", "L40S", (2048, 128), per_input=True)
    add("retrieval", "l40sx4", l40s * 4 * assume(1.0, as_embedder), words + ", counted in input tokens")

    for hardware, rate in (("h100x8", 8.0), ("h200x8", 8.0), ("b200x8", 16.0)):
        why = "H100-equivalent GPU hours; B200 counts two by dense BF16 rate"
        add("fine_tuning", hardware, assume(rate, why), "")
    add("vision", "l40sx4", assume(14.4, "1,000 frames a second per L40S with a compact detector"), "")
    return out


def of_hardware(hardware: str) -> dict[str, Value]:
    """Units an hour of one kind of device, by workload."""
    found = {str(r["workload"]): r["units_per_hour"] for r in rows() if r["hardware"] == hardware}
    return {w: v for w, v in found.items() if isinstance(v, Value)}
