"""What ends soon or has to be decided soon, and the sums by currency."""

from .book import DAY, Book, ago, case

WORKLIST = "renewal_worklist"


def in_days(days: int) -> object:
    return ago(-days)


@case
def ends_or_decisions_come_near(book: Book) -> None:
    far = {"120": 120, "121": 121, "noticed 31": 121, "today": 0, "long notice": 3000, "noticed late": 3741}
    for subscription, days in far.items():
        book.stands(subscription, end=in_days(days))
    book.stands("open")
    book.priced("noticed 31", notice=31)
    book.priced("long notice", notice=3650)
    book.priced("noticed late", notice=3650)
    # 121 - 30 = 91 is too far, 121 - 31 = 90 is not, 3741 - 3650 = 91 is; 3000 - 3650 = -650 is long past
    book.expects(
        WORKLIST,
        {"subscription_id": "120", "days_until_end": 120, "days_until_decision": 90, "notice_days": 30},
        {"subscription_id": "noticed 31", "days_until_end": 121, "days_until_decision": 90},
        {"subscription_id": "today", "days_until_end": 0, "days_until_decision": -30, "decision_date": ago(30)},
        {"subscription_id": "long notice", "days_until_end": 3000, "days_until_decision": -650},
    )


@case
def motions(book: Book) -> None:
    book.stands("a trial that renews", trial=True, auto_renew=True, end=in_days(10))
    book.stands("renews", auto_renew=True, end=in_days(10))
    book.stands("ends", end=in_days(10), name="Acme")
    book.looked_after(owner="Kim", segment="SMB")
    kept = {"end_date": in_days(10), "owner": "Kim", "segment": "SMB", "customer_id": "c", "customer_name": "Acme"}
    trial = {
        "subscription_label": "Enterprise Trial",
        "motion": "convert",
        "notice_days": 0,
        "decision_date": in_days(10),
    }
    book.expects(
        WORKLIST,
        {"subscription_id": "a trial that renews", **trial, **kept},
        {"subscription_id": "renews", "subscription_label": "renews", "motion": "auto_renewal", **kept},
        {"subscription_id": "ends", "motion": "renewal", "decision_date": ago(20), "days_until_decision": -20, **kept},
    )


@case
def headroom_is_rounded_up(book: Book) -> None:
    used = {"none": 0, "one": 1, "ten": 10, "more": 21, "all": 95}
    for subscription, users in used.items():
        book.stands(subscription, end=in_days(10), assigned=20)
        book.used(subscription, users=users)
    book.called()
    # (0 + 99) / 100; (110 + 99) / 100; (1100 + 99) / 100; (2310 + 99) / 100; (10450 + 99) / 100, all rounded down
    figures = {"none": (0, 100, 20), "one": (2, 98, 19), "ten": (11, 89, 10), "more": (24, 76, 0), "all": (105, 0, 0)}
    names = ("needed_licenses", "reducible_licenses", "reclaimable_licenses")
    book.expects(
        WORKLIST,
        *({"subscription_id": sub} | dict(zip(names, row, strict=True)) for sub, row in figures.items()),
    )


@case
def usage_of_44_days_tells_nothing(book: Book) -> None:
    book.stands(end=in_days(10))
    book.priced(price="1")
    book.called(44)
    unknown = dict.fromkeys(("needed_licenses", "reducible_licenses", "reclaimable_licenses", "avoidable_12m"))
    book.expects(WORKLIST, {"used_licenses_90d": 0, "value_12m": 1200.0, **unknown})


@case
def usage_tells_once_a_position_is_90_days_old(book: Book) -> None:
    book.stands("young", end=in_days(10), start=ago(89))
    book.stands("settled", end=in_days(10), start=ago(90))
    book.stands("trial", end=in_days(10), trial=True)
    book.called(45)
    book.expects(
        WORKLIST,
        {"subscription_id": "young", "needed_licenses": None, "reclaimable_licenses": None},
        {"subscription_id": "settled", "needed_licenses": 0, "reclaimable_licenses": 50},
        {"subscription_id": "trial", "needed_licenses": None, "reducible_licenses": None},
    )


@case
def what_could_be_saved(book: Book) -> None:
    book.stands("priced", end=in_days(10), total=30)
    book.used("priced", users=9)
    book.stands("unpriced", end=in_days(10), total=30)
    book.stands("empty", end=in_days(10), total=0, assigned=0)
    for subscription, price in (("priced", "0.7"), ("unpriced", None), ("empty", "5")):
        book.priced(subscription, price=price, ordered=12)
    book.called()
    # needed (990 + 99) / 100 = 10, so 20 of 30; 30 x 0.7 x 12 = 252; 252 x 20 / 30 = 168
    book.expects(
        WORKLIST,
        {"subscription_id": "priced", "value_12m": 252.0, "avoidable_12m": 168.0, "renewal_quantity": 12},
        {"subscription_id": "unpriced", "reducible_licenses": 30, "value_12m": None, "avoidable_12m": None},
        {"subscription_id": "empty", "reducible_licenses": 0, "value_12m": 0.0, "avoidable_12m": None},
    )


@case
def worklist_sums_by_currency(book: Book) -> None:
    # days until the decision, with 30 days of notice: -1, 0, 30, 31
    for subscription, days, customer in (("e1", 29, "c"), ("e2", 30, "c"), ("e3", 60, "d"), ("e4", 61, "c")):
        book.stands(subscription, end=in_days(days), customer=customer, total=10)
    book.stands("trial", trial=True, end=DAY, total=10)
    book.stands("late trial", trial=True, end=in_days(10), total=10, product="calling")
    book.stands("bare", end=in_days(10), total=7)
    book.stands("dollars", end=in_days(10), total=5)
    book.used("e1", users=5)
    book.called()
    book.priced("e1", price="1")
    book.priced("e2", price="0.000001")
    book.priced("e3")
    book.priced("e4", price="2")
    book.priced("trial", price="1")
    book.priced("late trial", product="calling", notice=11)
    book.priced("dollars", currency="USD")
    # e1: 120, needs (550 + 99) / 100 = 6, saves 120 x 4 / 10 = 48; e2: 0.00012, saves all; e4: 240, saves all;
    # trial: 120, and usage can't tell
    euros = {"value_12m": 480.00012, "avoidable_12m": 288.00012, "unpriced_subscriptions": 1}
    due = {"overdue_decisions": 1, "decisions_in_30_days": 2}
    unknown = {"value_12m": None, "avoidable_12m": None, "unpriced_subscriptions": 1}
    book.expects(
        "renewal_worklist_kpis",
        {"currency": "EUR", "customers": 2, "subscriptions": 5, "total_licenses": 50, **euros, **due},
        {
            "currency": "none",
            "customers": 1,
            "subscriptions": 1,
            "total_licenses": 7,
            "overdue_decisions": 1,
            **unknown,
        },
        {"currency": "USD", "customers": 1, "subscriptions": 1, "total_licenses": 5, "overdue_decisions": 1, **unknown},
        {"product": "calling", "currency": "EUR", "overdue_decisions": 0, "decisions_in_30_days": 0, **unknown},
    )
