{#
    What the rows of a requested day refer to and the same day's snapshot of another dataset lacks, per partner.
    A partner without any row in that snapshot is not asked: its snapshot is lost and bridged, not incomplete.
#}
{% test refers_to(model, day, to, column) %}
with referring as (
    select distinct
        {{ day }} as partition_date,
        partner_id,
        {{ column }}
    from {{ model }}
    where {{ in_window(day) }}
),

known as (
    select distinct
        snapshot_date as partition_date,
        partner_id,
        {{ column }}
    from {{ to }}
    where {{ in_window("snapshot_date") }}
),

delivered as (
    select distinct
        partition_date,
        partner_id
    from known
)

select
    referring.partition_date,
    referring.partner_id,
    referring.{{ column }}
from referring
inner join delivered
    on
        referring.partition_date = delivered.partition_date
        and referring.partner_id = delivered.partner_id
left join known
    on
        referring.partition_date = known.partition_date
        and referring.partner_id = known.partner_id
        and referring.{{ column }} = known.{{ column }}
where known.{{ column }} is null
{% endtest %}
