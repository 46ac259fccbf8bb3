"""Step 8: answer, ask back, name another department, or pass to a person; put into words from facts."""

from __future__ import annotations

from dataclasses import replace

from intents.preferring import preferred
from intents.question import Candidate, Need, Outcome, Question, Reply
from intents.telling import KINDS, tell_fact, tell_intent
from intents.world import World
from knowledge.model import Answer, Intent

OPTIONS = 3
CLOSE = 0.35
CHATTER = ("smalltalk", "offtopic")
CHATTER_FROM, EMERGENCY_FROM = 0.7, 0.65


def decide(question: Question, world: World) -> None:
    """Fill ``replies``: one for each need."""
    for need in question.needs:
        question.replies.append(_reply(question, need, world))
    if not question.replies:
        question.replies.append(_unknown(question, world))
    _offer(question, world)
    for said, note in ((question.cut, "too_long"), (question.masked, "masked")):
        if said:
            question.replies[0] = question.replies[0].noted(world.phrase(note))


def _offer(question: Question, world: World) -> None:
    """Name the needs beyond the second, so that they can be asked for by a word."""
    last = question.replies[-1]
    if question.offered and not last.options and last.outcome in (Outcome.ANSWER, Outcome.HANDOFF):
        text = world.phrase("offer", titles="”和“".join(world.titles(question.offered)))
        question.replies[-1] = replace(last.noted(text), options=tuple(question.offered))
        question.conversation.awaiting = "offer"


def _reply(question: Question, need: Need, world: World) -> Reply:
    if not need.candidates:
        return _unknown(question, world)
    need = _served_first(need, question.text, world)
    best = need.candidates[0]
    if best.confidence >= world.answer_from or (best.confidence >= world.clarify_from and len(_choices(need, world)) == 1):
        return _answer(question, preferred(need.candidates, question.region, world), need, world)
    if best.confidence >= world.clarify_from:
        return _ask_back(question, need, world)
    return _unknown(question, world)


def _served_first(need: Need, text: str, world: World) -> Need:
    """Chatter and dangers recognised by meaning must be sure: else what we serve goes first."""
    best = need.candidates[0]
    if best.fact or world.topic_kind(best.id) in ("service", "department"):
        return need
    if world.topic_kind(best.id) == "emergency":
        aside = best.confidence < EMERGENCY_FROM or _asks_about_rules(best.id, text, world)
        kinds: tuple[str, ...] = ("emergency",)
    else:
        aside, kinds = best.confidence < CHATTER_FROM, CHATTER
    served = [c for c in need.candidates if c.fact or world.topic_kind(c.id) not in kinds]
    return Need(need.text, served) if aside and served else need


def _asks_about_rules(intent: str, text: str, world: World) -> bool:
    """Whether words stand there that show a question about rules, not a danger."""
    return any(word in text for kind in world.knowledge.emergencies if f"emergency.{kind.id}" == intent for word in kind.unless)


def _answer(question: Question, candidate: Candidate, need: Need, world: World) -> Reply:
    if candidate.fact:
        return _tell_fact(question, candidate, need, world)
    intent = world.knowledge.intents[candidate.id]
    ours = world.topic_kind(intent.id) not in KINDS
    if ours and not question.region and world.depends_on_region(intent):
        return _ask_region(question, need, intent.id, world)
    answer = world.nearest(intent, question.region)
    if answer is None:
        return _no_answer_here(question, candidate, need, world) if ours else _unknown(question, world)
    slots = {**(question.conversation.slots if question.chosen else {}), **question.slots}
    if unknown := next((slot for slot in answer.ask if slot not in slots), ""):
        return _ask_slot(question, intent, answer, unknown, candidate, world)
    return tell_intent(intent, answer, question.region, slots, candidate.confidence, world, question.today)


def _tell_fact(question: Question, candidate: Candidate, need: Need, world: World) -> Reply:
    where = world.knowledge.fact_region(candidate.id)
    if not question.region and where != "全国" and world.knowledge.facts[candidate.id].kind != "project":
        return _ask_region(question, need, candidate.id, world)
    related = [c.id for c in need.candidates[1:] if not c.fact]
    return tell_fact(candidate.id, question.region, candidate.confidence, related, world, question.today)


def _no_answer_here(question: Question, candidate: Candidate, need: Need, world: World) -> Reply:
    """We know the need but hold nothing for this region: another candidate that we hold, else a person."""
    for other in need.candidates[1:]:
        if other.fact and other.confidence >= world.answer_from * 0.8:
            return _tell_fact(question, other, need, world)
    title = world.title(candidate.id)
    text = world.phrase("handoff_region", region=question.region or "当地", title=title)
    return Reply(Outcome.HANDOFF, text, candidate.id, question.region, "", candidate.confidence, passed_on=True)


def _ask_region(question: Question, need: Need, candidate: str, world: World) -> Reply:
    question.conversation.awaiting = "region"
    question.conversation.pending = need.text
    options = tuple(question.region_choices)
    text = world.phrase("region_choice", name="、".join(options)) if options else world.phrase("ask_region")
    return Reply(Outcome.CLARIFY, text, candidate, "", "", need.candidates[0].confidence, (), options)


def _ask_slot(question: Question, intent: Intent, answer: Answer, slot: str, candidate: Candidate, world: World) -> Reply:
    """Ask for the condition without which there is no answer."""
    values = dict.fromkeys(value for variant in answer.variants for value in variant.when.get(slot, ()))
    options = tuple(f"{slot}={value}" for value in values)
    title = next(s.title for s in world.knowledge.phrases.slots if s.id == slot)
    lines = [f"{number}. {name}" for number, name in enumerate(world.titles(options), 1)]
    question.conversation.awaiting = "slot"
    question.conversation.pending = question.needs[-1].text
    text = "\n".join([world.phrase("ask_slot", title=title), *lines])
    return Reply(Outcome.CLARIFY, text, intent.id, question.region, "", candidate.confidence, (), options)


def _ask_back(question: Question, need: Need, world: World) -> Reply:
    """Offer the two or three needs that may be meant, in words a resident knows."""
    options = _choices(need, world)
    if not options:
        return _unknown(question, world)
    lines = [f"{number}. {title}" for number, title in enumerate(world.titles(options), 1)]
    question.conversation.awaiting = "choice"
    question.conversation.pending = need.text
    return Reply(
        Outcome.CLARIFY, "\n".join([world.phrase("clarify"), *lines]), options[0], question.region, "",
        need.candidates[0].confidence, (), tuple(options),
    )


def _choices(need: Need, world: World) -> list[str]:
    """What is worth offering: needs close to the best that would be answered otherwise."""
    out: list[str] = []
    for candidate in need.candidates:
        if not candidate.fact and world.topic_kind(candidate.id) in CHATTER:
            continue
        alike = any(candidate.id in world.as_good_as(other) for other in out) or world.title(candidate.id) in world.titles(out)
        if candidate.confidence >= need.candidates[0].confidence * CLOSE and not alike:
            out.append(candidate.id)
    return out[:OPTIONS]


def _unknown(question: Question, world: World) -> Reply:
    return Reply(Outcome.HANDOFF, world.phrase("handoff"), "", question.region, passed_on=True)
