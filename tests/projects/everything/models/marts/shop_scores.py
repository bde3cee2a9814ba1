def model(dbt, session):
    dbt.config(materialized="table")
    return dbt.ref("item_totals").project("shop_id, total as score")
