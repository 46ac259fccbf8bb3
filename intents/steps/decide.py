"""Step 8: answer, ask back, name another department, or pass to a person; put into words from facts."""

from __future__ import annotations

from dataclasses import replace

from rapidfuzz import fuzz

from intents.question import Candidate, Need, Outcome, Question, Reply
from intents.world import World
from knowledge import rendering
from knowledge.model import Answer, Intent

OPTIONS = 3
RELATED = 3
CLOSE = 0.35
AS_WELL = 0.98
FEW_FACTS = 4
"""A first sentence that tells more facts than this is a list: the bare fact answers better."""
CHATTER = ("smalltalk", "offtopic")
CHATTER_FROM, EMERGENCY_FROM = 0.7, 0.65
KINDS = {"department": Outcome.HANDOFF, "smalltalk": Outcome.SMALLTALK, "offtopic": Outcome.SMALLTALK, "emergency": Outcome.EMERGENCY}


def decide(question: Question, world: World) -> None:
    """Fill ``replies``: one for each need."""
    for need in question.needs:
        question.replies.append(_reply(question, need, world))
    if not question.replies:
        question.replies.append(_unknown(question, world))
    _offer(question, world)
    for said, note in ((question.cut, "too_long"), (question.masked, "masked")):
        if said:
            first = question.replies[0]
            question.replies[0] = replace(first, text=f"{first.text}\n{world.phrase(note)}")


def _offer(question: Question, world: World) -> None:
    """Name the needs beyond the second, so that they can be asked for by a word."""
    last = question.replies[-1]
    if question.offered and not last.options and last.outcome in (Outcome.ANSWER, Outcome.HANDOFF):
        text = world.phrase("offer", titles="”和“".join(world.titles(question.offered)))
        question.replies[-1] = replace(last, text=f"{last.text}\n{text}", options=tuple(question.offered))
        question.conversation.awaiting = "offer"


def _reply(question: Question, need: Need, world: World) -> Reply:
    if not need.candidates:
        return _unknown(question, world)
    need = _served_first(need, question.text, world)
    best = need.candidates[0]
    if best.confidence >= world.answer_from or (best.confidence >= world.clarify_from and len(_choices(need, world)) == 1):
        return _answer(question, _preferred(need, question, world), need, world)
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


def _preferred(need: Need, question: Question, world: World) -> Candidate:
    """An intent whose first sentence here tells the winning fact goes before the bare fact: it says more."""
    best = _nearest_alike(need, question, world)
    if not best.fact:
        return best
    ranked = {c.id: c.confidence for c in need.candidates}
    nearer = [i for i in world.as_good_as(best.id) if i in world.knowledge.intents and _is_nearer(i, best.id, question, world)]
    telling = nearer or [i for i in world.as_good_as(best.id) if i in world.knowledge.intents and _tells(i, best.id, question, world)]
    telling.sort(key=lambda i: (-ranked.get(i, 0.0), -fuzz.ratio(world.title(i), world.title(best.id)), i))
    if telling:
        return Candidate(telling[0], False, best.confidence)
    return best


def _nearest_alike(need: Need, question: Question, world: World) -> Candidate:
    """Of facts that are called alike or match as well (the city's figure and the county's), the nearest one."""
    best = need.candidates[0]
    if not best.fact or not question.region:
        return best
    chain = world.gazetteer.chain(question.region)
    title = world.title(best.id)
    alike = [c for c in need.candidates if c.fact and (c.confidence >= AS_WELL * best.confidence or world.title(c.id) == title)]
    places = {c.id: world.knowledge.fact_region(c.id) for c in alike}
    nearest = min(alike, key=lambda c: chain.index(places[c.id]) if places[c.id] in chain else 0)
    return Candidate(nearest.id, True, best.confidence)


def _is_nearer(intent: str, fact: str, question: Question, world: World) -> bool:
    """Whether an intent that tells this fact elsewhere has an answer nearer to the resident: a county's own figure goes first."""
    chain = world.gazetteer.chain(question.region) if question.region else []
    where = world.knowledge.fact_region(fact)
    answer = world.nearest(world.knowledge.intents[intent], question.region)
    return answer is not None and where in chain and answer.region in chain and chain.index(answer.region) < chain.index(where)


def _tells(intent: str, fact: str, question: Question, world: World) -> bool:
    answer = world.nearest(world.knowledge.intents[intent], question.region)
    if answer is None or not question.region:
        return False
    told = rendering.said(world.knowledge, answer)
    return fact in told and len(told) <= FEW_FACTS


def _answer(question: Question, candidate: Candidate, need: Need, world: World) -> Reply:
    if candidate.fact:
        return _tell_fact(question, candidate, need, world)
    intent = world.knowledge.intents[candidate.id]
    kind = world.topic_kind(intent.id)
    if kind in KINDS:
        return _tell(question, intent, candidate, KINDS[kind], world)
    if not question.region and world.depends_on_region(intent):
        return _ask_region(question, need, intent.id, world)
    answer = world.nearest(intent, question.region)
    if answer is None:
        return _no_answer_here(question, candidate, need, world)
    return _tell(question, intent, candidate, Outcome.HANDOFF if answer.handoff else Outcome.ANSWER, world)


def _tell(question: Question, intent: Intent, candidate: Candidate, outcome: Outcome, world: World) -> Reply:
    answer = world.nearest(intent, question.region)
    if answer is None:
        return _unknown(question, world)
    slots = {**(question.conversation.slots if question.chosen else {}), **question.slots}
    if unknown := next((slot for slot in answer.ask if slot not in slots), ""):
        return _ask_slot(question, intent, answer, unknown, candidate, world)
    words = rendering.render_answer(world.knowledge, answer, question.region, slots, question.today)
    text = words.text
    if answer.handoff:
        text = f"{text}\n{world.phrase('handoff_added')}"
    elif intent.complaint and outcome is Outcome.ANSWER:
        text = f"{text}\n{world.phrase('complaint_offer')}"
    related = [r for r in intent.related if r != intent.id and _reachable(r, question.region, world)][:RELATED]
    return Reply(outcome, text, intent.id, question.region, words.level, candidate.confidence, tuple(words.citations), (), tuple(related))


def _reachable(intent: str, region: str, world: World) -> bool:
    return intent in world.knowledge.intents and (not region or world.nearest(world.knowledge.intents[intent], region) is not None)


def _tell_fact(question: Question, candidate: Candidate, need: Need, world: World) -> Reply:
    where = world.knowledge.fact_region(candidate.id)
    if not question.region and where != "全国" and world.knowledge.facts[candidate.id].kind != "project":
        return _ask_region(question, need, candidate.id, world)
    words = rendering.render_fact(world.knowledge, candidate.id, question.region, question.today)
    related = [c.id for c in need.candidates[1:] if not c.fact][:RELATED]
    return Reply(
        Outcome.ANSWER, words.text, candidate.id, question.region, words.level, candidate.confidence, tuple(words.citations), (), tuple(related),
    )


def _no_answer_here(question: Question, candidate: Candidate, need: Need, world: World) -> Reply:
    """We know the need but hold nothing for this region: another candidate that we hold, else a person."""
    for other in need.candidates[1:]:
        if other.fact and other.confidence >= world.answer_from * 0.8:
            return _tell_fact(question, other, need, world)
    title = world.title(candidate.id)
    text = world.phrase("handoff_region", region=question.region or "当地", title=title)
    return Reply(Outcome.HANDOFF, text, candidate.id, question.region, "", candidate.confidence)


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
    return Reply(Outcome.HANDOFF, world.phrase("handoff"), "", question.region)
