select * from generate_series(date '2025-01-01', date '2025-01-05', interval 1 day) as t(day)
