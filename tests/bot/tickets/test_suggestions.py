"""Good replies are kept, once, for the knowledge."""

import pytest

from bot.state.models import Event, Staff, Suggestion
from bot.tickets import desk, suggestions
from bot.tickets.refusal import Refused


def test_a_reply_is_kept_with_its_question_once(office):
    ticket, wang = office.open(), office.clerk()
    entry = desk.reply(ticket.pk, wang, "请带户口簿。", office.at(5))
    kept = suggestions.keep(entry, wang, office.at(6))
    assert (kept.question, kept.text, kept.region, kept.intent, kept.by) == ("怎么办？", "请带户口簿。", "海口市", "低保", wang)
    with pytest.raises(Refused, match="refused_kept"):
        suggestions.keep(entry, wang, office.at(7))
    assert suggestions.listing() == [kept]
    assert Event.objects.filter(action="kept", staff=wang).count() == 1


def test_the_same_words_in_another_ticket_are_kept_too(office):
    wang = office.clerk()
    for minute in (1, 2):
        suggestions.keep(desk.reply(office.open().pk, wang, "好", office.at(minute)), wang, office.at(minute))
    assert [s.at for s in suggestions.listing()] == [office.at(1), office.at(2)]


def test_only_words_of_staff_are_kept_and_only_by_staff(office):
    ticket, wang = office.open(), office.clerk()
    photo = desk.reply(ticket.pk, wang, "", office.at(1), {"kind": "photo", "chat": 1, "message": 2})
    for entry in (ticket.entries.first(), photo):
        with pytest.raises(Refused, match="refused_not_a_reply"):
            suggestions.keep(entry, wang, office.at(2))
    entry = desk.reply(ticket.pk, wang, "好", office.at(3))
    Staff.objects.update(active=False)
    with pytest.raises(Refused, match="refused_staff"):
        suggestions.keep(entry, wang, office.at(4))
    assert Suggestion.objects.count() == 0
