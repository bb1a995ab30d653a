with look_backs as (
    select * from {{ ref("int_look_backs") }}
),

partners as (
    select
        as_of_date,
        partner_id
    from {{ ref("int_partner_snapshots") }}
)

select
    look_backs.as_of_date,
    partners.partner_id,
    look_backs.days_before,
    look_backs.day
from look_backs
inner join partners on look_backs.as_of_date = partners.as_of_date
inner join partners as partners_of_day
    on
        look_backs.day = partners_of_day.as_of_date
        and partners.partner_id = partners_of_day.partner_id
