"""Second opinion for tests/referee.rs: python-dateutil and zoneinfo with PyPI's tzdata.

Reads JSON lines, writes one JSON line for each. Nothing here is shared with Kalends: short months are
clamped by relativedelta, nth weekdays are picked from a list, offsets come from tzdata's own files.
Run with PYTHONTZPATH="" so that the system's zone files are not used.
"""
import json
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

import tzdata
from dateutil.relativedelta import relativedelta
from dateutil.rrule import DAILY, FR, MO, SA, SU, TH, TU, WE, WEEKLY, rrule, rrulestr

DAYS = {"monday": MO, "tuesday": TU, "wednesday": WE, "thursday": TH, "friday": FR, "saturday": SA, "sunday": SU}
RANKS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}


def clamped(first_of_month, day):
    return first_of_month + relativedelta(day=day)


def ranked(first_of_month, names, index):
    """The date at an index among the dates of a month on any of the named weekdays."""
    wanted = {DAYS[name].weekday for name in names}
    end = first_of_month + relativedelta(months=1)
    day, fitting = first_of_month, []
    while day < end:
        if day.weekday() in wanted:
            fitting.append(day)
        day += timedelta(days=1)
    return fitting[RANKS[index]]


def by_month(start, step, pick):
    """One candidate every `step` months, from the month of the start."""
    month = start.replace(day=1)
    while True:
        candidate = pick(month)
        if candidate >= start:
            yield candidate
        month += relativedelta(months=step)


def by_year(start, step, number, pick):
    year = start.replace(month=number, day=1)
    while True:
        candidate = pick(year)
        if candidate >= start:
            yield candidate
        year += relativedelta(years=step)


def candidates(pattern, start):
    kind, step = pattern["type"], pattern["interval"]
    if kind == "daily":
        return rrule(DAILY, dtstart=start, interval=step)
    if kind == "weekly":
        days = [DAYS[name] for name in pattern["daysOfWeek"]]
        return rrule(WEEKLY, dtstart=start, interval=step, byweekday=days, wkst=DAYS[pattern["firstDayOfWeek"]])
    if kind == "absoluteMonthly":
        return by_month(start, step, lambda month: clamped(month, pattern["dayOfMonth"]))
    if kind == "relativeMonthly":
        return by_month(start, step, lambda month: ranked(month, pattern["daysOfWeek"], pattern["index"]))
    if kind == "absoluteYearly":
        return by_year(start, step, pattern["month"], lambda year: clamped(year, pattern["dayOfMonth"]))
    if kind == "relativeYearly":
        pick = lambda year: ranked(year, pattern["daysOfWeek"], pattern["index"])
        return by_year(start, step, pattern["month"], pick)
    raise ValueError(kind)


def instant(wall, zone, fold=0):
    return int(wall.replace(tzinfo=zone, fold=fold).astimezone(timezone.utc).timestamp())


def expand(case):
    zone = ZoneInfo(case["timeZone"])
    begin, end = case["window"]
    rules = case["recurrence"]["range"]
    beyond = datetime.fromtimestamp(end, timezone.utc).replace(tzinfo=None) + timedelta(days=2)
    start = datetime.fromisoformat(case["start"])
    if "rrule" in case:
        # The whole rule as text; its end is on the same wall clock as the start.
        rules, walls = {"type": "noEnd"}, rrulestr(case["rrule"].replace("Z", ""), dtstart=start)
    else:
        walls = candidates(case["recurrence"]["pattern"], start)
    starts = []
    for number, wall in enumerate(walls):
        if wall > beyond:
            break
        if rules["type"] == "numbered" and number >= rules["numberOfOccurrences"]:
            break
        if rules["type"] == "endDate" and wall.date().isoformat() > rules["endDate"]:
            break
        when = instant(wall, zone)
        if begin <= when < end:
            starts.append(when)
    return starts


def convert(case):
    """Walls of instants, and both readings of walls."""
    zone = ZoneInfo(case["timeZone"])
    walls = [datetime.fromtimestamp(second, zone).replace(tzinfo=None, fold=0).isoformat() for second in case["instants"]]
    readings = [[instant(datetime.fromisoformat(wall), zone, fold) for fold in (0, 1)] for wall in case["walls"]]
    return {"walls": walls, "readings": readings}


def main():
    known = available_timezones()
    print(json.dumps({"tzdata": tzdata.IANA_VERSION, "zones": sorted(known)}))
    for line in sys.stdin:
        case = json.loads(line)
        if case["timeZone"] not in known:
            answer = None
        else:
            answer = expand(case) if "recurrence" in case else convert(case)
        print(json.dumps(answer))


main()
