"""Sorts the customers into segments by how often, how lately and how much they buy.

A Python model: dbt runs `model` and stores what it returns as a table. It works with DuckDB's
own relations, so it needs no other library.
"""

# The first condition that holds names the segment. Money in the shop's currency.
SEGMENTS = {
    "not yet": "order_count = 0",
    "regular": "order_count >= 6 and days_since_order <= 60",
    "slipping away": "order_count >= 6",
    "big spender": "lifetime_value >= 60",
    "new": "days_since_join <= 90",
    "occasional": "true",
}


def model(dbt, session):
    dbt.config(materialized="table")

    cases = " ".join(
        f"when {condition} then '{segment}'" for segment, condition in SEGMENTS.items()
    )
    return dbt.ref("customers").query(
        "customers",
        f"""
        with today as (
            select max(latest_order_date) as day from customers
        ),

        ages as (
            select
                customers.*,
                today.day - customers.latest_order_date as days_since_order,
                today.day - customers.joined_on as days_since_join
            from customers
            cross join today
        )

        select
            customer_id,
            case {cases} end as segment,
            order_count,
            days_since_order,
            lifetime_value
        from ages
        """,
    )
