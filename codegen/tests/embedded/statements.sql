SELECT f(p := 1, q := x)
SELECT x ISNULL, y NOTNULL
UPDATE t SET a[1] = 2
UPDATE t SET a.b = 2
UPDATE t SET (a, b) = (1, 2)
UPDATE t SET (a, b) = (SELECT 1, 2)
UPDATE t SET (a, b) = ROW(1, 2)
UPDATE t AS x SET a = 1 FROM b WHERE x.id = b.id RETURNING x.*
DELETE FROM t WHERE CURRENT OF c
SELECT (expr).*
SELECT (f(x)).*, (a).b.c
SELECT a OPERATOR(pg_catalog.+) b
SELECT OPERATOR(pg_catalog.-) b
SELECT a = ANY(b), a @> ALL(c), a LIKE ANY (ARRAY['x'])
SELECT a[1:2], a[:2], a[1:], a[:]
SELECT count(*) FILTER (WHERE a) OVER w FROM t WINDOW w AS (PARTITION BY b)
SELECT string_agg(a, ',' ORDER BY b DESC NULLS LAST)
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a)
SELECT * FROM f(1) WITH ORDINALITY AS x(a, b)
SELECT * FROM json_to_recordset('[]') AS x(a int, b text)
SELECT * FROM ROWS FROM (f(1), g(2)) AS x
SELECT * FROM t FOR UPDATE OF t SKIP LOCKED
SELECT * FROM t FOR NO KEY UPDATE
SELECT * FROM t FOR KEY SHARE NOWAIT
SELECT * FROM t FOR UPDATE OF a FOR SHARE OF b
INSERT INTO t (a, b) VALUES (1, DEFAULT) ON CONFLICT (a) WHERE x DO UPDATE SET b = EXCLUDED.b WHERE t.b IS DISTINCT FROM EXCLUDED.b RETURNING *
INSERT INTO t DEFAULT VALUES RETURNING id
INSERT INTO t (a) OVERRIDING SYSTEM VALUE VALUES (1)
INSERT INTO t (a[1], b.c) VALUES (1, 2)
INSERT INTO t AS x SELECT 1 ON CONFLICT ON CONSTRAINT k DO NOTHING
INSERT INTO t (a) SELECT 1 ON CONFLICT DO NOTHING
INSERT INTO t (a) VALUES (1) ON CONFLICT (lower(a), b COLLATE "C", c text_ops) WHERE d > 1 DO NOTHING
WITH a AS MATERIALIZED (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM a
WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM a) SEARCH DEPTH FIRST BY x SET o CYCLE x SET c USING p SELECT * FROM a
MERGE INTO t USING s ON t.id = s.id WHEN MATCHED AND s.d THEN DELETE WHEN MATCHED THEN UPDATE SET a = s.a WHEN NOT MATCHED THEN INSERT (a) VALUES (s.a)
MERGE INTO t USING s ON true WHEN NOT MATCHED BY SOURCE THEN DELETE WHEN NOT MATCHED THEN DO NOTHING RETURNING merge_action(), t.*
TABLE x
VALUES (1, 2), (3, 4)
SELECT a AT TIME ZONE 'UTC', a AT LOCAL
SELECT interval '1 day', date '2020-01-01', timestamp with time zone 'x', int4 '3', foo.bar 'x'
SELECT interval(3) '1 day', interval '1' day, interval '1-2' year to month
SELECT '1'::numeric(10,2), x::core.customer[], x::double precision, x::timestamp(3) with time zone, x::bit varying(3), x::"char", x::int array, x::int[3]
SELECT CAST(x AS character varying(3)), x::time without time zone, x::interval day to second, x::char(3), x::national character varying(4)
SELECT extract(epoch from now()), position('a' in b), substring(a from 1 for 2), overlay(a placing b from 1), trim(both 'x' from y), trim(leading from x)
SELECT substring(a, 1, 2), ltrim(a), collation for (a)
SELECT substring(a similar 'b' escape '#')
SELECT ARRAY(SELECT 1), ARRAY[1,2], ARRAY[[1],[2]], ROW(1,2), ROW(), (1,2)
SELECT ARRAY[]::int[]
SELECT a COLLATE "C", a SIMILAR TO b ESCAPE 'x', a NOT ILIKE b, a BETWEEN SYMMETRIC 1 AND 2
SELECT a ~ b, a !~* b, a ~~ b, a #>> b, a #- b, a ?| b, a ?& b, a @? b, a @@ b, a && b, a -|- b, a <-> b, a <@ b, @ a, |/ 4, ||/ 8, ~ a, a <<= b, a &< b, a ~>=~ b, a ^@ b, a ** b, !! a
SELECT (SELECT 1), EXISTS (SELECT 1), a IN (1,2), (a,b) IN (SELECT 1,2), (a, b) = (c, d), (a, b) OVERLAPS (c, d)
SELECT a IS TRUE, a IS NOT UNKNOWN, a IS DISTINCT FROM b, a IS NORMALIZED, a IS NFC NORMALIZED, a IS JSON, a IS JSON OBJECT WITH UNIQUE KEYS
SELECT json_build_object('a', 1), json_object('a': 1, 'b' VALUE 2), json_array(1,2), json_object('a' : 1 NULL ON NULL), json_arrayagg(x ORDER BY y), json_objectagg(k : v)
SELECT JSON_EXISTS(x, '$.a'), json_serialize(x), json('x'), json_scalar(1)
SELECT JSON_VALUE(x, '$.a' RETURNING int DEFAULT 1 ON EMPTY)
SELECT JSON_QUERY(x, '$.a' WITH WRAPPER)
SELECT * FROM JSON_TABLE(x, '$[*]' COLUMNS (id int PATH '$.id', n FOR ORDINALITY)) AS jt
SELECT xmlagg(x), xmlforest(a, b as c), xmlconcat(a,b)
SELECT xmlelement(name a, xmlattributes(b as c), d)
SELECT * FROM XMLTABLE('/a' PASSING x COLUMNS b int PATH 'c')
SELECT current_date, current_timestamp(3), localtime, current_user, session_user, user, current_catalog, current_schema
SELECT grouping(a), a FROM t GROUP BY GROUPING SETS ((a), ()), ROLLUP (b), CUBE (c)
SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b USING < LIMIT 1 OFFSET 2
SELECT a FROM t FETCH FIRST 3 ROWS WITH TIES
SELECT a FROM t LIMIT ALL
SELECT a FROM ONLY t, ONLY (s.u) AS v, LATERAL f(t.a) x TABLESAMPLE SYSTEM (1)
SELECT a FROM t *
SELECT a FROM t TABLESAMPLE BERNOULLI (1) REPEATABLE (2)
SELECT a FROM (t JOIN u USING (id)) AS x NATURAL LEFT JOIN v CROSS JOIN w
SELECT a FROM t JOIN u USING (id) AS q
SELECT a FROM (VALUES (1)) AS v(x)
SELECT f(VARIADIC ARRAY[1]), f(a, VARIADIC b), f(DISTINCT a), f(ALL a), schema.f(x => 1)
SELECT a.b.c.d, a.*, s.t.*
SELECT CASE a WHEN 1 THEN 2 ELSE 3 END, CASE WHEN a THEN b END
SELECT nullif(a,b), greatest(a,b), coalesce(a), least(a)
SELECT lag(a) OVER (ORDER BY b ROWS BETWEEN 1 PRECEDING AND UNBOUNDED FOLLOWING EXCLUDE TIES)
SELECT sum(a) OVER (w RANGE BETWEEN INTERVAL '1 day' PRECEDING AND CURRENT ROW)
SELECT $1 + $2, $1.a
SELECT f(x).y
SELECT (x).y[1], x[1].y, (array_agg(x))[1], (f(x)).a.b
SELECT NOT a = b, - a ^ 2, a - - b, NOT EXISTS (SELECT 1)
SELECT a FROM t UNION ALL SELECT b FROM u INTERSECT SELECT c FROM v EXCEPT ALL SELECT d FROM w
SELECT "name", name, value, type, status, key, role, user_id, date, time, timestamp, zone, text, data, "user", language, position, day, year, hour, method, public, version, filter, level, offset_, comment, owner, "order", share, data, row_number, over_, partition, range, action, "end"
SELECT t.name, t.type, t.key, t.end, t.order, t.user, t.from, t.select FROM t
SELECT a AS name, b type, c AS end, d AS "order", e AS select, f value, g status
SELECT a FROM t key, u role, v value
SELECT max(a) filter (where b), left(a, 1), right(a, 2), replace(a, b, c), date(a), time(b), timestamp(c), interval(d), char_length(x), values(a)
SELECT a || b || c -> 'x' ->> 'y'
SELECT U&'\0061', E'a\nb', B'01', X'1F', N'x', $$a$$, $t$b$t$
SELECT a FROM t WHERE (a, b) > (1, 2) AND a = SOME (SELECT 1)
SELECT b'1', 0x1F, 1_000, 1e5, .5
SELECT t FROM t
SELECT mode() WITHIN GROUP (ORDER BY a), rank(1) WITHIN GROUP (ORDER BY a)
SELECT FROM t
SELECT
SELECT a FROM t GROUP BY ALL
SELECT a FROM t GROUP BY DISTINCT a
SELECT normalize(a, NFC), a::xml, set_masklen(a, 1)
SELECT a INTO TEMP b FROM c
CREATE TEMP TABLE a ON COMMIT DROP AS SELECT 1 AS x
CREATE TEMPORARY TABLE IF NOT EXISTS a (id uuid PRIMARY KEY, b text NOT NULL DEFAULT 'x') ON COMMIT DELETE ROWS
CREATE TEMP TABLE a (LIKE b INCLUDING ALL) ON COMMIT DROP
CREATE UNLOGGED TABLE a AS TABLE b WITH NO DATA
DROP TABLE IF EXISTS a, b CASCADE
TRUNCATE a, b RESTART IDENTITY CASCADE
TRUNCATE TABLE ONLY a
LOCK TABLE a IN SHARE ROW EXCLUSIVE MODE NOWAIT
REFRESH MATERIALIZED VIEW CONCURRENTLY a
NOTIFY ch, 'x'
LISTEN ch
SET LOCAL search_path TO a, b
SET LOCAL x.y = 'z'
SET search_path = ''
SET CONSTRAINTS ALL DEFERRED
SET LOCAL TIME ZONE 'UTC'
SET ROLE x
SET SESSION AUTHORIZATION x
RESET ALL
SHOW x
EXPLAIN (ANALYZE, FORMAT JSON) SELECT 1
ANALYZE t
VACUUM t
CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t USING gin (a jsonb_path_ops) WHERE b
ALTER TABLE t ADD COLUMN IF NOT EXISTS a int, DROP COLUMN b
ALTER TABLE t DISABLE TRIGGER u
GRANT SELECT ON t TO x
REVOKE ALL ON SCHEMA a FROM b
CREATE SCHEMA IF NOT EXISTS a
CREATE EXTENSION IF NOT EXISTS a
DISCARD ALL
PREPARE a AS SELECT 1
EXECUTE a(1)
DEALLOCATE a
DECLARE c CURSOR FOR SELECT 1
COPY t FROM STDIN
COPY t TO '/tmp/x' WITH (FORMAT csv)
COMMENT ON TABLE a IS 'x'
DO $$ BEGIN END $$
CALL p(1, a => 2)
CREATE TRIGGER a BEFORE INSERT ON b FOR EACH ROW EXECUTE FUNCTION c()
SAVEPOINT a
EXECUTE format('x')
SELECT pg_notify('x', y::text) FROM t
SELECT a IS NOT NULL AND b IS NULL OR NOT c
SELECT row_to_json(t) FROM (SELECT 1) t
SELECT to_jsonb(t.*) || '{}' FROM t
SELECT count(*), count(t.*) FROM t
SELECT set_config('x', 'y', true)
SELECT * FROM unnest(a, b) AS u(x, y)
SELECT * FROM generate_series(1, 10) AS g, f(g)
SELECT * FROM t AS x (a, b)
SELECT * FROM current_date
SELECT ((a + b)) :: int
SELECT 'a' 'b'
SELECT a IN (SELECT 1), a NOT IN (1), a IN ('{}'::int[])
SELECT a.b::int::text
SELECT INTERVAL '1 day' * 2
SELECT a::date - b::date, a % b, a ^ b, -1::int, - a.b
UPDATE ONLY t SET a = DEFAULT, b = (SELECT 1) WHERE x
UPDATE t SET a = 1 WHERE CURRENT OF c RETURNING old.a, new.a
UPDATE t * SET a = 1
DELETE FROM ONLY t AS x USING u, v WHERE x.id = u.id RETURNING x.id
WITH x AS (SELECT 1) UPDATE t SET a = 1 FROM x
WITH x AS (SELECT 1) DELETE FROM t USING x
WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x RETURNING *
WITH x AS (SELECT 1) MERGE INTO t USING x ON true WHEN MATCHED THEN DELETE
SELECT * FROM t WHERE a = b::text COLLATE "C" ORDER BY 1 FOR SHARE
SELECT (t).id, (NEW).a, NEW.*, OLD.id
SELECT (ROW(1,2)::t).a
SELECT a -> 'b' = 'c', a ->> 'b' IS NULL, a ->> 'b' || 'x', a -> 'b' + 1
SELECT a = b IS NULL
SELECT a < b IS TRUE
SELECT a ->> 'b' IN ('c'), a || b LIKE c || d, NOT a ->> 'b' = 'c', a ? 'b' AND c
SELECT a.b[1].c, a.b[1:2]
SELECT DISTINCT a FROM t
SELECT ALL a FROM t
SELECT a LIKE ALL (b), a NOT ILIKE ANY ('{a}'), a ILIKE SOME (SELECT b)
SELECT a @> ANY (SELECT b), a || ALL (c)
SELECT view, cluster, sort, minus, top, sample, qualify, format, match, map FROM t start, u global, v semi
SELECT a string, b nested FROM x::string
SELECT a::string, b::nested[], c::struct, d::public."Odd Type"(3)
UPDATE t SET a[1] = 2, b = c[3], d['x'][f(1, 2)] = ARRAY[1][2] FROM u WHERE a[1] = 2
SELECT a[1], (b)[2], c.d[3:], f(x)[1]
SELECT U&"d!0061t" UESCAPE '!', U&'x\0041', N'n'
SELECT a, b FROM t ORDER BY a USING >, b NULLS FIRST
INSERT INTO t VALUES (DEFAULT, 1)
CREATE TABLE a AS SELECT 1 WITH NO DATA
SELECT now() AT LOCAL
SELECT a FROM t WHERE (SELECT true) ORDER BY b FETCH FIRST ROW ONLY
SELECT f(a => 1, b := 2)
SELECT s.f(VARIADIC ARRAY[1, 2]), s.g(1, VARIADIC x => '{}')
SELECT * FROM t, ROWS FROM (f(1))
UPDATE t SET a = b IS DISTINCT FROM c, d[1] = 3 WHERE e[1] = 2
WITH x AS (UPDATE t SET a[1] = 1), y AS (UPDATE t SET a[2] = 1, b = c) UPDATE u SET a[3] = 2
SELECT including, excluding FROM t including
SELECT substring(a SIMILAR b ESCAPE c), a SIMILAR TO b ESCAPE c
SELECT -a ^ 2, - 1 :: int, @ -3, OPERATOR(pg_catalog.~) a, |/ 4 + 1
RETURN 1
SELCT 1
PRAGMA x
DELETE FROM t RETURNING WITH (OLD AS o, NEW AS "N n") o.a, "N n".b
UPDATE t SET a = 1 RETURNING WITH (NEW AS n) old.a, n.*
UPDATE t SET a = 1 RETURNING WITH (OTHER AS n) n.a
SELECT * FROM JSON_TABLE(j, '$' AS root PASSING x + 1 AS y, z FORMAT JSON AS w COLUMNS (n FOR ORDINALITY, a numeric(5, 2) PATH '$.a' DEFAULT b || c ON EMPTY DEFAULT 0 ON ERROR, NESTED PATH '$.b[*]' COLUMNS (d text, NESTED '$' COLUMNS (e date)), nested int, g boolean EXISTS) ERROR ON ERROR) AS t (one)
SELECT * FROM LATERAL JSON_TABLE(j, '$' COLUMNS (a int PATH)) t, JSON_TABLE(j), JSON_TABLE(j, '$' COLUMNS ())
CREATE TEMP TABLE x (LIKE s.t INCLUDING ALL EXCLUDING INDEXES, including int, LIKE "U u")
SELECT * FROM XMLTABLE('/a' PASSING BY REF x BY VALUE COLUMNS a int PATH 'b', o FOR ORDINALITY) ORDER BY value, ref
SELECT a FROM ONLY (t), ONLY (u) JOIN ONLY (v) ON true
WITH x AS (SELECT 1) SEARCH nothing SELECT 1
SELECT json_value(a, '$' DEFAULT 1 ON EMPTY DEFAULT 2), json_value(b, '$' DEFAULT 3 ON ERROR)
