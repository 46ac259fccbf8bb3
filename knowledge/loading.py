"""Loading a folder of YAML into one :class:`Knowledge`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from pydantic import BaseModel

from knowledge.model import Answer, Emergency, Fact, Intent, Lexicon, Phrases, Region, Source, Topic
from knowledge.reading import Document, KnowledgeError, Problem, parse, read_document

__all__ = ["HOME", "Knowledge", "fingerprint", "load"]

HOME = Path(__file__).resolve().parent
"""The folder of the knowledge that comes with the program."""


class _Regions(BaseModel):
    regions: list[Region]


class _Emergencies(BaseModel):
    emergencies: list[Emergency]


@dataclass(frozen=True)
class Knowledge:
    """Everything that is known, in memory and indexed by its keys.

    ``facts`` maps full keys (``shaoyang.dibao.urban``) to a fact, ``origin`` the same keys to the fact's source;
    ``documents`` keeps the places in the files for error messages.
    """

    sources: list[Source]
    topics: list[Topic]
    regions: dict[str, Region]
    lexicon: Lexicon
    phrases: Phrases
    emergencies: list[Emergency]
    documents: dict[str, Document] = field(repr=False)
    fingerprint: str = ""

    @cached_property
    def facts(self) -> dict[str, Fact]:
        """Full key → fact."""
        return {f"{s.namespace}.{f.key}": f for s in self.sources for f in s.facts}

    @cached_property
    def origin(self) -> dict[str, Source]:
        """Full key of a fact → its source."""
        return {f"{s.namespace}.{f.key}": s for s in self.sources for f in s.facts}

    @cached_property
    def intents(self) -> dict[str, Intent]:
        """Id → intent, of all topics."""
        return {i.id: i for t in self.topics for i in t.intents}

    @cached_property
    def topic_of(self) -> dict[str, Topic]:
        """Id of an intent → its topic."""
        return {i.id: t for t in self.topics for i in t.intents}

    def chain(self, region: str) -> list[str]:
        """The region and all above it, nearest first, ending in 全国; a foreign region stands before 全国."""
        if region not in self.regions:
            return [region, "全国"] if region and region != "全国" else ["全国"]
        out = []
        while region:
            out.append(region)
            region = self.regions[region].parent
        return out

    def below(self, region: str) -> set[str]:
        """All regions under this one, itself not included."""
        return {name for name in self.regions if region in self.chain(name)[1:]}

    def fact_region(self, key: str) -> str:
        """The region a fact is about."""
        return self.facts[key].region or self.origin[key].region

    def answers(self) -> Iterator[tuple[Intent, Answer]]:
        """All answers with their intents."""
        for intent in self.intents.values():
            for answer in intent.answers:
                yield intent, answer


def files(home: Path) -> list[Path]:
    """All YAML files of a knowledge folder, in a fixed order."""
    return sorted(p for p in home.rglob("*.yaml") if not p.name.startswith("."))


def fingerprint(home: Path) -> str:
    """SHA-256 over names and contents of all knowledge files; changes when any of them does."""
    digest = hashlib.sha256()
    for path in files(home):
        digest.update(path.relative_to(home).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def load(home: Path = HOME) -> Knowledge:
    """Read every file of a knowledge folder.

    Raises:
        KnowledgeError: with all problems of form found in all files (not only the first).
    """
    problems: list[Problem] = []
    sources: list[Source] = []
    topics: list[Topic] = []
    documents: dict[str, Document] = {}
    single: dict[str, BaseModel] = {}
    shapes: dict[str, type[BaseModel]] = {
        "regions.yaml": _Regions, "lexicon.yaml": Lexicon, "phrases.yaml": Phrases, "emergencies.yaml": _Emergencies,
    }
    mark = fingerprint(home)
    for path in files(home):
        name = path.relative_to(home).as_posix()
        try:
            document = read_document(path, name)
            documents[name] = document
            if name.startswith("sources/"):
                sources.append(parse(Source, document))
            elif name.startswith("answers/"):
                topics.append(parse(Topic, document))
            elif name in shapes:
                single[name] = parse(shapes[name], document)
            else:
                problems.append(Problem(name, 1, 1, "这个文件不在约定的位置；依据放 sources/，答复放 answers/", True))
        except KnowledgeError as error:
            problems += error.problems
    for name in shapes.keys() - single.keys():
        if not any(p.file == name for p in problems):
            problems.append(Problem(name, 1, 1, "缺少这个文件；请从最近一次可用的版本恢复"))
    if any(not p.warning for p in problems):
        raise KnowledgeError(problems)
    regions, lexicon = single["regions.yaml"], single["lexicon.yaml"]
    phrases, emergencies = single["phrases.yaml"], single["emergencies.yaml"]
    assert isinstance(regions, _Regions) and isinstance(lexicon, Lexicon)
    assert isinstance(phrases, Phrases) and isinstance(emergencies, _Emergencies)
    return Knowledge(
        sources=sources, topics=topics, regions={r.name: r for r in regions.regions}, lexicon=lexicon,
        phrases=phrases, emergencies=emergencies.emergencies, documents=documents, fingerprint=mark,
    )
