"""What is old is purged, who wants to be forgotten is forgotten, and nobody else is."""

from bot.state import inbox, outbox
from bot.state.models import Chat, Entry, Event, Exchange, Incoming, Outgoing, Pace, Suggestion, Ticket
from bot.tickets import desk, suggestions
from bot.tickets.retention import forget, purge

DAY = 24 * 60


def update(office, number, minutes=0.0, lane="7", state="waiting"):
    at = office.at(minutes)
    return Incoming.objects.create(
        bot=1, update=number, lane=lane, kind="message", message=number, payload={"text": "问"}, due_at=at, received_at=at, state=state)


def call(office, key, minutes=0.0, lane="7", ticket=None, state="sent"):
    row = outbox.put(1, key, lane, "send_message", {"text": "话"}, purpose="test", now=office.at(minutes), ticket=ticket)
    Outgoing.objects.filter(pk=row.pk).update(state=state)
    return row


def closed(office, minutes, **more):
    ticket, clerk = office.open(minutes=minutes, candidates=[{"id": "a", "text": "话"}], **more), desk.staff_of(100) or office.clerk()
    entry = desk.reply(ticket.pk, clerk, "好", office.at(minutes + 1))
    suggestions.keep(entry, clerk, office.at(minutes + 1))
    return desk.close(ticket.pk, clerk, office.at(minutes + 2))


def unseen(office, address, minutes):
    chat = office.chat(address)
    Chat.objects.filter(pk=chat.pk).update(seen_at=office.at(minutes))
    return chat


# retention


def test_what_is_old_and_settled_goes_and_what_is_new_stays(office):
    for minutes, n in ((-11 * DAY, 1), (-9 * DAY, 2)):
        office.exchange(f"问{n}", minutes=minutes)
        update(office, n, minutes, state="done")
        call(office, f"k{n}", minutes)
    update(office, 3, -11 * DAY)
    call(office, "k3", -11 * DAY, state="pending")
    counts = purge(10, office.at())
    assert counts == {"exchanges": 1, "incoming": 1, "outgoing": 1, "entries": 0, "tickets": 0, "chats": 0, "paces": 0}
    assert [e.question for e in Exchange.objects.all()] == ["问2"]
    assert sorted(Incoming.objects.values_list("update", flat=True)) == [2, 3]
    assert sorted(Outgoing.objects.values_list("key", flat=True)) == ["k2", "k3"]


def test_old_tickets_keep_their_numbers_and_times_but_no_words(office):
    old, new, still_open = closed(office, -12 * DAY), closed(office, -5 * DAY), office.open(minutes=-20 * DAY)
    events = Event.objects.count()
    counts = purge(10, office.at())
    assert (counts["tickets"], counts["entries"]) == (1, 2)
    found = Ticket.objects.get(pk=old.pk)
    assert (found.question, found.topic, found.candidates, found.entries.count()) == ("", "", [], 0)
    assert (found.opened_at, found.closed_at, found.region) == (old.opened_at, old.closed_at, "海口市")
    assert [Ticket.objects.get(pk=t.pk).question for t in (new, still_open)] == ["怎么办？"] * 2
    assert (Suggestion.objects.count(), Event.objects.count()) == (2, events)
    assert purge(10, office.at())["tickets"] == 0


def test_chats_long_unused_go_unless_a_ticket_needs_them(office):
    waiting, settled, idle, recent = (unseen(office, a, m) for a, m in (("1", -20 * DAY), ("2", -20 * DAY), ("3", -20 * DAY), ("4", -DAY)))
    office.open(minutes=-20 * DAY, chat=waiting)
    old = closed(office, -20 * DAY, chat=settled)
    assert purge(10, office.at())["chats"] == 2
    assert set(Chat.objects.all()) == {waiting, recent}
    assert not Chat.objects.filter(pk=idle.pk).exists()
    assert Ticket.objects.get(pk=old.pk).chat is None


