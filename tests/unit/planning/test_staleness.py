"""Staleness against a second, naive reading of the rules: what a day shows, worked out partition by partition."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from planning.buildable import PartitionStates, plan_days
from planning.inputs import Inputs, input_hashes
from planning.records import DayRecord
from planning.staleness import carried_hashes, changed_rules, current_days, outcome, stale_days, stale_published_days

D = date(2026, 6, 30)
BUILT_AT = datetime(2026, 7, 20, tzinfo=UTC)
SNAPSHOTS = ("customers", "subscriptions", "license_assignments")
MAX_AGE = 2
FIRST, LAST = -12, 3
RULES = {"models": "m1"}


def day(offset: int) -> date:
    return D + timedelta(days=offset)


def inputs(contents: dict[tuple[str, int], tuple[frozenset[str] | None, str]]) -> Inputs:
    """Partitions as {(dataset, offset): (partners, or None for refused, and content)}."""
    states: dict[str, dict[date, frozenset[str] | None]] = {}
    for (dataset, offset), (partners, _) in contents.items():
        states.setdefault(dataset, {})[day(offset)] = partners
    return Inputs(
        PartitionStates(states),
        {
            (dataset, day(offset)): f"{content} of {sorted(of or ())}"
            for (dataset, offset), (of, content) in contents.items()
        },
        {(dataset, day(offset)): BUILT_AT for dataset, offset in contents},
    )


def recorded(given_inputs: Inputs) -> dict[date, DayRecord]:
    plan = plan_days(day(FIRST + 10), day(LAST), given_inputs.states, MAX_AGE)
    hashes = input_hashes(plan, given_inputs, MAX_AGE)
    return {when: DayRecord(outcome(when, plan), hashes[when], '{"models": "m1"}', BUILT_AT) for when in hashes}


def naive_view(contents, offset):
    """What a day shows: its outcome, its usage, and what each partner sees of each snapshot on each day looked at."""

    def hidden_at(when):
        for dataset in SNAPSHOTS:
            existing = [seen for seen in range(when - MAX_AGE, when + 1) if (dataset, seen) in contents]
            if existing and contents[dataset, existing[-1]][0] is None:
                return True
        return False

    def refused_at(when):
        return hidden_at(when) or contents.get(("license_usage", when), (frozenset(), ""))[0] is None

    def seen_at(when):
        view = {}
        for dataset in SNAPSHOTS:
            for partner in "pq":
                for seen in range(when - MAX_AGE, when + 1):
                    partners, content = contents.get((dataset, seen), (None, ""))
                    if partners is not None and partner in partners:
                        view[dataset, partner] = (seen, content, partners)
        return view

    if refused_at(offset):
        return "blocked"
    usage = {
        seen: (content, partners)
        for (dataset, seen), (partners, content) in contents.items()
        if dataset == "license_usage" and partners is not None and offset - 89 <= seen <= offset
    }
    farther = [{} if hidden_at(offset - ago) else seen_at(offset - ago) for ago in (6, 28, 90, 118, 180, 208, 365)]
    return usage, seen_at(offset), {} if refused_at(offset - 7) else seen_at(offset - 7), farther


partitions = st.dictionaries(
    st.tuples(
        st.sampled_from([*SNAPSHOTS, "license_usage"]),
        st.integers(FIRST, LAST) | st.sampled_from([LAST - ago for ago in (28, 90, 118, 180, 208, 365)]),
    ),
    st.tuples(
        st.sampled_from([frozenset("p"), frozenset("pq"), frozenset("q"), frozenset("pq"), None]),
        st.sampled_from(["a", "b"]),
    ),
    max_size=60,
)


@given(partitions, partitions)
def test_a_day_is_stale_when_what_it_shows_is_another(before, changes):
    after = before | dict(list(changes.items())[:3])
    found = stale_days(recorded(inputs(before)), inputs(after), RULES, MAX_AGE)
    expected = {day(o) for o in range(FIRST + 10, LAST + 1) if naive_view(before, o) != naive_view(after, o)}
    assert found.keys() == expected


def full(content: str = "a") -> dict[tuple[str, int], tuple[frozenset[str] | None, str]]:
    names = (*SNAPSHOTS, "license_usage")
    return {(name, offset): (frozenset("p"), content) for name in names for offset in range(FIRST, LAST + 1)}


def test_current_days_are_built_and_neither_stale_nor_pruned():
    contents = full() | {("customers", -1): (None, "a")}
    records = recorded(inputs(contents))
    assert current_days(records, inputs(contents), RULES, MAX_AGE) == [day(o) for o in (-2, 0, 1, 2, 3)]
    changed = contents | {("license_usage", 2): (frozenset("p"), "b")}
    assert current_days(records, inputs(changed), RULES, MAX_AGE) == [day(o) for o in (-2, 0, 1)]
    assert current_days(records, inputs(contents), {"models": "m2"}, MAX_AGE) == []


def test_a_hash_is_carried_where_the_day_was_made_from_what_changed_alone():
    contents = full()
    records = recorded(inputs(contents))
    records[day(1)] = DayRecord("built", "of something else", "{}", BUILT_AT)
    carried = carried_hashes(records, inputs(contents), {("customers", day(2)): "b of ['p']"}, MAX_AGE)
    after = inputs(contents | {("customers", 2): (frozenset("p"), "b")})
    assert carried.keys() == records.keys() - {day(1)}
    assert stale_days({d: r for d, r in records.items() if d != day(1)}, after, RULES, MAX_AGE).keys() == {day(2)}
    now = {d: DayRecord("built", carried[d], '{"models": "m1"}', BUILT_AT) for d in carried}
    assert stale_days(now, after, RULES, MAX_AGE) == {}
    assert carried_hashes({}, inputs(contents), {}, MAX_AGE) == {}


def test_changed_rules_are_named_versions_first():
    assert changed_rules('{"a": "1", "metrics": "1"}', {"a": "2", "metrics": "2"}) == "rules changed: metrics 1 -> 2, a"
    assert changed_rules('{"a": "1"}', {"a": "1", "b": "2"}) == "b changed"
    assert changed_rules('{"a": "1"}', {"a": "1"}) == ""


def test_a_published_day_says_why_it_is_stale():
    contents = full()
    records = recorded(inputs(contents))
    del records[day(-2)]
    begun = (BUILT_AT - timedelta(hours=1)).replace(tzinfo=None)
    published = frozenset({day(-2), day(0), day(1)})
    found = stale_published_days(records, inputs(contents), published, begun, RULES, MAX_AGE)
    assert found == {
        day(-2): "its last build did not finish",
        day(0): "its last build was not published",
        day(1): "its last build was not published",
    }
    later = (BUILT_AT + timedelta(hours=1)).replace(tzinfo=None)
    assert stale_published_days(records, inputs(contents), published, later, RULES, MAX_AGE, day(1)) == {
        day(-2): "its last build did not finish",
        day(1): "it was built before it was over",
    }
