"""Second opinion on calendar files for tests/referee.rs: PyPI's icalendar, with python-dateutil for rules.

Reads JSON lines with an "ics" text, a "viewer" zone for floating times and a "window" of two UTC seconds; writes
one JSON line for each: when everything in the file begins in the window, and the texts of its events. Zones
are what icalendar makes of TZID and VTIMEZONE. Nothing here is shared with Kalends.
"""
import json
import sys
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import icalendar
from dateutil.rrule import rrulestr


def seconds(moment, viewer):
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=timezone.utc)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=viewer)
    return int(moment.astimezone(timezone.utc).timestamp())


def wall(moment, tz):
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is not None and tz is not None:
        moment = moment.astimezone(tz)
    return moment.replace(tzinfo=None)


def listed(event, name):
    found = event.get(name, [])
    found = found if isinstance(found, list) else [found]
    return [one.dt for entry in found for one in entry.dts]


def occurrences(event, end):
    """Wall times on the event's own clock, and how to make a moment of one."""
    start = event["DTSTART"].dt
    tz = getattr(start, "tzinfo", None)
    first = wall(start, tz)
    if isinstance(start, datetime):
        moment = lambda at: at.replace(tzinfo=tz)
    else:
        moment = lambda at: at.date()
    days = {first}
    if "RRULE" in event:
        parts = dict(event["RRULE"])
        until = parts.pop("UNTIL", [None])[0]
        limit = end if until is None else wall(until, tz)
        if until is not None and not isinstance(until, datetime):
            limit = limit + timedelta(days=1, seconds=-1)
        text = icalendar.vRecur(parts).to_ical().decode()
        if "COUNT" in parts and first not in rrulestr(text, dtstart=first):
            # dateutil does not know that the start always counts as the first (RFC 5545 3.3.10).
            parts["COUNT"] = [parts["COUNT"][0] - 1]
            text = icalendar.vRecur(parts).to_ical().decode()
        for at in rrulestr(text, dtstart=first):
            if at > limit or at > end:
                break
            days.add(at)
    days.update(wall(extra, tz) for extra in listed(event, "RDATE"))
    days.difference_update(wall(hole, tz) for hole in listed(event, "EXDATE"))
    return days, moment, tz


def opinion(case):
    viewer = ZoneInfo(case["viewer"])
    begin, end = case["window"]
    calendar = icalendar.Calendar.from_ical(case["ics"])
    events = [event for event in calendar.walk("VEVENT")]
    changed, starts = {}, []
    for event in events:
        if "RECURRENCE-ID" in event:
            changed.setdefault(str(event.get("UID")), []).append(event)
    last = datetime.fromtimestamp(end, timezone.utc).replace(tzinfo=None) + timedelta(days=2)
    masters = [event for event in events if "RECURRENCE-ID" not in event]
    with_master = {str(event.get("UID")) for event in masters if "UID" in event}
    for event in masters:
        if event.get("STATUS") == "CANCELLED":
            continue
        days, moment, tz = occurrences(event, last)
        for change in changed.get(str(event.get("UID")), []) if "UID" in event else []:
            days.discard(wall(change["RECURRENCE-ID"].dt, tz))
        starts += [seconds(moment(at), viewer) for at in days]
    for uid, changes in changed.items():
        for change in changes:
            if change.get("STATUS") != "CANCELLED":
                starts.append(seconds(change["DTSTART"].dt, viewer))
    texts = []
    for event in events:
        categories = event.get("CATEGORIES")
        names = [str(name) for name in categories.cats] if categories is not None else []
        texts.append([str(event.get(name, "")) for name in ("SUMMARY", "LOCATION", "DESCRIPTION")] + names)
    return {"starts": sorted(at for at in starts if begin <= at < end), "texts": texts}


print(json.dumps({"tzdata": "icalendar " + icalendar.__version__}), flush=True)
for line in sys.stdin:
    try:
        print(json.dumps(opinion(json.loads(line))), flush=True)
    except Exception as error:  # What it cannot read is said, and fails there.
        print(json.dumps({"starts": [], "texts": [[repr(error)]]}), flush=True)
