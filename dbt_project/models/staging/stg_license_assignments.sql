select
    cast(snapshot_date as date) as snapshot_date,
    partner_id,
    customer_id,
    subscription_id,
    product,
    license_code,
    license_name,
    cast(total_licenses as bigint) as total_licenses,
    cast(assigned_licenses as bigint) as assigned_licenses
from {{ source("raw", "license_assignments") }}
