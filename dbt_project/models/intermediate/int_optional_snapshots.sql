{% set max_age = setting("PORTFOLIO_MAX_SNAPSHOT_AGE_DAYS") -%}
{% set datasets = ["contract_lines", "accounts"] -%}
with partners as (
    select
        as_of_date,
        partner_id
    from {{ ref("int_partner_snapshots") }}
    where is_requested
),

partitions as (
    {% for dataset in datasets -%}
    select distinct
        '{{ dataset }}' as dataset,
        partner_id,
        snapshot_date
    from {{ ref("stg_" ~ dataset) }}
    {% if not loop.last %}
    union all

    {% endif -%}
    {% endfor %}
)

select
    partners.as_of_date,
    partners.partner_id,
    {% for dataset in datasets -%}
    max(case when partitions.dataset = '{{ dataset }}' then partitions.snapshot_date end) as {{ dataset }}_date
    {%- if not loop.last %},{% endif %}
    {% endfor %}
from partners
inner join partitions
    on
        partners.partner_id = partitions.partner_id
        and partners.as_of_date >= partitions.snapshot_date
        and partners.as_of_date <= {{ date_add_days("partitions.snapshot_date", max_age) }}
group by partners.as_of_date, partners.partner_id
