select
    cast(snapshot_date as date) as snapshot_date,
    partner_id,
    customer_id,
    subscription_id,
    cast(is_trial as boolean) as is_trial,
    status,
    cast(start_date as date) as start_date,
    cast(end_date as date) as end_date,
    cast(auto_renew as boolean) as auto_renew
from {{ source("raw", "subscriptions") }}
