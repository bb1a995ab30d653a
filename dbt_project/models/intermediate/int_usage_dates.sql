select distinct
    partner_id,
    product,
    activity_date
from {{ ref("stg_license_usage") }}
