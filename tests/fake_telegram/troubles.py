"""Errors to order: refusals, floods, broken servers, slow answers and lost connections."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fnmatch import fnmatchcase

from .records import REASONS, ApiError, bad_request, too_many

POLLING = "getUpdates"


@dataclass(slots=True)
class Rule:
    """A trouble for the next calls of a method (a pattern; None is every method but getUpdates) and, when given, of a chat."""

    kind: str
    times: int
    method: str | None
    chat: int | None = None
    error: ApiError | None = None
    seconds: float = 0.0

    def meets(self, method: str, chat: int | None) -> bool:
        """Tell whether a call falls under the rule."""
        if self.chat is not None and self.chat != chat:
            return False
        return method != POLLING if self.method is None else fnmatchcase(method, self.method)


@dataclass(slots=True)
class Plan:
    """What shall happen to one call."""

    drop: str = ""
    error: ApiError | None = None
    seconds: float = 0.0


class Troubles:
    """The troubles ordered; not thread-safe, the world's lock guards it."""

    def __init__(self) -> None:
        self.is_down = False
        self.rules: list[Rule] = []
        self.blocked: set[int] = set()
        self.unknown: set[int] = set()
        self._random: tuple[random.Random, float, float, str | None] | None = None

    def limit(self, times: int, retry_after: int = 1, chat: int | None = None, method: str | None = None) -> None:
        """Answer the next calls with 429."""
        self.rules.append(Rule("error", times, method, chat, too_many(retry_after)))

    def fail(self, times: int, status: int = 500, method: str | None = None, description: str = "") -> None:
        """Answer the next calls with an error of the server."""
        self.rules.append(Rule("error", times, method, None, ApiError(status, description or REASONS.get(status, "Error"))))

    def drop(self, times: int, after: bool = True, method: str | None = "sendMessage") -> None:
        """Close the connection of the next calls, after or before they are carried out."""
        self.rules.append(Rule("after" if after else "before", times, method))

    def slow(self, seconds: float, times: int, method: str | None = None) -> None:
        """Carry out the next calls at once and answer them late."""
        self.rules.append(Rule("slow", times, method, None, None, seconds))

    def drop_randomly(self, before: float = 0.0, after: float = 0.0, seed: int = 0, method: str | None = None) -> None:
        """Close the connection at the given rates; rates of nought end it."""
        self._random = (random.Random(seed), before, after, method) if before or after else None

    def calm(self) -> None:
        """Forget every trouble."""
        self.__init__()  # type: ignore[misc]

    def check_chat(self, chat: int) -> None:
        """Refuse a chat that does not exist or has blocked the bot."""
        if chat in self.unknown:
            raise bad_request("chat not found")
        if chat in self.blocked:
            raise ApiError(403, "Forbidden: bot was blocked by the user" if chat > 0 else "Forbidden: bot was kicked from the supergroup chat")

    def plan(self, method: str, chat: int | None) -> Plan:
        """Decide a call's fate and use up the rules that decided it."""
        plan = Plan()
        if not self.rules and self._random is None:
            return plan
        if self._take("before", method, chat) is not None:
            plan.drop = "before"
            return plan
        if (slow := self._take("slow", method, chat)) is not None:
            plan.seconds = slow.seconds
        if (error := self._take("error", method, chat)) is not None:
            plan.error = error.error
        if self._take("after", method, chat) is not None:
            plan.drop = "after"
        return plan if plan.drop else self._chance(plan, method)

    def _take(self, kind: str, method: str, chat: int | None) -> Rule | None:
        for rule in self.rules:
            if rule.kind == kind and rule.meets(method, chat):
                rule.times -= 1
                if rule.times <= 0:
                    self.rules.remove(rule)
                return rule
        return None

    def _chance(self, plan: Plan, method: str) -> Plan:
        if self._random is None:
            return plan
        generator, before, after, pattern = self._random
        if Rule("", 1, pattern).meets(method, None):
            drawn = generator.random()
            plan.drop = "before" if drawn < before else "after" if drawn < before + after else ""
        return plan