def test_paces_of_yesterday_go_but_not_the_overall_one(office):
    for key, minutes in (("1:7", -2 * DAY), ("1:8", -5), ("1:*", -2 * DAY)):
        Pace.objects.create(key=key, free_at=office.at(minutes).timestamp())
    assert purge(10, office.at())["paces"] == 1
    assert set(Pace.objects.values_list("key", flat=True)) == {"1:8", "1:*"}


# forgetting


def test_nothing_of_one_person_is_left(office):
    chat = office.chat(region="海口市", conversation={"need": "低保"}, warned=True)
    office.exchange("问", minutes=-10)
    done, ticket = closed(office, -DAY), office.open(minutes=-5, candidates=[{"id": "a"}])
    update(office, 1, -10, state="done")
    update(office, 2, -1)
    call(office, "answer", -10)
    call(office, "waiting", -1, state="pending")
    counts = forget(chat, office.at())
    assert counts == {"exchanges": 1, "incoming": 2, "outgoing": 2, "entries": 5, "suggestions": 1, "tickets": 2}
    chat.refresh_from_db()
    assert (chat.region, chat.conversation, chat.warned, chat.exchanges.count(), chat.tickets.count()) == ("", {}, False, 0, 0)
    assert set(Ticket.objects.values_list("pk", "state", "question", "topic", "chat")) == {
        (done.pk, "closed", "", "", None), (ticket.pk, "closed", "", "", None)}
    assert not Ticket.objects.exclude(candidates=[]).exists()
    assert set(Entry.objects.values_list("text", flat=True)) == {""}
    assert set(Incoming.objects.values_list("lane", "message", "state")) == {("", None, "done"), ("", None, "ignored")}
    assert not Incoming.objects.exclude(payload={}).exists()
    assert not Outgoing.objects.exists()
    assert Suggestion.objects.get().question == ""
    assert office.actions[-1] == "withdrawn" and office.heard[-1].ticket.question == ""


def test_others_are_not_touched(office):
    other = office.chat("8", region="三亚市")
    office.exchange("问", chat=other)
    ticket = closed(office, -5, chat=other)
    update(office, 1, lane="8")
    call(office, "a", -5, lane="8")
    counts = forget(office.chat(), office.at())
    assert set(counts.values()) == {0}
    other.refresh_from_db()
    assert (other.region, other.exchanges.count(), Ticket.objects.get(pk=ticket.pk).chat) == ("三亚市", 1, other)
    assert (Incoming.objects.get().lane, Outgoing.objects.get().params) == ("8", {"text": "话"})


def test_the_confirmation_still_goes_out(office):
    call(office, "confirmation", 0, state="pending")
    forget(office.chat(), office.at())
    assert [r.key for r in outbox.claim(1, "w", office.at())[0]] == ["confirmation"]


def test_what_staff_were_sent_loses_its_words_but_not_its_place(office):
    ticket = office.open(minutes=-5)
    card = call(office, "card", -5, lane="-100", ticket=ticket)
    Outgoing.objects.filter(pk=card.pk).update(message=55)
    call(office, "reminder", -4, lane="-100", ticket=ticket, state="pending")
    assert forget(office.chat(), office.at())["outgoing"] == 1
    rows = Outgoing.objects.order_by("id").values_list("key", "state", "params", "message", "ticket")
    assert list(rows) == [("card", "sent", {}, 55, ticket.pk), ("reminder", "dropped", {}, None, ticket.pk)]


def test_the_request_itself_can_still_be_finished(office):
    update(office, 1)
    update(office, 2)
    with inbox.turn(1, office.at()) as current:
        forget(office.chat(), office.at(), current=current)
        inbox.finish(current, Incoming.State.DONE, office.at())
    assert [(i.update, i.state, i.payload) for i in Incoming.objects.order_by("update")] == [(1, "done", {}), (2, "ignored", {})]


def test_what_was_handled_before_is_not_taken_in_again(office):
    update(office, 1, state="done")
    forget(office.chat(), office.at())
    inbox.take([Incoming(bot=1, update=1, lane="7", kind="message", payload={"text": "问"}, due_at=office.at(), received_at=office.at())])
    assert inbox.waiting(1) == 0
