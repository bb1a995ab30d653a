"""One line a customer."""

from .book import OTHERS, Book, ago, case

OVERVIEW = "customer_overview"
EMPTY = {
    "products": "",
    "subscriptions": 0,
    "trials": 0,
    "total_licenses": 0,
    "assigned_licenses": 0,
    "used_licenses": 0,
    "available_licenses": 0,
    "overage_licenses": 0,
    "assignment_ratio": None,
    "usage_ratio": None,
    "weekly_assignment_change": None,
    "weekly_usage_change": None,
    "next_end_date": None,
    "days_until_next_end": None,
    "expiring_subscriptions": 0,
    "renewing_subscriptions": 0,
    "low_assignment_subscriptions": 0,
    "over_limit_subscriptions": 0,
    "currency": None,
    "value_12m": None,
    "unpriced_subscriptions": 0,
}


@case
def a_customer_of_both_products(book: Book) -> None:
    book.stands("both", total=40, assigned=50, end=ago(-30), name="Acme")
    book.stands("both", product="calling", total=10, assigned=4, end=ago(-30))
    book.stands("both", on=[7], total=40, assigned=47, end=ago(-30))
    book.stands("trial", trial=True, total=50, assigned=30, end=ago(-100))
    book.stands("renews", auto_renew=True, end=ago(-90), total=0, assigned=0)
    book.used("both", users=3, days=2)
    book.used("both", users=2, days=9)
    book.used("trial", users=5, days=0)
    book.priced("both", price="2")
    book.priced("both", product="calling")
    book.priced("trial", price="1")
    book.looked_after(owner="Kim", segment="SMB", sub_partner_id="R-1")
    # 40 + 10 + 50 + 0, 50 + 4 + 30; used 3 + 0 + 5; available 0 + 6 + 20, over 10; 84 / 100, 8 / 100
    # the one known change: 50 - 47, and 3 - 2 users; 40 x 2 x 12 + 50 x 1 x 12 = 960 + 600
    # Unpriced: "both", by calling, and "renews", which has no contract line.
    # meetings 0.6 and 1.25: 25th percentile 0.7625, median 0.925, so the trial is low
    counts = {"total_licenses": 100, "assigned_licenses": 84, "used_licenses": 8, "available_licenses": 26}
    changes = {"weekly_assignment_change": 3, "weekly_usage_change": 1, "overage_licenses": 10}
    ends = {
        "next_end_date": ago(-30),
        "days_until_next_end": 30,
        "expiring_subscriptions": 1,
        "renewing_subscriptions": 1,
    }
    named = {"customer_name": "Acme", "owner": "Kim", "segment": "SMB", "sub_partner_id": "R-1"}
    whole = {"products": "calling, meetings", "subscriptions": 3, "trials": 1, "over_limit_subscriptions": 1}
    value = {"currency": "EUR", "value_12m": 1560.0, "unpriced_subscriptions": 2}
    ratios = {"assignment_ratio": 0.84, "usage_ratio": 0.08, "low_assignment_subscriptions": 1}
    book.expects(OVERVIEW, {"customer_id": "c", **named, **whole, **counts, **changes, **ends, **value, **ratios})


@case
def customers_without_positions_and_out_of_the_snapshot(book: Book) -> None:
    book.stands("ended", customer="former", status="expired", name="Former")
    book.stands("messages", customer="chats", product="messaging")
    book.stands("orphan", customer="unknown", product="calling", total=0, assigned=1)
    del book.rows["customers", 0]["unknown",]
    book.looked_after("unknown", owner="Lou")
    book.looked_after("former", segment="SMB")
    # one assigned of none: over the limit, and no ratio
    orphan = {"products": "calling", "subscriptions": 1, "assigned_licenses": 1, "overage_licenses": 1}
    orphan |= {"over_limit_subscriptions": 1, "unpriced_subscriptions": 1}
    book.expects(
        OVERVIEW,
        {"customer_id": "former", "customer_name": "Former", "segment": "SMB", **EMPTY},
        {"customer_id": "chats", "owner": None, **EMPTY},
        {"customer_id": "unknown", "customer_name": "unknown", "country_code": None, "owner": "Lou", **EMPTY, **orphan},
    )


@case
def currencies_of_a_customer(book: Book) -> None:
    for customer in ("one", "two", "none"):
        book.stands(f"{customer} a", customer=customer, total=1)
        book.stands(f"{customer} b", customer=customer, total=1)
    book.priced("one a", price="1")
    book.priced("one b", currency="USD")
    book.priced("two a", price="1")
    book.priced("two b", currency="USD", price="1")
    # a currency without a known value is none of "one"'s
    book.expects(
        OVERVIEW,
        {"customer_id": "one", "currency": "EUR", "value_12m": 12.0, "unpriced_subscriptions": 1},
        {"customer_id": "two", "currency": None, "value_12m": None, "unpriced_subscriptions": 0},
        {"customer_id": "none", "currency": None, "value_12m": None, "unpriced_subscriptions": 2},
    )


@case
def more_licences_than_a_column_holds(book: Book) -> None:
    for product in ("meetings", "calling"):
        book.stands(product=product, total=5 * 10**18, assigned=4 * 10**18)
    # 10^19 and 8 x 10^18, of which 2^63 - 1, about 9.22 x 10^18, holds the second; 10^18 twice are available
    counts = {"total_licenses": None, "assigned_licenses": 8 * 10**18, "available_licenses": 2 * 10**18}
    book.expects(OVERVIEW, {"customer_id": "c", "assignment_ratio": 0.8, "usage_ratio": 0.0, **counts})
    assert OTHERS not in {row["customer_id"] for row in book.expected[OVERVIEW]}
