{#
    Subscriptions of a requested day's snapshot that were used, in the longer window of usage up to it, by holders of another
    customer: an id that another customer took over brings the earlier one's users with it.
#}
{% test keep_their_customer(model, used_in) %}
with subscriptions as (
    select distinct
        snapshot_date as partition_date,
        partner_id,
        subscription_id,
        customer_id
    from {{ model }}
    where {{ in_window("snapshot_date") }}
),

{# Far fewer than the holders of a day, whom no join has to see. #}
days_used as (
    select distinct
        activity_date,
        partner_id,
        subscription_id,
        customer_id
    from {{ used_in }}
),

users as (
    select distinct
        partner_id,
        subscription_id,
        customer_id
    from days_used
),

suspects as (
    select
        subscriptions.partition_date,
        subscriptions.partner_id,
        subscriptions.subscription_id,
        subscriptions.customer_id,
        users.customer_id as used_by_customer_id
    from subscriptions
    inner join users
        on
            subscriptions.partner_id = users.partner_id
            and subscriptions.subscription_id = users.subscription_id
    where subscriptions.customer_id <> users.customer_id
)

select distinct
    suspects.partition_date,
    suspects.partner_id,
    suspects.subscription_id,
    suspects.customer_id,
    suspects.used_by_customer_id
from suspects
inner join days_used
    on
        suspects.partner_id = days_used.partner_id
        and suspects.subscription_id = days_used.subscription_id
        and suspects.used_by_customer_id = days_used.customer_id
where
    days_used.activity_date <= suspects.partition_date
    and days_used.activity_date >= {{ date_add_days("suspects.partition_date", 1 - long_used_window_days()) }}
{% endtest %}
