select date '{{ var('first_day') }}' as day
