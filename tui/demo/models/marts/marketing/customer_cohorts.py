"""Counts, for each month of first orders, the customers who bought in the months after it.

A Python model: dbt runs `model` and stores what it returns as a table. It works with DuckDB's
own relations, so it needs no other library. Where dbt or the database runs no Python models,
dbt_project.yml leaves it out.
"""


def model(dbt, session):
    dbt.config(materialized="table")

    sales = dbt.ref("orders").filter("is_sale").join(dbt.ref("customers"), "customer_id")
    return sales.query(
        "sales",
        """
        with months as (
            select
                customer_id,
                date_trunc('month', first_order_date)::date as cohort_month,
                datediff('month', first_order_date, order_date) as months_later
            from sales
        )

        select
            cohort_month,
            months_later,
            count(distinct customer_id) as customer_count
        from months
        group by cohort_month, months_later
        order by cohort_month, months_later
        """,
    )
