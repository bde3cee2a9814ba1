{{ config(group='till', access='private') }}
select * from {{ ref('item_totals') }}
