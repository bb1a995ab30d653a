"""What differs from a week ago."""

from .book import Book, ago, case

CHANGES = "portfolio_changes"


@case
def added_and_removed(book: Book) -> None:
    book.stands("added", total=10, name="Now", customer="d")
    book.looked_after("d", owner="Kim")
    book.stands("removed", on=[7], total=20, name="Then")
    book.stands("removed trial", on=[7], trial=True, total=0)
    book.looked_after("c", days=7, owner="Former")
    book.looked_after("c", owner="Lou")
    book.stands("both", on=[7, 0])
    book.stands("both", on=[7], product="calling", total=5)
    removed = {"change": "removed", "new_value": None, "owner": "Lou", "customer_id": "c", "customer_name": "Then"}
    added = {"change": "added", "old_value": None, "owner": "Kim", "customer_name": "Now"}
    book.expects(
        CHANGES,
        {"subscription_id": "added", "new_value": "10", "license_change": 10, **added},
        {"subscription_id": "removed", "old_value": "20", "license_change": -20, **removed},
        {
            "subscription_id": "removed trial",
            "subscription_label": "Enterprise Trial",
            "change": "removed",
            "old_value": "0",
            "new_value": None,
            "license_change": 0,
        },
        {"subscription_id": "both", "product": "calling", "change": "removed", "old_value": "5", "license_change": -5},
    )


@case
def ends_move(book: Book) -> None:
    ends = {
        "later": (ago(-200), ago(-201)),
        "opened": (ago(-200), None),
        "ended": (None, ago(-200)),
        "open": (None, None),
    }
    for subscription, (then, now) in ends.items():
        book.stands(subscription, on=[7], end=then)
        book.stands(subscription, end=now)
    moved = {"change": "end_moved", "license_change": 0}
    # 200 and 201 days after 2024-02-29, which is day 60 of 366
    book.expects(
        CHANGES,
        {"subscription_id": "later", "old_value": "2024-09-16", "new_value": "2024-09-17", **moved},
        {"subscription_id": "opened", "old_value": "2024-09-16", "new_value": None, **moved},
        {"subscription_id": "ended", "old_value": None, "new_value": "2024-09-16", **moved},
    )


@case
def switches(book: Book) -> None:
    book.stands("on", on=[7])
    book.stands("on", auto_renew=True)
    book.stands("off", on=[7], auto_renew=True)
    book.stands("off")
    book.stands("converted", on=[7], trial=True)
    book.stands("converted")
    book.stands("a trial now", on=[7])
    book.stands("a trial now", trial=True)
    book.stands("suspended", on=[7])
    book.stands("suspended", status="suspended")
    book.stands("resumed", on=[7], status="suspended")
    book.stands("resumed")
    nothing = {"old_value": None, "new_value": None, "license_change": 0}
    book.expects(
        CHANGES,
        {"subscription_id": "on", "change": "auto_renew_on", **nothing},
        {"subscription_id": "off", "change": "auto_renew_off", **nothing},
        {"subscription_id": "converted", "change": "converted", **nothing},
        {"subscription_id": "suspended", "change": "suspended", **nothing},
        {"subscription_id": "resumed", "change": "resumed", **nothing},
    )


@case
def licences_and_limits(book: Book) -> None:
    counts = {
        "up": ((100, 50), (130, 50)),
        "down": ((100, 50), (60, 50)),
        "enters by use": ((100, 100), (100, 101)),
        "leaves by purchase": ((100, 110), (110, 110)),
        "stays over": ((100, 110), (100, 120)),
    }
    for subscription, ((total, assigned), (total_now, assigned_now)) in counts.items():
        book.stands(subscription, on=[7], total=total, assigned=assigned)
        book.stands(subscription, total=total_now, assigned=assigned_now)
    up, down = {"change": "licenses_up", "license_change": 30}, {"change": "licenses_down", "license_change": -40}
    left, entered = {"change": "over_limit_left"}, {"change": "over_limit_entered"}
    more = {"change": "licenses_up", "old_value": "100", "new_value": "110", "license_change": 10}
    book.expects(
        CHANGES,
        {"subscription_id": "up", "old_value": "100", "new_value": "130", **up},
        {"subscription_id": "down", "old_value": "100", "new_value": "60", **down},
        {"subscription_id": "enters by use", "old_value": "100", "new_value": "101", "license_change": 0, **entered},
        {"subscription_id": "leaves by purchase", **more},
        {"subscription_id": "leaves by purchase", "old_value": "110", "new_value": "110", "license_change": 0, **left},
    )


@case
def sections_entered(book: Book) -> None:
    soon, sooner, far = ago(-90), ago(-83), ago(-91)
    book.stands("expires", on=[7, 0], end=soon)
    book.stands("renews", on=[7, 0], end=soon, auto_renew=True)
    book.stands("renewing trial", on=[7, 0], end=soon, auto_renew=True, trial=True)
    book.stands("already", on=[7, 0], end=sooner)
    book.stands("not yet", on=[7, 0], end=far)
    book.stands("new", on=[0], end=soon)
    book.stands("turned", on=[7], end=sooner)
    book.stands("turned", on=[0], end=sooner, auto_renew=True)
    # 90 days from D and 97 from D-7; 83 and 90; 91 and 98. What turned was expiring, and renews now.
    entered = {"old_value": None, "new_value": "2024-05-29", "license_change": 0}
    book.expects(
        CHANGES,
        {"subscription_id": "expires", "change": "expiring_entered", **entered},
        {"subscription_id": "renews", "change": "renewing_entered", **entered},
        {"subscription_id": "renewing trial", "change": "expiring_entered", **entered},
        {"subscription_id": "new", "change": "added"},
        {"subscription_id": "turned", "change": "auto_renew_on"},
        {"subscription_id": "turned", "change": "renewing_entered", "new_value": "2024-05-22"},
    )


@case
def all_at_once(book: Book) -> None:
    book.stands(on=[7], trial=True, status="suspended", end=None, total=10, assigned=10)
    book.stands(auto_renew=True, end=ago(-1), total=5, assigned=6)
    for_end, none = {"old_value": None, "new_value": "2024-03-01"}, {"old_value": None, "new_value": None}
    book.expects(
        CHANGES,
        {"change": "end_moved", **for_end},
        {"change": "auto_renew_on", **none},
        {"change": "converted", "subscription_label": "s", **none},
        {"change": "resumed", **none},
        {"change": "licenses_down", "old_value": "10", "new_value": "5", "license_change": -5},
        {"change": "over_limit_entered", "old_value": "10", "new_value": "6"},
        {"change": "renewing_entered", **for_end},
    )
