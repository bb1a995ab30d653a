{# One plan for few as-of dates, one for many: a 64-bit word holds the two windows of 32 dates. #}
{% macro duckdb__usage_windows(usage, as_of_dates) -%}
    {%- if (as_of_days_in_window() | length) <= 32 -%}
        {{ usage_windows_few_days(usage, as_of_dates) }}
    {%- else -%}
        {{ usage_windows_many_days(usage, as_of_dates) }}
    {%- endif -%}
{%- endmacro %}


{#
    One hash aggregate instead of sorting all usage: a holder's active days are bits, 62 days a word, which are widened to
    windows once nobody's days are spread over rows any more. Two days are counted by one sum: 31 bits for the holders of
    each. A quarter less processor time than bits of windows that each activity brings along, and nothing is kept
    between the aggregates, where ten million holders had needed more than 1 GB. The number of words follows from the
    requested window, which as_of_dates holds with the week before it: more than 32 such dates are in a row.
#}
{% macro usage_windows_many_days(usage, as_of_dates) -%}
    {%- set windows = {"used_licenses": used_window_days(), "used_licenses_90d": long_used_window_days()} -%}
    {%- set words = range(((as_of_days_in_window() | length) + 61) // 62) -%}
    {%- set day_numbers = range(62 * (words | length)) -%}
    {%- set longest = windows.values() | max -%}
    {%- set reached = namespace(days=1, source="holders") -%}
    {%- set kept = [] -%}
    with first_days as (
        select min(as_of_date) as first_day from {{ as_of_dates }}
    ),

    activities as (
        select
            activity.partner_id,
            activity.subscription_id,
            activity.product,
            activity.user_id,
            activity.activity_date - first_days.first_day as day_number
        from {{ usage }} as activity
        cross join first_days
    ),

    holders as (
        select
            partner_id,
            subscription_id,
            product,
            user_id,
            {%- for word in words %}
            bit_or(case
                when day_number between {{ 62 * word }} and {{ 62 * word + 61 }}
                    then cast(1 as bigint) << (day_number - {{ 62 * word }})
                else 0
            end) as active_{{ word }},
            {%- endfor %}
            coalesce(min(case when day_number < 0 then -day_number end), {{ longest }}) as days_before
        from activities
        group by partner_id, subscription_id, product, user_id
    ),

    {% for name, length in windows.items() -%}
    {%- for step in widening_steps(reached.days, length) -%}
    {%- set reached.days = reached.days + step -%}
    active_{{ reached.days }} as (
        select
            partner_id,
            subscription_id,
            product,
            days_before,
            {%- for column in kept %}
            {{ column }},
            {%- endfor %}
            {%- for word in words %}
            active_{{ word }} | ((active_{{ word }} & {{ 2 ** (62 - step) - 1 }}) << {{ step }})
            {%- if word %} | (active_{{ word - 1 }} >> {{ 62 - step }}){% endif %} as active_{{ word }}{{ "," if not loop.last }}
            {%- endfor %}
        from {{ reached.source }}
    ),

    {% set reached.source = "active_" ~ reached.days -%}
    {%- endfor -%}
    {{ name }} as (
        select
            *,
            {%- for word in words %}
            active_{{ word }}
            {%- if 62 * word < length - 1 %} | (
                (cast(1 as bigint) << greatest(0, least(62, {{ length - 62 * word }} - days_before))) - 1
            )
            {%- endif %} as {{ name }}_{{ word }}{{ "," if not loop.last }}
            {%- do kept.append(name ~ "_" ~ word) %}
            {%- endfor %}
        from {{ reached.source }}
    ),

    {% set reached.source = name -%}
    {%- endfor -%}
    day_sums as (
        select
            partner_id,
            subscription_id,
            product
            {%- for column in kept %}{% for bit in range(31) %},
            sum(({{ column }} >> {{ bit }}) & {{ 2 ** 31 + 1 }}) as {{ column }}_{{ bit }}
            {%- endfor %}{% endfor %}
        from {{ reached.source }}
        group by partner_id, subscription_id, product
    ),

    day_counts as (
        select
            partner_id,
            subscription_id,
            product,
            {%- for name in windows %}
            unnest([
                {%- for day in day_numbers %}
                {{ name }}_{{ day // 62 }}_{{ day % 31 }} {{ "& 2147483647" if day % 62 < 31 else ">> 31" }}{{ "," if not loop.last }}
                {%- endfor %}
            ]) as {{ name }},
            {%- endfor %}
            unnest(range({{ day_numbers | length }})) as day_number
        from day_sums
    )

    select
        as_of_dates.as_of_date,
        day_counts.partner_id,
        day_counts.subscription_id,
        day_counts.product
        {%- for name in windows %},
        cast(day_counts.{{ name }} as bigint) as {{ name }}
        {%- endfor %}
    from {{ as_of_dates }} as as_of_dates
    cross join first_days
    inner join day_counts on as_of_dates.as_of_date - first_days.first_day = day_counts.day_number
    where day_counts.used_licenses_90d > 0
{%- endmacro %}


{# By how many days to widen, one after the other, bits that say "active in the last `reached` days" until it is `length` days. #}
{% macro widening_steps(reached, length) %}
    {% set steps = [] %}
    {% for _ in range(length) %}
        {% set now = reached + steps | sum %}
        {% if now < length %}
            {% do steps.append([now, length - now] | min) %}
        {% endif %}
    {% endfor %}
    {{ return(steps) }}
{% endmacro %}
