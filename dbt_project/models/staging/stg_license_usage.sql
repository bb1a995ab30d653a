select
    cast(activity_date as date) as activity_date,
    partner_id,
    customer_id,
    subscription_id,
    product,
    cast(user_id as bigint) as user_id,
    cast(activity_count as bigint) as activity_count
from {{ source("raw", "license_usage") }}
