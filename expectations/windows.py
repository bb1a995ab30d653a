"""The lengths of the windows that figures are counted over, in days: each is declared here once.

Look-backs are derived from them. The dbt project names the same lengths in dbt_project/macros/windows.sql; a test
compares the two, and another finds a length that is spelled out anywhere else.
"""

USED_WINDOW_DAYS = 7
"""A licence is used when its holder was active within a week, the day itself included: weekends don't count as none."""
LONG_USED_WINDOW_DAYS = 90
"""The vendor's dashboard says unused of a licence without activity in 90 days; `used_licenses_90d`, and whose usage
stands behind a subscription."""
WEEKLY_CHANGE_DAYS = 7
"""Days between the two as-of dates that a weekly change compares: the same day of the week."""
DAY_AFTER_CHANGE_DAYS = 6
"""The day after the one that a weekly change compares with: what is gone on one day alone is a gap, not an outcome."""
GROWTH_DAYS = 28
"""Four weeks: how a position grows shows beyond the noise of a week, and the same weekdays are compared."""
FORECAST_DAYS = 90
"""A quarter: how far ahead the risk of an overage is told, and so how long ago its cohort is looked at."""
RETENTION_DAYS = 365
"""A year: terms are mostly of one, so that each has come up for renewal once."""
DECISION_DAYS = 90
"""A quarter: a decision that is due later is on no list, unless its subscription ends soon."""
