"""Working time knows nights, weekends, the State Council's closures and its make-up days."""

import datetime

import pytest
from chinese_calendar.constants import holidays, workdays

from bot.tickets.working_time import BEIJING, WorkingTime

HOURS = WorkingTime(("08:30-12:00", "14:30-17:30"))
MAKE_UP = next(d for d in sorted(workdays) if d.year == 2026 and d.weekday() >= 5)
NATIONAL_DAY = datetime.date(2026, 10, 1)


def at(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def on(day, time):
    return at(f"{day}T{time}")


@pytest.mark.parametrize("time, works", [
    ("08:29", False), ("08:30", True), ("11:59", True), ("12:00", False), ("14:30", True), ("17:29", True), ("17:30", False)])
def test_the_office_is_open_in_its_hours(time, works):
    assert HOURS.is_open(on("2026-11-23", time)) is works


def test_it_is_open_on_a_weekend_that_makes_up_for_a_holiday():
    assert HOURS.is_open(on(MAKE_UP, "10:00"))
    assert not HOURS.is_open(on("2026-11-22", "10:00"))


def test_it_is_closed_on_national_day_though_that_is_a_thursday():
    assert NATIONAL_DAY in holidays and NATIONAL_DAY.weekday() == 3
    assert not HOURS.is_open(on(NATIONAL_DAY, "10:00"))
    assert HOURS.next_opening(on(NATIONAL_DAY, "10:00")) == at("2026-10-08T08:30")


@pytest.mark.parametrize("moment, opening", [
    ("2026-11-23T10:00", "2026-11-23T10:00"), ("2026-11-23T12:00", "2026-11-23T14:30"), ("2026-11-23T06:00", "2026-11-23T08:30"),
    ("2026-11-23T17:30", "2026-11-24T08:30"), ("2026-11-20T18:00", "2026-11-23T08:30")])
def test_it_opens_next(moment, opening):
    assert HOURS.next_opening(at(moment)) == at(opening)


@pytest.mark.parametrize("start, hours, due", [
    ("2026-11-23T09:00", 1, "2026-11-23T10:00"),
    ("2026-11-23T11:30", 1, "2026-11-23T15:00"),
    ("2026-11-23T08:30", 6.5, "2026-11-23T17:30"),
    ("2026-11-23T16:30", 8, "2026-11-25T09:00"),
    ("2026-11-20T17:00", 1, "2026-11-23T09:00"),
    ("2026-11-21T23:00", 8, "2026-11-24T10:00"),
    ("2026-09-30T17:00", 8, "2026-10-09T09:30"),
    ("2026-10-09T17:00", 1, "2026-10-10T09:00"),
])
def test_an_answer_is_due_after_so_many_hours_of_work(start, hours, due):
    assert HOURS.due(at(start), hours) == at(due)


def test_time_that_has_passed_counts_only_work():
    assert HOURS.elapsed(at("2026-11-20T17:00"), at("2026-11-23T09:00")) == datetime.timedelta(hours=1)
    assert HOURS.elapsed(at("2026-10-01T00:00"), at("2026-10-08T00:00")) == datetime.timedelta()
    assert HOURS.elapsed(at("2026-11-23T10:00"), at("2026-11-23T09:00")) == datetime.timedelta()


def test_due_and_elapsed_agree():
    start = at("2026-09-24T16:20")
    for quarters in range(1, 200):
        due = HOURS.due(start, quarters / 4)
        assert HOURS.elapsed(start, due) == datetime.timedelta(hours=quarters / 4)


def test_other_time_zones_are_understood():
    assert HOURS.is_open(datetime.datetime(2026, 11, 23, 1, 0, tzinfo=datetime.UTC))
    assert HOURS.next_opening(datetime.datetime(2026, 11, 22, 23, 0, tzinfo=datetime.UTC)) == at("2026-11-23T08:30")


def test_years_not_announced_yet_have_plain_weeks():
    year = HOURS.covered_until() + 5
    days = [datetime.date(year, 3, 1) + datetime.timedelta(days=d) for d in range(14)]
    assert [HOURS.is_open(on(d, "10:00")) for d in days] == [d.weekday() < 5 for d in days]


def test_it_says_up_to_when_the_calendar_is_known():
    assert HOURS.covered_until() == max(holidays).year >= 2026


@pytest.mark.parametrize("moment, words", [
    ("2026-11-23T17:30", "今天17:30"), ("2026-11-24T08:30", "明天08:30"), ("2026-11-25T08:30", "11月25日（周三）08:30"),
    ("2026-11-29T09:05", "11月29日（周日）09:05"), ("2026-11-20T09:00", "11月20日（周五）09:00")])
def test_moments_are_said_as_people_say_them(moment, words):
    assert HOURS.in_words(at(moment), at("2026-11-23T23:30")) == words
