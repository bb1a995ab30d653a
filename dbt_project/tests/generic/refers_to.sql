{#
    What the rows of a requested day refer to, by partner and these columns, and the same day's snapshot of another dataset
    lacks. A partner without any row in that snapshot is not asked: its snapshot is lost and bridged, not incomplete.
#}
{% test refers_to(model, day, to, columns) %}
with referring as (
    select distinct
        {{ day }} as partition_date,
        partner_id,
        {{ columns | join(",\n        ") }}
    from {{ model }}
    where {{ in_window(day) }}
),

known as (
    select distinct
        snapshot_date as partition_date,
        partner_id,
        {{ columns | join(",\n        ") }}
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
    referring.partner_id{% for column in columns %},
    referring.{{ column }}{% endfor %}
from referring
inner join delivered
    on
        referring.partition_date = delivered.partition_date
        and referring.partner_id = delivered.partner_id
left join known
    on
        referring.partition_date = known.partition_date
        and referring.partner_id = known.partner_id
        {%- for column in columns %}
        and referring.{{ column }} = known.{{ column }}
        {%- endfor %}
where known.{{ columns[0] }} is null
{% endtest %}
