"""What became of the positions of E = D-7, told from D-6 and D."""

from .book import Book, ago, case

OUTCOMES = "renewal_outcomes"
E = ago(7)


@case
def gone_without_an_heir(book: Book) -> None:
    book.stands("lost", on=[7], end=E, total=100, assigned=60, auto_renew=True)
    book.used("lost", users=3)
    book.stands("cancelled", on=[7], end=ago(-50), status="suspended")
    book.stands("open", on=[7])
    book.stands("trial", on=[7], end=E, trial=True)
    book.stands("ended trial", on=[7], trial=True)
    # used on D-8, which is in E-6 … E; 60 / 100; 0 - 100
    figures = {"total_licenses": 100, "assigned_licenses": 60, "used_licenses": 3, "assignment_ratio": 0.6}
    after = {"licenses_after": 0, "license_change": -100, "changed_on": ago(6)}
    book.expects(
        OUTCOMES,
        {"subscription_id": "lost", "outcome": "lost", "auto_renew": True, "end_date": E, **figures, **after},
        {"subscription_id": "cancelled", "outcome": "cancelled", **after},
        {"subscription_id": "open", "outcome": "cancelled", "end_date": None, **after},
        {"subscription_id": "trial", "outcome": "expired_trial", "is_trial": True, **after},
        {"subscription_id": "ended trial", "outcome": "expired_trial", "subscription_label": "Enterprise Trial"},
    )


@case
def gone_too_late_or_not_for_good(book: Book) -> None:
    book.stands("gone after D-6", on=[7, 6], end=ago(6))
    book.stands("back, and had no end", on=[7, 0])
    book.stands("unchanged", on=[7, 6, 0], end=ago(-1))
    book.expects(OUTCOMES)


@case
def renewed_the_day_after_its_end(book: Book) -> None:
    book.stands("paid", on=[7], end=E, total=100, name="Former")
    book.stands("paid", on=[0], end=ago(-300), total=120, name="Present")
    book.stands("trial", on=[7], end=E, trial=True)
    book.stands("trial", on=[0], end=ago(-3), trial=True)
    book.stands("bought", on=[7], end=E, trial=True)
    book.stands("bought", on=[0], end=ago(-3), total=0, assigned=0)
    # the name is that of E; 120 - 100; 0 - 100
    renewed = {"outcome": "renewed", "licenses_after": 120, "license_change": 20, "total_licenses": 100}
    book.expects(
        OUTCOMES,
        {"subscription_id": "paid", "customer_name": "Former", "end_date": E, **renewed},
        {"subscription_id": "trial", "outcome": "extended", "licenses_after": 100, "license_change": 0},
        {"subscription_id": "bought", "outcome": "converted", "licenses_after": 0, "license_change": -100},
    )


@case
def trials_that_are_none_any_more(book: Book) -> None:
    book.stands("converted", on=[7], trial=True)
    book.stands("converted", on=[6, 0])
    book.stands("only on D", on=[7, 6], trial=True)
    book.stands("only on D", on=[0])
    book.stands("only on D-6", on=[7, 0], trial=True)
    book.stands("only on D-6", on=[6])
    book.stands("now a trial", on=[7, 6])
    book.stands("now a trial", on=[0], trial=True)
    book.expects(OUTCOMES, {"subscription_id": "converted", "outcome": "converted", "license_change": 0})


@case
def ends_moved_by_a_term(book: Book) -> None:
    end = ago(-10)
    ends = {
        "28 days": (end, ago(-38), ago(-38)),
        "27 days": (end, ago(-37), ago(-37)),
        "open": (end, None, None),
        "was open": (None, ago(-900), ago(-900)),
        "only on D": (end, end, ago(-900)),
        "only on D-6": (end, ago(-900), end),
        "further and back a little": (end, ago(-900), ago(-38)),
    }
    for subscription, (then, following, now) in ends.items():
        for days, when in ((7, then), (6, following), (0, now)):
            book.stands(subscription, on=[days], end=when)
    for days, trial, when in ((7, True, end), (6, True, ago(-38)), (0, True, ago(-38))):
        book.stands("trial", on=[days], trial=trial, end=when)
    for days, trial in ((7, True), (6, True), (0, False)):
        book.stands("bought on D", on=[days], trial=trial, end=end if days == 7 else ago(-38))
    for days, trial in ((7, False), (6, False), (0, True)):
        book.stands("sold, then a trial", on=[days], trial=trial, end=end if days == 7 else ago(-38))
    listed = {
        "28 days": "renewed",
        "open": "renewed",
        "further and back a little": "renewed",
        "trial": "extended",
        "bought on D": "converted",
        "sold, then a trial": "renewed",
    }
    book.expects(OUTCOMES, *({"subscription_id": name, "outcome": it, "end_date": end} for name, it in listed.items()))


@case
def heirs_of_a_sold_position(book: Book) -> None:
    book.stands(on=[7], end=E)
    book.stands("oldest heir", start=ago(37), total=70)
    book.stands("newest heir", start=ago(0), total=20)
    book.stands("too old", start=ago(38), total=500)
    book.stands("without licences", start=ago(5), total=0)
    book.stands("another's", start=ago(5), customer="d")
    book.stands("a trial", start=ago(5), trial=True)
    book.stands("of calling", start=ago(5), product="calling")
    # E-30 = D-37; 70 + 20, and 90 - 100
    book.expects(OUTCOMES, {"outcome": "replaced", "licenses_after": 90, "license_change": -10})


@case
def no_heir_will_do(book: Book) -> None:
    book.stands(on=[7], end=E)
    book.stands("too old", start=ago(38), total=500)
    book.stands("a trial", start=ago(5), trial=True)
    book.expects(OUTCOMES, {"outcome": "lost", "licenses_after": 0, "license_change": -100})


@case
def a_trial_follows_a_trial(book: Book) -> None:
    book.stands(on=[7], trial=True)
    book.stands("heir", start=ago(6), trial=True, total=5)
    book.expects(OUTCOMES, {"outcome": "replaced", "licenses_after": 5, "license_change": -95})


@case
def a_trial_is_bought_under_another_name(book: Book) -> None:
    book.stands(on=[7], trial=True)
    book.stands("heir", start=ago(6), trial=True, total=5)
    book.stands("sold", start=ago(6), total=50, on=[6, 0])
    # both count in full: 5 + 50
    book.expects(OUTCOMES, {"outcome": "converted", "licenses_after": 55, "license_change": -45})


@case
def one_heir_replaces_two(book: Book) -> None:
    book.stands("one", on=[7], total=10)
    book.stands("two", on=[7], total=20)
    book.stands("heir", start=ago(6), total=25)
    book.expects(
        OUTCOMES,
        {"subscription_id": "one", "outcome": "replaced", "licenses_after": 25, "license_change": 15},
        {"subscription_id": "two", "outcome": "replaced", "licenses_after": 25, "license_change": 5},
    )


@case
def unseen_on_the_day_after(book: Book) -> None:
    book.stands(on=[10], end=E)
    book.delivers_nothing(7, 6)
    book.stands("other", on=[0])
    # D-7 is served by D-10, three days older; D-6 is not
    book.expects(OUTCOMES)
    book.expects(
        "portfolio_changes",
        {"change": "removed", "old_value": "100", "new_value": None, "license_change": -100},
        {"subscription_id": "other", "change": "added", "new_value": "100", "license_change": 100},
    )


@case
def unseen_a_week_ago(book: Book) -> None:
    book.stands(on=[6], end=E)
    book.delivers_nothing(7)
    book.stands("other", on=[0])
    book.expects(OUTCOMES)
    book.expects("portfolio_changes")
