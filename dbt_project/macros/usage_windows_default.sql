{#
    A holder active on day t counts on t .. t + W - 1. Days closer than W join into one spell, so that a holder is
    +1 where a spell begins and -1 W days after its last activity; a running sum gives everyone at once.
#}
{% macro default__usage_windows(usage, as_of_dates) -%}
    {%- set short, long = used_window_days(), long_used_window_days() -%}
    with activity as (
        select
            partner_id,
            subscription_id,
            product,
            activity_date,
            lag(activity_date) over (
                partition by partner_id, subscription_id, product, user_id order by activity_date nulls last
            ) as previous_date,
            lead(activity_date) over (
                partition by partner_id, subscription_id, product, user_id order by activity_date nulls last
            ) as next_date
        from {{ usage }}
    ),

    spell_edges as (
        select
            partner_id,
            subscription_id,
            product,
            activity_date as change_date,
            1 as change_short,
            case
                when previous_date is null or {{ days_between("previous_date", "activity_date") }} > {{ long }} then 1 else 0
            end as change_long
        from activity
        where previous_date is null or {{ days_between("previous_date", "activity_date") }} > {{ short }}

        {% for days in [short, long] -%}
        union all

        select
            partner_id,
            subscription_id,
            product,
            {{ date_add_days("activity_date", days) }} as change_date,
            {{ -1 if days == short else 0 }} as change_short,
            {{ -1 if days == long else 0 }} as change_long
        from activity
        where next_date is null or {{ days_between("activity_date", "next_date") }} > {{ days }}

        {% endfor -%}
    ),

    changes as (
        select
            partner_id,
            subscription_id,
            product,
            change_date,
            sum(change_short) as change_short,
            sum(change_long) as change_long
        from spell_edges
        group by partner_id, subscription_id, product, change_date
    ),

    holders as (
        select
            partner_id,
            subscription_id,
            product,
            change_date as first_date,
            lead(change_date) over (
                partition by partner_id, subscription_id, product order by change_date nulls last
            ) as next_change_date,
            cast(sum(change_short) over (
                partition by partner_id, subscription_id, product order by change_date nulls last
            ) as bigint) as used_licenses,
            cast(sum(change_long) over (
                partition by partner_id, subscription_id, product order by change_date nulls last
            ) as bigint) as used_licenses_90d
        from changes
    )

    select
        as_of_dates.as_of_date,
        holders.partner_id,
        holders.subscription_id,
        holders.product,
        holders.used_licenses,
        holders.used_licenses_90d
    from {{ as_of_dates }} as as_of_dates
    inner join holders
        on
            as_of_dates.as_of_date >= holders.first_date
            and as_of_dates.as_of_date < holders.next_change_date
    where holders.used_licenses_90d > 0
{%- endmacro %}
