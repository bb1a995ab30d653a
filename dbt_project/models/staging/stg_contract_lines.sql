select
    cast(snapshot_date as date) as snapshot_date,
    partner_id,
    customer_id,
    subscription_id,
    product,
    license_code,
    currency,
    cast(unit_price_month as decimal(18, 6)) as unit_price_month,
    cast(unit_cost_month as decimal(18, 6)) as unit_cost_month,
    cast(notice_days as bigint) as notice_days,
    buying_model,
    cast(growth_allowance as decimal(18, 6)) as growth_allowance,
    cast(renewal_quantity as bigint) as renewal_quantity
from {{ source("raw", "contract_lines") }}
