"""Facts as plain records, one for each figure, for export and audit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from knowledge.loading import Knowledge

__all__ = ["fact_records"]


def fact_records(knowledge: Knowledge) -> Iterator[dict[str, Any]]:
    """One record a fact; a fact with several figures also gives one record a figure (key ``fact.figure``)."""
    for key, fact in knowledge.facts.items():
        source = knowledge.origin[key]
        base = {
            "key": key, "source": source.id, "region": knowledge.fact_region(key), "section": source.section_title(fact.section),
            "kind": fact.kind, "value": fact.value or None, "unit": fact.unit or None, "as_of": fact.as_of or source.in_force_from or None,
            "text": fact.statement(), "label": fact.label, "document": source.title, "confidence": fact.confidence, "status": fact.status,
        }
        yield base
        for name, value in fact.values.items():
            year = name if name.isdigit() and len(name) == 4 else base["as_of"]
            yield {**base, "key": f"{key}.{name}", "value": value, "as_of": year}
