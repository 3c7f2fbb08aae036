"""Makes tables (Markdown) and pictures (SVG) of a run.

    python -m benchmarks.report [FILE] [--readme README.md]

FILE is by default the recorded run, results.json in this folder. With ``--readme`` the short table also replaces the
text between ``<!-- benchmarks -->`` and ``<!-- /benchmarks -->`` in that file.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from benchmarks.peers import PEERS
from benchmarks.workloads import WORKLOADS, Workload

HERE = Path(__file__).parent
ROOT = HERE.parent
#: The README's table: these networks, and these peers beside tinynet.
IN_BRIEF = ("B", "C", "D", "H")
IN_BRIEF_PEERS = {
    "c": "C and OpenBLAS",
    "jax-np": "JAX, jit and scan",
    "torch": "PyTorch",
    "sklearn": "scikit-learn",
    "keras-jax": "Keras on JAX",
}
FIRST, LAST = "<!-- benchmarks -->", "<!-- /benchmarks -->"
COLOURS = {"tinynet": "#d62728", "c": "#555555", "jax": "#1f77b4", "torch": "#ee7733", "sklearn": "#2ca02c"}


def threads_title(threads: int) -> str:
    return "one core" if threads == 1 else "default threads"


def number(value: float) -> str:
    """Three figures, without a power of ten."""
    if value >= 99.95:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def cell(result: dict[str, Any] | None) -> str:
    if result is None or result["figure"] is None:
        return "–"
    if result["refused"]:
        return "refused"
    noisy = "~" if result["noisy"] else ""
    ratio = "" if result["peer"] == "tinynet" or result["ratio"] is None else f" ({number(result['ratio'])}×)"
    return f"{noisy}{number(result['figure'])}{ratio}"


def speed_tables(results: list[dict[str, Any]]) -> list[str]:
    """One table per unit and thread setting: a row per peer, a column per workload, with the ratio to tinynet."""
    parts = []
    by = {(r["peer"], r["workload"], r["threads"]): r for r in results}
    units = {"step": "Microseconds per step", "epoch": "Milliseconds per epoch, validation included"}
    for unit, title in units.items():
        names = [n for n, w in WORKLOADS.items() if w.unit == unit and any(r["workload"] == n for r in results)]
        for threads in (1, 0):
            rows = []
            for peer, entry in PEERS.items():
                cells = [cell(by.get((peer, name, threads))) for name in names]
                if {*cells} != {"–"}:
                    rows.append([f"**{entry.title}**" if peer == "tinynet" else entry.title, *cells])
            if names and rows:
                head = f"{title}, {threads_title(threads)} (ratio to tinynet)"
                parts.append(table([head, *(f"{n} {'-'.join(map(str, WORKLOADS[n].sizes))}" for n in names)], rows))
    legend = [WORKLOADS[n].title for n in WORKLOADS if any(r["workload"] == n for r in results)]
    if legend:
        parts.append("; ".join(legend) + ".")
    refused = sorted({f"{r['peer']} on {r['workload']}: {r['refused'].splitlines()[0]}" for r in results if _told(r)})
    if refused:
        parts.append("Refused: " + "; ".join(refused) + ".")
    return parts


def short_table(results: list[dict[str, Any]]) -> str:
    """The README's table, on one core: a row per network, with tinynet's time and the peers' as multiples of it."""
    by = {(r["peer"], r["workload"]): r for r in results if r["threads"] == 1}
    rows = []
    for name in IN_BRIEF:
        if (own := by.get(("tinynet", name))) is None or own["figure"] is None:
            continue
        work = WORKLOADS[name]
        time = f"{number(own['figure'])} {'µs a step' if work.unit == 'step' else 'ms an epoch'}"
        rows.append([brief_title(work), time, *(multiple(by.get((peer, name))) for peer in IN_BRIEF_PEERS)])
    return table(["Training on one core", "tinynet", *IN_BRIEF_PEERS.values()], rows)


def brief_title(work: Workload) -> str:
    kind = "sparse text, " if work.data == "multi-hot" else ""
    return f"{kind}{'-'.join(map(str, work.sizes))}, batch {work.batch}"


def multiple(result: dict[str, Any] | None) -> str:
    """A peer's time as a multiple of tinynet's."""
    if result is None or result["ratio"] is None:
        return "–" if result is None or not result["refused"] else "refused"
    return f"{'~' if result['noisy'] else ''}{number(result['ratio'])}×"


