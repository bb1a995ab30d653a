"""What the dashboard is of: its products, and which marts have a row for each partner or product.

dbt has the products again, in macros/portfolio.sql, and the grains in its YAML: a test compares.
"""

PRODUCTS = ("meetings", "calling")
"""The products that the marts are about."""
KEY_MART = "portfolio_kpis"
"""The mart with one row per as-of date and partner that has all three snapshots, and so of each published date."""
TREND_MART = "license_distribution_trend"
"""How the licences are distributed, over all sections."""
PRODUCT_KPIS = (
    TREND_MART,
    "recently_added_kpis",
    "expiring_kpis",
    "renewing_kpis",
    "low_assignment_kpis",
    "overage_kpis",
)
"""The marts with one row for each of the products beside that, also where nothing qualifies."""
LATEST_BY_KEY = {"dim_customers": "customer_key", "dim_subscriptions": "subscription_key"}
"""Dimensions, and the key of which `marts_latest` holds the newest row."""
