{#
    The windows of a few as-of dates, two bits each, fit one 64-bit word: an activity's bits follow from comparing its
    date with literals, so that neither a join by date nor a numbering of positions is needed. A seventh less time
    than the plan for many dates, and never more than the newest date of each holder takes for one date.
#}
{% macro usage_windows_few_days(usage, as_of_dates) -%}
    {%- set windows = {"used_licenses": used_window_days(), "used_licenses_90d": long_used_window_days()} -%}
    {%- set days = as_of_days_in_window() -%}
    {%- set boundaries = usage_window_boundaries(days, windows.values()) -%}
    with holders as (
        select
            activity.partner_id,
            activity.subscription_id,
            activity.product,
            activity.user_id,
            bit_or(cast(case
                {%- for boundary in boundaries[1:] %}
                when activity.activity_date > date '{{ boundary }}' then {{ bits_of_usage(boundary, days, windows.values()) }}
                {%- endfor %}
            end as ubigint)) as day_bits
        from {{ usage }} as activity
        where
            activity.activity_date > date '{{ boundaries | last }}'
            and activity.activity_date <= date '{{ boundaries | first }}'
        group by activity.partner_id, activity.subscription_id, activity.product, activity.user_id
    ),

    day_counts as (
        select
            partner_id,
            subscription_id,
            product,
            unnest([
                {%- for day in days %}
                date '{{ day }}'{{ "," if not loop.last }}
                {%- endfor %}
            ]) as as_of_date
            {%- for name in windows %}
            {%- set first_bit = loop.index0 * (days | length) %},
            unnest([
                {%- for day in days %}
                count(case when day_bits & {{ 2 ** (first_bit + loop.index0) }} <> 0 then 1 end){{ "," if not loop.last }}
                {%- endfor %}
            ]) as {{ name }}
            {%- endfor %}
        from holders
        group by partner_id, subscription_id, product
    )

    select
        as_of_dates.as_of_date,
        day_counts.partner_id,
        day_counts.subscription_id,
        day_counts.product,
        day_counts.used_licenses,
        day_counts.used_licenses_90d
    from day_counts
    inner join {{ as_of_dates }} as as_of_dates on day_counts.as_of_date = as_of_dates.as_of_date
    where day_counts.used_licenses_90d > 0
{%- endmacro %}


{# The dates after which an activity counts for other as-of dates than on them, newest first. #}
{% macro usage_window_boundaries(days, lengths) %}
    {% set boundaries = [] %}
    {% for day in days %}
        {% for length in [0] + (lengths | list) %}
            {% do boundaries.append(day - modules.datetime.timedelta(days=length)) %}
        {% endfor %}
    {% endfor %}
    {{ return(boundaries | unique | sort(reverse=true) | list) }}
{% endmacro %}


{# The bits of an activity on the day after a boundary: one for each window that it lies in, as an integer. #}
{% macro bits_of_usage(boundary, days, lengths) %}
    {% set activity_date = boundary + modules.datetime.timedelta(days=1) %}
    {% set found = namespace(bits=0, bit=1) %}
    {% for length in lengths %}
        {% for day in days %}
            {% if 0 <= (day - activity_date).days < length %}
                {% set found.bits = found.bits + found.bit %}
            {% endif %}
            {% set found.bit = found.bit * 2 %}
        {% endfor %}
    {% endfor %}
    {{ return(found.bits) }}
{% endmacro %}
