{#
    Partners and products whose licences differ from those of seven days before by something else than the mart's changes.
    Only days that are stored as their inputs are now can be compared: those of the window, and PORTFOLIO_STORED_DAYS.
#}
{% test explains_the_week(model) %}
with totals as (
    select
        as_of_date,
        partner_id,
        product,
        total_licenses
    from {{ ref("license_distribution_trend") }}
    where {{ is_comparable("as_of_date") }}
),

changes as (
    select
        as_of_date,
        partner_id,
        product,
        sum(license_change) as license_change
    from {{ model }}
    group by as_of_date, partner_id, product
),

compared as (
    select
        totals.as_of_date,
        totals.partner_id,
        totals.product,
        totals.total_licenses - week_before.total_licenses as difference,
        coalesce(changes.license_change, 0) as license_change
    from totals
    inner join totals as week_before
        on
            week_before.as_of_date = {{ date_add_days("totals.as_of_date", -weekly_change_days()) }}
            and totals.partner_id = week_before.partner_id
            and totals.product = week_before.product
    left join changes
        on
            totals.as_of_date = changes.as_of_date
            and totals.partner_id = changes.partner_id
            and totals.product = changes.product
    where {{ in_window("totals.as_of_date") }}
)

select *
from compared
where difference <> license_change
{% endtest %}
