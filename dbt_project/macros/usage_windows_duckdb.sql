{# One plan for few as-of dates, one for many: a 64-bit word holds the two windows of 32 dates. #}
{% macro duckdb__usage_windows(usage, as_of_dates) -%}
    {%- if (as_of_days_in_window() | length) <= 32 -%}
        {{ usage_windows_few_days(usage, as_of_dates) }}
    {%- else -%}
        {{ usage_windows_many_days(usage, as_of_dates) }}
    {%- endif -%}
{%- endmacro %}


{#
    One hash aggregate instead of sorting all usage: each activity date knows, as bits, the as-of dates on which it
    counts, and a holder's bits are the OR of its dates'. Positions get a number before the counts, and the counts are
    no count_if: so many aggregates by three texts, or with its wider states, spilled at 2 GB. The number of bits
    follows from the requested window, which as_of_dates holds with the week before it; more dates would be left out.
#}
{% macro usage_windows_many_days(usage, as_of_dates) -%}
    {%- set windows = {"used_licenses": used_window_days(), "used_licenses_90d": long_used_window_days()} -%}
    {%- set day_numbers = range(as_of_days_in_window() | length) -%}
    {%- set words = range(((day_numbers | length) + 63) // 64) -%}
    with numbered_days as (
        select
            as_of_date,
            row_number() over (order by as_of_date) - 1 as day_number
        from {{ as_of_dates }}
    ),

    activity_dates as (
        select
            as_of_date - cast(days_ago as integer) as activity_date,
            days_ago,
            day_number // 64 as word,
            cast(1 as ubigint) << cast(day_number % 64 as ubigint) as day_bit
        from numbered_days
        cross join range({{ windows.values() | max }}) as look_back (days_ago)
    ),

    date_bits as (
        select
            activity_date
            {%- for name, days in windows.items() %}{% for word in words %},
            bit_or(case when word = {{ word }} and days_ago < {{ days }} then day_bit else 0 end) as {{ name }}_{{ word }}
            {%- endfor %}{% endfor %}
        from activity_dates
        group by activity_date
    ),

    holders as materialized (
        select
            activity.partner_id,
            activity.subscription_id,
            activity.product,
            {%- for name in windows %}{% for word in words %}
            bit_or(date_bits.{{ name }}_{{ word }}) as {{ name }}_{{ word }},
            {%- endfor %}{% endfor %}
            activity.user_id
        from {{ usage }} as activity
        inner join date_bits on activity.activity_date = date_bits.activity_date
        group by activity.partner_id, activity.subscription_id, activity.product, activity.user_id
    ),

    positions as materialized (
        select
            partner_id,
            subscription_id,
            product,
            row_number() over () as position_number
        from holders
        group by partner_id, subscription_id, product
    ),

    day_counts as (
        select
            positions.position_number,
            {%- for name in windows %}
            unnest([
                {%- for day in day_numbers %}
                count(case when {{ name }}_{{ day // 64 }} & {{ 2 ** (day % 64) }} <> 0 then 1 end){{ "," if not loop.last }}
                {%- endfor %}
            ]) as {{ name }},
            {%- endfor %}
            unnest(range({{ day_numbers | length }})) as day_number
        from holders
        inner join positions
            on
                holders.partner_id = positions.partner_id
                and holders.subscription_id = positions.subscription_id
                and holders.product = positions.product
        group by positions.position_number
    )

    select
        numbered_days.as_of_date,
        positions.partner_id,
        positions.subscription_id,
        positions.product
        {%- for name in windows %},
        cast(day_counts.{{ name }} as bigint) as {{ name }}
        {%- endfor %}
    from day_counts
    inner join numbered_days on day_counts.day_number = numbered_days.day_number
    inner join positions on day_counts.position_number = positions.position_number
    where day_counts.used_licenses_90d > 0
{%- endmacro %}
