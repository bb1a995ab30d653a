select
    cast(snapshot_date as date) as snapshot_date,
    partner_id,
    customer_id,
    customer_name,
    country_code,
    cast(created_on as date) as created_on
from {{ source("raw", "customers") }}
