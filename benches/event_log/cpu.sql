\set i :i + 1
\if :i = 200 or :i = :calls
SELECT pg_sleep(0.0001);
INSERT INTO public.cpu SELECT :run, split_part(pg_read_file('/proc/self/schedstat', 0, 100), ' ', 1)::bigint;
\endif
