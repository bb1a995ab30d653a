select
    cast(snapshot_date as date) as snapshot_date,
    partner_id,
    customer_id,
    owner,
    segment,
    sub_partner_id
from {{ source("raw", "accounts") }}
