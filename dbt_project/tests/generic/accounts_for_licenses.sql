{#
    Partners and products of license_positions whose licences are not those that were delivered, less those that are known to
    form no position: of subscriptions out of scope, and of lines without a subscription. What was delivered is summed up
    straight from the raw lines, so that no join can lose a licence on both sides, or count it twice.
#}
{% test accounts_for_licenses(model) %}
with snapshots as (
    select
        as_of_date,
        partner_id,
        subscriptions_date,
        license_assignments_date
    from {{ ref("int_partner_snapshots") }}
    where
        is_requested
        and {{ in_window("as_of_date") }}
),

lines as (
    select * from {{ source("raw", "license_assignments") }}
    where {{ is_dashboard_product("product") }}
),

delivered as (
    select
        snapshots.as_of_date,
        snapshots.partner_id,
        lines.product,
        {{ total("lines.total_licenses") }} as total_licenses,
        {{ total("lines.assigned_licenses") }} as assigned_licenses
    from snapshots
    inner join lines
        on
            snapshots.partner_id = lines.partner_id
            and snapshots.license_assignments_date = lines.snapshot_date
    group by snapshots.as_of_date, snapshots.partner_id, lines.product
),

explained as (
    select
        snapshots.as_of_date,
        snapshots.partner_id,
        lines.product,
        lines.total_licenses,
        lines.assigned_licenses,
        case
            when subscriptions.subscription_id is null then 'no subscription'
            when
                subscriptions.status not in ('active', 'suspended')
                or subscriptions.start_date > snapshots.as_of_date
                or coalesce(subscriptions.end_date < snapshots.as_of_date, false)
                then 'out of scope'
        end as cause
    from snapshots
    inner join lines
        on
            snapshots.partner_id = lines.partner_id
            and snapshots.license_assignments_date = lines.snapshot_date
    left join {{ source("raw", "subscriptions") }} as subscriptions
        on
            snapshots.partner_id = subscriptions.partner_id
            and snapshots.subscriptions_date = subscriptions.snapshot_date
            and lines.subscription_id = subscriptions.subscription_id
),

remainder as (
    select
        as_of_date,
        partner_id,
        product,
        {% for measure in ["total", "assigned"] -%}
        {{ total("case when cause = 'out of scope' then " ~ measure ~ "_licenses end") }} as {{ measure }}_out_of_scope,
        {{ total("case when cause = 'no subscription' then " ~ measure ~ "_licenses end") }} as {{ measure }}_without_subscription
        {{- "," if not loop.last }}
        {% endfor %}
    from explained
    group by as_of_date, partner_id, product
),

positions as (
    select
        as_of_date,
        partner_id,
        product,
        {{ total("total_licenses") }} as total_licenses,
        {{ total("assigned_licenses") }} as assigned_licenses
    from {{ model }}
    group by as_of_date, partner_id, product
)

select
    coalesce(delivered.as_of_date, positions.as_of_date) as as_of_date,
    coalesce(delivered.partner_id, positions.partner_id) as partner_id,
    coalesce(delivered.product, positions.product) as product,
    {% for measure in ["total", "assigned"] -%}
    delivered.{{ measure }}_licenses as {{ measure }}_delivered,
    positions.{{ measure }}_licenses as {{ measure }}_in_positions,
    remainder.{{ measure }}_out_of_scope,
    remainder.{{ measure }}_without_subscription
    {{- "," if not loop.last }}
    {% endfor %}
from delivered
inner join remainder
    on
        delivered.as_of_date = remainder.as_of_date
        and delivered.partner_id = remainder.partner_id
        and delivered.product = remainder.product
full outer join positions
    on
        delivered.as_of_date = positions.as_of_date
        and delivered.partner_id = positions.partner_id
        and delivered.product = positions.product
where
    {% for measure in ["total", "assigned"] -%}
    {{ "or " if not loop.first }}coalesce(delivered.{{ measure }}_licenses, 0)
    <> coalesce(positions.{{ measure }}_licenses, 0)
    + coalesce(remainder.{{ measure }}_out_of_scope, 0)
    + coalesce(remainder.{{ measure }}_without_subscription, 0)
    {% endfor %}
{% endtest %}