def _told(result: dict[str, Any]) -> bool:
    return bool(result["refused"]) and "data are dense" not in result["refused"]


def other_tables(found: dict[str, Any]) -> list[str]:
    """Latency, start-up, memory, folds, growth."""
    parts = []
    if latency := found.get("latency"):
        rows = [[f"{PEERS[p].title}, {how}", number(t)] for p, calls in latency.items() for how, t in calls.items()]
        parts.append(table(["One row through C", "microseconds"], rows))
    if start := found.get("startup"):
        rows = [[PEERS[p].title if p in PEERS else p, f"{s:.2f}"] for p, s in start.items()]
        parts.append(table(["Process start to the end of B's first epoch", "seconds"], rows))
    if peak := found.get("memory"):
        others = {"data": "the dense data alone"}
        rows = [[PEERS[p].title if p in PEERS else others.get(p, p), f"{m:,.0f}"] for p, m in peak.items()]
        parts.append(table(["Peak memory of D", "MB"], rows))
    if folds := found.get("folds"):
        rows = [[way, f"{folds[way]:.3f}"] for way in ("one after another", "four threads")]
        rows.append(["ratio", f"{folds['ratio']:.2f}"])
        parts.append(table(["Four folds of 404 rows, 100 epochs", "seconds"], rows))
    if growth := found.get("growth"):
        rows = []
        for axis, p in growth.items():
            best = max(range(len(p["values"])), key=lambda i: p["gflops"][i])
            rows.append(
                [
                    f"{axis} {p['values'][0]:,} to {p['values'][-1]:,}",
                    f"{p['exponent']:.2f}",
                    f"{p['upper exponent']:.2f}",
                    number(p["gflops"][best]),
                    number(p["numpy gflops"][best]),
                ]
            )
        head = ["Time per epoch grows with", "to the power", "upper half", "best GFLOP/s", "NumPy's product there"]
        parts.append(table(head, rows))
    return parts


def conditions(found: dict[str, Any]) -> str:
    """The machine, versions and settings, in one paragraph."""
    m = found["machine"]
    versions: dict[str, str] = {}
    for result in found["results"]:
        versions |= result["versions"]
    cleared = ", ".join(f"{k}={v}" for k, v in m["cleared"].items()) or "none"
    packages = ", ".join(f"{k} {v}" for k, v in sorted(versions.items()))
    return (
        f"{m['date']}: {m['cpu']}, {m['cores']} cores, {m['system']}, Python {m['python']}, {m['gcc']}. {packages}. "
        f"Settings that were set and then cleared: {cleared}. Medians of {rounds(found)} rounds; "
        "“~” marks figures for which every run was delayed by other load."
    )


def rounds(found: dict[str, Any]) -> str:
    taken = sorted({len(r["seconds"]) for r in found["results"] if r["peer"] == "tinynet"}) or [0]
    return " to ".join(map(str, dict.fromkeys([taken[0], taken[-1]])))


def markdown(found: dict[str, Any]) -> str:
    """All tables."""
    return "\n\n".join([*speed_tables(found["results"]), *other_tables(found), conditions(found)])


def page(found: dict[str, Any]) -> str:
    """results.md: all tables and the pictures."""
    parts = ["# Benchmarks", "![Training time as a multiple of tinynet's](results.svg)", markdown(found)]
    if "growth" in found:
        parts.append("![Time per epoch as rows, width, depth and batch grow](growth.svg)")
    return "\n\n".join(parts) + "\n"


def brief(found: dict[str, Any]) -> str:
    """The README's part: the short table, where it was measured, and where the rest is."""
    m = found["machine"]
    return "\n\n".join(
        [
            short_table(found["results"]),
            f"The other columns are multiples of tinynet's time. Measured on {m['date']}: {m['cpu']}, Python "
            f"{m['python']}. More networks, several threads, start-up, memory and growth, with all versions and "
            "settings: [benchmarks/results.md](benchmarks/results.md).",
        ]
    )


