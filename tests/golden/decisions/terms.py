"""What a position costs, and whose it is: the columns that contract lines and accounts add to license_positions."""

from .book import Book, case

POSITIONS = "license_positions"
NOTHING = {"currency": None, "value_12m": None, "cost_12m": None, "buying_model": None, "renewal_quantity": None}


@case
def each_line_has_its_price(book: Book) -> None:
    book.stands(total=100)
    book.stands(total=10, code="STD")
    book.priced(price="12.50", cost="10", notice=20, ordered=90)
    book.priced(code="STD", price="4", cost="0.000001", notice=60, ordered=5)
    # (100 x 12.50 + 10 x 4) x 12 = 1290 x 12; (100 x 10 + 10 x 0.000001) x 12 = 12000.00012; 90 + 5
    figures = {"value_12m": 15480.0, "cost_12m": 12000.00012, "notice_days": 60, "renewal_quantity": 95}
    book.expects(POSITIONS, {"currency": "EUR", **figures})


@case
def a_line_with_licences_has_no_price(book: Book) -> None:
    book.stands(total=100)
    book.stands(total=1, code="STD")
    book.priced(price="1", cost="1", ordered=90)
    book.priced(code="STD", cost="2")
    # one licence without a price: no value; (100 x 1 + 1 x 2) x 12 = 1224; one without an order: no order
    book.expects(POSITIONS, {"currency": "EUR", "value_12m": None, "cost_12m": 1224.0, "renewal_quantity": None})


@case
def a_line_without_licences_needs_no_terms(book: Book) -> None:
    book.stands(total=100)
    book.stands(total=0, assigned=0, code="STD")
    book.priced(price="1", ordered=90)
    book.expects(POSITIONS, {"currency": "EUR", "value_12m": 1200.0, "cost_12m": None, "renewal_quantity": 90})


@case
def no_licence_at_all_is_worth_nothing(book: Book) -> None:
    book.stands(total=0, assigned=0)
    book.priced(notice=0)
    figures = {"value_12m": 0.0, "cost_12m": 0.0, "notice_days": 0, "renewal_quantity": None}
    book.expects(POSITIONS, {"currency": "EUR", **figures})


@case
def currencies_are_never_added(book: Book) -> None:
    book.stands(total=100)
    book.stands(total=10, code="STD")
    book.priced(price="1", cost="1", notice=30, ordered=1)
    book.priced(code="STD", currency="USD", price="1", cost="1", notice=10, ordered=2)
    book.expects(POSITIONS, NOTHING | {"notice_days": 30, "renewal_quantity": 3})


@case
def nothing_is_known(book: Book) -> None:
    book.stands("paid")
    book.stands("trial", trial=True)
    book.stands("noticed trial", trial=True)
    book.priced("noticed trial", notice=15)
    unknown = {"usage_days_loaded_90d": 0, "growth_allowance": None, "owner": None, "segment": None}
    book.expects(
        POSITIONS,
        {"subscription_id": "paid", "notice_days": 30, "sub_partner_id": None, **NOTHING, **unknown},
        {"subscription_id": "trial", "notice_days": 0, **NOTHING, **unknown},
        {"subscription_id": "noticed trial", "notice_days": 15, "currency": "EUR", "value_12m": None},
    )


@case
def one_line_matches_by_product_and_code(book: Book) -> None:
    book.stands(total=1)
    book.stands(total=1, product="calling")
    book.priced(price="1")
    book.priced(product="calling", code="other", price="1")
    book.expects(
        POSITIONS, {"currency": "EUR", "value_12m": 12.0}, {"product": "calling", "notice_days": 30, **NOTHING}
    )


@case
def buying_models(book: Book) -> None:
    models = {
        "one": ("wholesale", "wholesale"),
        "one and none": ("named_user", None),
        "two": ("named_user", "active_user"),
        "none": (None, None),
    }
    for subscription, pair in models.items():
        for code, model in zip(("EE", "STD"), pair, strict=True):
            book.stands(subscription, code=code)
            book.priced(subscription, code=code, model=model, allowance="0.5")
    expected = {"one": "wholesale", "one and none": "named_user", "two": None, "none": None}
    book.expects(
        POSITIONS,
        *({"subscription_id": name, "buying_model": it, "growth_allowance": None} for name, it in expected.items()),
    )


@case
def growth_allowances_of_agreements(book: Book) -> None:
    allowances = {"smallest": ("0.5", "0.15"), "one": (None, "0.000001"), "default": (None, None), "zero": ("0", "1")}
    for subscription, pair in allowances.items():
        for code, allowance in zip(("EE", "STD"), pair, strict=True):
            book.stands(subscription, code=code)
            book.priced(subscription, code=code, model="enterprise_agreement", allowance=allowance)
    expected = {"smallest": 0.15, "one": 0.000001, "default": 0.2, "zero": 0.0}
    book.expects(POSITIONS, *({"subscription_id": name, "growth_allowance": it} for name, it in expected.items()))


@case
def terms_are_bridged_for_three_days(book: Book) -> None:
    book.stands(total=1)
    book.priced(days=3, price="1")
    book.looked_after(days=3, owner="Kim")
    book.expects(POSITIONS, {"currency": "EUR", "value_12m": 12.0, "owner": "Kim"})


@case
def terms_of_four_days_ago_are_not_seen(book: Book) -> None:
    book.stands()
    book.priced(days=4, price="1")
    book.looked_after(days=4, owner="Kim")
    book.expects(POSITIONS, {**NOTHING, "notice_days": 30, "owner": None})


@case
def the_latest_terms_are_taken_whole(book: Book) -> None:
    book.stands()
    book.priced(days=1, price="1")
    book.priced("another", days=0, price="1")
    book.looked_after(days=1, owner="Kim")
    book.looked_after("d", days=0, owner="Lou")
    book.expects(POSITIONS, {**NOTHING, "owner": None})


@case
def accounts_belong_to_customers(book: Book) -> None:
    book.stands()
    book.stands("t", customer="d")
    book.looked_after("c", owner="Kim", segment="SMB", sub_partner_id="R-1")
    book.looked_after("d", segment="")
    book.expects(
        POSITIONS,
        {"owner": "Kim", "segment": "SMB", "sub_partner_id": "R-1"},
        {"subscription_id": "t", "owner": None, "segment": "", "sub_partner_id": None},
    )
    book.expects("dim_customers", {"customer_id": "c", "owner": "Kim"}, {"customer_id": "d", "segment": ""})


@case
def days_with_usage_are_those_of_the_product(book: Book) -> None:
    book.stands()
    book.stands(product="calling")
    book.stands("t")
    book.called(44)
    book.used("t", users=2, days=90)
    book.used("t", users=2, days=50)
    book.used("t", users=1, days=45, product="calling")
    # D and D-89 … D-47 are 44 days, D-50 among them; D-90 is outside; calling has D-45 alone
    book.expects(
        POSITIONS,
        {"usage_days_loaded_90d": 44},
        {"subscription_id": "t", "usage_days_loaded_90d": 44, "used_licenses_90d": 2},
        {"product": "calling", "usage_days_loaded_90d": 1},
    )


@case
def absurdly_many_licences_at_an_absurd_price(book: Book) -> None:
    book.stands(total=9 * 10**18, assigned=1)
    book.priced(price="1000000000")
    # 9 x 10^18 x 10^9 x 12 = 1.08 x 10^29, which decimal(38,6) holds
    book.expects(POSITIONS, {"value_12m": 1.08e29, "total_licenses": 9 * 10**18})
