"""Holds metrics against the parsers of Prometheus' own Python client, in both of its formats, and
the files of one folder against each other: node_exporter refuses a sample that two of them have."""

import sys

import prometheus_client.openmetrics.parser as openmetrics
from prometheus_client import parser as plain

seen, kinds, count = {}, {}, 0
for path in sys.argv[1:]:
    text = open(path, encoding="utf-8").read()
    assert "DU9000021" not in text, path
    old = list(plain.text_string_to_metric_families(text))
    new = list(openmetrics.text_string_to_metric_families(text))
    assert [it.name for it in old] == [it.name for it in new] and len(old) > 5, path
    for family in new:
        kind = (family.type, family.documentation)
        assert kinds.setdefault(family.name, kind) == kind, (path, family.name)
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in seen, (path, seen[key], key)
            seen[key] = path
            assert sample.timestamp is None, (path, key)
            assert all(len(value) <= 100 for value in sample.labels.values()), (path, key)
            count += 1
print(f"{len(sys.argv) - 1} files of metrics, {count} samples")