def bars(found: dict[str, Any], path: Path, threads: int = 1) -> None:
    """Draw one panel of horizontal bars per workload: ratio to tinynet, on a logarithmic axis."""
    from matplotlib.figure import Figure

    shown = [r for r in found["results"] if r["threads"] == threads and r["ratio"] and not r["refused"]]
    names = [n for n in WORKLOADS if any(r["workload"] == n for r in shown)]
    if not names:
        return
    peers = [p for p in PEERS if any(r["peer"] == p for r in shown)]
    ratios = {(r["workload"], r["peer"]): r["ratio"] for r in shown}
    columns = min(3, len(names))
    lines = -(-len(names) // columns)
    figure = Figure(figsize=(4.1 * columns + 1.2, (0.24 * len(peers) + 0.75) * lines), layout="constrained")
    axes = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True)
    most = max(ratios.values())
    for ax in axes.flat[len(names) :]:
        ax.set_visible(False)
    for ax, name in zip(axes.flat, names, strict=False):
        for place, peer in enumerate(peers):
            ratio = ratios.get((name, peer))
            if ratio is not None:
                ax.barh(place, ratio, color=COLOURS.get(peer.split("-")[0], "#9467bd"), height=0.75)
                ax.text(ratio * 1.12, place, f"{number(ratio)}×", va="center", fontsize=7)
        ax.set_xscale("log")
        ax.set_xlim(min(0.2, 0.7 * min(ratios.values())), 6 * most)
        ax.axvline(1, color="#d62728", linewidth=0.8)
        ax.set_yticks(range(len(peers)), [PEERS[p].title for p in peers], fontsize=7)
        ax.set_title(f"{name}: {'-'.join(map(str, WORKLOADS[name].sizes))}, batch {WORKLOADS[name].batch}", fontsize=8)
        ax.tick_params(axis="x", labelsize=7)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0, 0].invert_yaxis()
    m = found["machine"]
    figure.suptitle(
        f"Training time as a multiple of tinynet's, {threads_title(threads)} ({m['cpu']}, {m['date']})", fontsize=9
    )
    save(figure, path)


def curves(growth: dict[str, Any], path: Path) -> None:
    """Draw time per epoch over each axis, both logarithmic, and GFLOP/s beside NumPy's."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.2 * len(growth), 5.2), layout="constrained")
    axes = figure.subplots(2, len(growth), squeeze=False)
    for (above, below), (axis, p) in zip(axes.T, growth.items(), strict=True):
        above.loglog(p["values"], p["seconds"], "o-", color=COLOURS["tinynet"], markersize=3)
        above.set_title(f"{axis}: power {p['exponent']:.2f}, upper half {p['upper exponent']:.2f}", fontsize=8)
        below.loglog(p["values"], p["gflops"], "o-", color=COLOURS["tinynet"], markersize=3, label="tinynet, all of it")
        below.loglog(p["values"], p["numpy gflops"], "s--", color="#555555", markersize=3, label="NumPy's product")
        below.set_xlabel(axis, fontsize=8)
        for ax in (above, below):
            ax.tick_params(labelsize=7)
            ax.grid(alpha=0.3)
    axes[0, 0].set_ylabel("seconds per epoch", fontsize=8)
    axes[1, 0].set_ylabel("GFLOP/s", fontsize=8)
    axes[1, 0].legend(fontsize=7)
    save(figure, path)


def save(figure: Any, path: Path) -> None:
    """Write an SVG that is identical for identical figures."""
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": "tinynet", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None})


def write(found: dict[str, Any], folder: Path) -> None:
    """Write tables and pictures into a folder."""
    (folder / "results.md").write_text(page(found), encoding="utf-8")
    bars(found, folder / "results.svg")
    if "growth" in found:
        curves(found["growth"], folder / "growth.svg")


def into_readme(found: dict[str, Any], readme: Path = ROOT / "README.md") -> None:
    """Replace the text between the two marks."""
    before, _, after = parted(readme.read_text(encoding="utf-8"))
    if not after:
        raise SystemExit(f"{readme} has no {FIRST} … {LAST}")
    readme.write_text(f"{before}{FIRST}\n\n{brief(found)}\n\n{LAST}{after}", encoding="utf-8")


def parted(text: str, first: str = FIRST, last: str = LAST) -> tuple[str, str, str]:
    """Return a README's text before, between and after the marks."""
    before, _, rest = text.partition(first)
    between, _, after = rest.partition(last)
    return before, between.strip(), after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=HERE / "results.json")
    parser.add_argument("--readme", type=Path)
    args = parser.parse_args()
    found = json.loads(args.file.read_text())
    write(found, args.file.parent)
    if args.readme:
        into_readme(found, args.readme)
    print(markdown(found))


if __name__ == "__main__":
    main()
