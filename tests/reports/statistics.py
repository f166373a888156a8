"""Holds `ibdoc compare` against scipy: Fisher's exact test, and the bootstrap interval of the
difference of two medians. Usage: statistics.py IBDOC SOAK.json FOLDER"""

import json
import pathlib
import subprocess
import sys

import numpy
from scipy import stats

ibdoc, base, folder = sys.argv[1], json.load(open(sys.argv[2])), pathlib.Path(sys.argv[3])
random = numpy.random.default_rng(20261127)


def report(name, succeeded, run, times):
    """The real report with these figures, as a file."""
    attempts = base["soak"]["attempts"]
    attempts["run"], attempts["succeeded"] = int(run), int(succeeded)
    attempts["ready_each_ms"] = [float(time) for time in times]
    attempts["stages_each_ms"] = {"version": attempts["ready_each_ms"]}
    path = folder / name
    path.write_text(json.dumps(base))
    return path


def compared(a, b):
    done = subprocess.run([ibdoc, "compare", a, b, "--json"], capture_output=True, check=False)
    assert done.returncode in (0, 1), done
    figures = json.loads(done.stdout)["compare"]["figures"]
    return {figure["name"]: figure for figure in figures}


def samples():
    for size in (8, 9, 25, 60, 333, 512):
        for spread in (0.05, 0.6):
            yield numpy.round(100 * random.lognormal(0, spread, size), 3)


def medians_apart(b, a, axis=-1):
    return numpy.median(b, axis=axis) - numpy.median(a, axis=axis)


def check_fisher():
    tables = [(0, 1, 1, 1), (3, 4, 1, 4), (30, 30, 24, 30), (999, 1000, 990, 1000)]
    for _ in range(60):
        of_a, of_b = random.integers(1, 400, 2)
        tables.append((random.integers(0, of_a + 1), of_a, random.integers(0, of_b + 1), of_b))
    for ok_a, of_a, ok_b, of_b in tables:
        figure = compared(report("a.json", ok_a, of_a, [1]), report("b.json", ok_b, of_b, [1]))
        ours = figure["success"]["p_value"]
        theirs = stats.fisher_exact([[ok_a, of_a - ok_a], [ok_b, of_b - ok_b]]).pvalue
        # scipy takes chances for equal that differ by 1e-14, ibdoc by 1e-7.
        assert abs(ours - theirs) < 1e-9 + 1e-6 * theirs, (ok_a, of_a, ok_b, of_b, ours, theirs)
    return f"{len(tables)} tables"


def check_bootstrap():
    count = 0
    for a in samples():
        b = 1.02 * random.permutation(a)[: max(8, 2 * len(a) // 3)]
        figure = compared(report("a.json", 1, 1, a), report("b.json", 1, 1, b))["ready"]
        interval = figure["interval"]
        assert numpy.isclose(figure["a"], numpy.median(a)), figure
        theirs = [
            stats.bootstrap(
                (b, a), medians_apart, n_resamples=10_000, method="percentile", batch=1000,
                confidence_level=interval["confidence"], vectorized=True, rng=random,
            ).confidence_interval
            for _ in range(3)
        ]
        width = theirs[0].high - theirs[0].low
        for end in ("low", "high"):
            ends = [getattr(it, end) for it in theirs]
            # The ends of 10,000 draws are as far from each other as from those of ibdoc.
            room = 0.06 * width + 2 * (max(ends) - min(ends)) + 1e-9
            assert min(ends) - room <= interval[end] <= max(ends) + room, (end, interval, theirs)
        count += 1
    return f"{count} pairs of samples"


print("Fisher's exact test against scipy:", check_fisher())
print("the bootstrap interval against scipy:", check_bootstrap())
