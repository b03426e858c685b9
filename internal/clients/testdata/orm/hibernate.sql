-- Hibernate 3.6.10.Final, pgjdbc 42.5.5, Java 17.0.15
-- PostgreSQL 15.18 (Debian 15.18-0+deb12u1), 2026-11-24. Recorded by
--     go test ./internal/clients -run TestRecord/hibernate -record
-- startup: DateStyle="ISO" TimeZone="UTC" client_encoding="UTF8" extra_float_digits="2"

SET extra_float_digits = 3
=> allowed

SET application_name = 'PostgreSQL JDBC Driver'
=> allowed

BEGIN
=> allowed

select relname from pg_class where relkind='S'
=> allowed

SELECT NULL AS TABLE_CAT, n.nspname AS TABLE_SCHEM, c.relname AS TABLE_NAME,  CASE n.nspname ~ '^pg_' OR n.nspname = 'information_schema'  WHEN true THEN CASE  WHEN n.nspname = 'pg_catalog' OR n.nspname = 'information_schema' THEN CASE c.relkind   WHEN 'r' THEN 'SYSTEM TABLE'   WHEN 'v' THEN 'SYSTEM VIEW'   WHEN 'i' THEN 'SYSTEM INDEX'   ELSE NULL   END  WHEN n.nspname = 'pg_toast' THEN CASE c.relkind   WHEN 'r' THEN 'SYSTEM TOAST TABLE'   WHEN 'i' THEN 'SYSTEM TOAST INDEX'   ELSE NULL   END  ELSE CASE c.relkind   WHEN 'r' THEN 'TEMPORARY TABLE'   WHEN 'p' THEN 'TEMPORARY TABLE'   WHEN 'i' THEN 'TEMPORARY INDEX'   WHEN 'S' THEN 'TEMPORARY SEQUENCE'   WHEN 'v' THEN 'TEMPORARY VIEW'   ELSE NULL   END  END  WHEN false THEN CASE c.relkind  WHEN 'r' THEN 'TABLE'  WHEN 'p' THEN 'PARTITIONED TABLE'  WHEN 'i' THEN 'INDEX'  WHEN 'P' then 'PARTITIONED INDEX'  WHEN 'S' THEN 'SEQUENCE'  WHEN 'v' THEN 'VIEW'  WHEN 'c' THEN 'TYPE'  WHEN 'f' THEN 'FOREIGN TABLE'  WHEN 'm' THEN 'MATERIALIZED VIEW'  ELSE NULL  END  ELSE NULL  END  AS TABLE_TYPE, d.description AS REMARKS,  '' as TYPE_CAT, '' as TYPE_SCHEM, '' as TYPE_NAME, '' AS SELF_REFERENCING_COL_NAME, '' AS REF_GENERATION  FROM pg_catalog.pg_namespace n, pg_catalog.pg_class c  LEFT JOIN pg_catalog.pg_description d ON (c.oid = d.objoid AND d.objsubid = 0  and d.classoid = 'pg_class'::regclass)  WHERE c.relnamespace = n.oid  AND c.relname LIKE 'members' AND (false  OR ( c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' )  OR ( c.relkind = 'v' AND n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema' ) )  ORDER BY TABLE_TYPE,TABLE_SCHEM,TABLE_NAME 
=> allowed

SELECT * FROM (SELECT n.nspname,c.relname,a.attname,a.atttypid,a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) AS attnotnull,a.atttypmod,a.attlen,t.typtypmod,row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS attnum, nullif(a.attidentity, '') as attidentity,nullif(a.attgenerated, '') as attgenerated,pg_catalog.pg_get_expr(def.adbin, def.adrelid) AS adsrc,dsc.description,t.typbasetype,t.typtype  FROM pg_catalog.pg_namespace n  JOIN pg_catalog.pg_class c ON (c.relnamespace = n.oid)  JOIN pg_catalog.pg_attribute a ON (a.attrelid=c.oid)  JOIN pg_catalog.pg_type t ON (a.atttypid = t.oid)  LEFT JOIN pg_catalog.pg_attrdef def ON (a.attrelid=def.adrelid AND a.attnum = def.adnum)  LEFT JOIN pg_catalog.pg_description dsc ON (c.oid=dsc.objoid AND a.attnum = dsc.objsubid)  LEFT JOIN pg_catalog.pg_class dc ON (dc.oid=dsc.classoid AND dc.relname='pg_class')  LEFT JOIN pg_catalog.pg_namespace dn ON (dc.relnamespace=dn.oid AND dn.nspname='pg_catalog')  WHERE c.relkind in ('r','p','v','f','m') and a.attnum > 0 AND NOT a.attisdropped  AND n.nspname LIKE 'public' AND c.relname LIKE 'members') c WHERE true  AND attname LIKE '%' ORDER BY nspname,c.relname,attnum 
=> allowed

SELECT typinput='pg_catalog.array_in'::regproc as is_array, typtype, typname, pg_type.oid   FROM pg_catalog.pg_type   LEFT JOIN (select ns.oid as nspoid, ns.nspname, r.r           from pg_namespace as ns           join ( select s.r, (current_schemas(false))[s.r] as nspname                    from generate_series(1, array_upper(current_schemas(false), 1)) as s(r) ) as r          using ( nspname )        ) as sp     ON sp.nspoid = typnamespace  WHERE pg_type.oid = $1  ORDER BY sp.r, pg_type.oid DESC
=> allowed

SELECT n.nspname = ANY(current_schemas(true)), n.nspname, t.typname FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON t.typnamespace = n.oid WHERE t.oid = $1
=> allowed

SELECT NULL AS TABLE_CAT, n.nspname AS TABLE_SCHEM, c.relname AS TABLE_NAME,  CASE n.nspname ~ '^pg_' OR n.nspname = 'information_schema'  WHEN true THEN CASE  WHEN n.nspname = 'pg_catalog' OR n.nspname = 'information_schema' THEN CASE c.relkind   WHEN 'r' THEN 'SYSTEM TABLE'   WHEN 'v' THEN 'SYSTEM VIEW'   WHEN 'i' THEN 'SYSTEM INDEX'   ELSE NULL   END  WHEN n.nspname = 'pg_toast' THEN CASE c.relkind   WHEN 'r' THEN 'SYSTEM TOAST TABLE'   WHEN 'i' THEN 'SYSTEM TOAST INDEX'   ELSE NULL   END  ELSE CASE c.relkind   WHEN 'r' THEN 'TEMPORARY TABLE'   WHEN 'p' THEN 'TEMPORARY TABLE'   WHEN 'i' THEN 'TEMPORARY INDEX'   WHEN 'S' THEN 'TEMPORARY SEQUENCE'   WHEN 'v' THEN 'TEMPORARY VIEW'   ELSE NULL   END  END  WHEN false THEN CASE c.relkind  WHEN 'r' THEN 'TABLE'  WHEN 'p' THEN 'PARTITIONED TABLE'  WHEN 'i' THEN 'INDEX'  WHEN 'P' then 'PARTITIONED INDEX'  WHEN 'S' THEN 'SEQUENCE'  WHEN 'v' THEN 'VIEW'  WHEN 'c' THEN 'TYPE'  WHEN 'f' THEN 'FOREIGN TABLE'  WHEN 'm' THEN 'MATERIALIZED VIEW'  ELSE NULL  END  ELSE NULL  END  AS TABLE_TYPE, d.description AS REMARKS,  '' as TYPE_CAT, '' as TYPE_SCHEM, '' as TYPE_NAME, '' AS SELF_REFERENCING_COL_NAME, '' AS REF_GENERATION  FROM pg_catalog.pg_namespace n, pg_catalog.pg_class c  LEFT JOIN pg_catalog.pg_description d ON (c.oid = d.objoid AND d.objsubid = 0  and d.classoid = 'pg_class'::regclass)  WHERE c.relnamespace = n.oid  AND c.relname LIKE 'projects' AND (false  OR ( c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' )  OR ( c.relkind = 'v' AND n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema' ) )  ORDER BY TABLE_TYPE,TABLE_SCHEM,TABLE_NAME 
=> allowed

SELECT * FROM (SELECT n.nspname,c.relname,a.attname,a.atttypid,a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) AS attnotnull,a.atttypmod,a.attlen,t.typtypmod,row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS attnum, nullif(a.attidentity, '') as attidentity,nullif(a.attgenerated, '') as attgenerated,pg_catalog.pg_get_expr(def.adbin, def.adrelid) AS adsrc,dsc.description,t.typbasetype,t.typtype  FROM pg_catalog.pg_namespace n  JOIN pg_catalog.pg_class c ON (c.relnamespace = n.oid)  JOIN pg_catalog.pg_attribute a ON (a.attrelid=c.oid)  JOIN pg_catalog.pg_type t ON (a.atttypid = t.oid)  LEFT JOIN pg_catalog.pg_attrdef def ON (a.attrelid=def.adrelid AND a.attnum = def.adnum)  LEFT JOIN pg_catalog.pg_description dsc ON (c.oid=dsc.objoid AND a.attnum = dsc.objsubid)  LEFT JOIN pg_catalog.pg_class dc ON (dc.oid=dsc.classoid AND dc.relname='pg_class')  LEFT JOIN pg_catalog.pg_namespace dn ON (dc.relnamespace=dn.oid AND dn.nspname='pg_catalog')  WHERE c.relkind in ('r','p','v','f','m') and a.attnum > 0 AND NOT a.attisdropped  AND n.nspname LIKE 'public' AND c.relname LIKE 'projects') c WHERE true  AND attname LIKE '%' ORDER BY nspname,c.relname,attnum 
=> allowed

SELECT NULL AS TABLE_CAT, n.nspname AS TABLE_SCHEM, c.relname AS TABLE_NAME,  CASE n.nspname ~ '^pg_' OR n.nspname = 'information_schema'  WHEN true THEN CASE  WHEN n.nspname = 'pg_catalog' OR n.nspname = 'information_schema' THEN CASE c.relkind   WHEN 'r' THEN 'SYSTEM TABLE'   WHEN 'v' THEN 'SYSTEM VIEW'   WHEN 'i' THEN 'SYSTEM INDEX'   ELSE NULL   END  WHEN n.nspname = 'pg_toast' THEN CASE c.relkind   WHEN 'r' THEN 'SYSTEM TOAST TABLE'   WHEN 'i' THEN 'SYSTEM TOAST INDEX'   ELSE NULL   END  ELSE CASE c.relkind   WHEN 'r' THEN 'TEMPORARY TABLE'   WHEN 'p' THEN 'TEMPORARY TABLE'   WHEN 'i' THEN 'TEMPORARY INDEX'   WHEN 'S' THEN 'TEMPORARY SEQUENCE'   WHEN 'v' THEN 'TEMPORARY VIEW'   ELSE NULL   END  END  WHEN false THEN CASE c.relkind  WHEN 'r' THEN 'TABLE'  WHEN 'p' THEN 'PARTITIONED TABLE'  WHEN 'i' THEN 'INDEX'  WHEN 'P' then 'PARTITIONED INDEX'  WHEN 'S' THEN 'SEQUENCE'  WHEN 'v' THEN 'VIEW'  WHEN 'c' THEN 'TYPE'  WHEN 'f' THEN 'FOREIGN TABLE'  WHEN 'm' THEN 'MATERIALIZED VIEW'  ELSE NULL  END  ELSE NULL  END  AS TABLE_TYPE, d.description AS REMARKS,  '' as TYPE_CAT, '' as TYPE_SCHEM, '' as TYPE_NAME, '' AS SELF_REFERENCING_COL_NAME, '' AS REF_GENERATION  FROM pg_catalog.pg_namespace n, pg_catalog.pg_class c  LEFT JOIN pg_catalog.pg_description d ON (c.oid = d.objoid AND d.objsubid = 0  and d.classoid = 'pg_class'::regclass)  WHERE c.relnamespace = n.oid  AND c.relname LIKE 'tasks' AND (false  OR ( c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' )  OR ( c.relkind = 'v' AND n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema' ) )  ORDER BY TABLE_TYPE,TABLE_SCHEM,TABLE_NAME 
=> allowed

SELECT * FROM (SELECT n.nspname,c.relname,a.attname,a.atttypid,a.attnotnull OR (t.typtype = 'd' AND t.typnotnull) AS attnotnull,a.atttypmod,a.attlen,t.typtypmod,row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS attnum, nullif(a.attidentity, '') as attidentity,nullif(a.attgenerated, '') as attgenerated,pg_catalog.pg_get_expr(def.adbin, def.adrelid) AS adsrc,dsc.description,t.typbasetype,t.typtype  FROM pg_catalog.pg_namespace n  JOIN pg_catalog.pg_class c ON (c.relnamespace = n.oid)  JOIN pg_catalog.pg_attribute a ON (a.attrelid=c.oid)  JOIN pg_catalog.pg_type t ON (a.atttypid = t.oid)  LEFT JOIN pg_catalog.pg_attrdef def ON (a.attrelid=def.adrelid AND a.attnum = def.adnum)  LEFT JOIN pg_catalog.pg_description dsc ON (c.oid=dsc.objoid AND a.attnum = dsc.objsubid)  LEFT JOIN pg_catalog.pg_class dc ON (dc.oid=dsc.classoid AND dc.relname='pg_class')  LEFT JOIN pg_catalog.pg_namespace dn ON (dc.relnamespace=dn.oid AND dn.nspname='pg_catalog')  WHERE c.relkind in ('r','p','v','f','m') and a.attnum > 0 AND NOT a.attisdropped  AND n.nspname LIKE 'public' AND c.relname LIKE 'tasks') c WHERE true  AND attname LIKE '%' ORDER BY nspname,c.relname,attnum 
=> allowed

select hibernate_0_.id as id0_, hibernate_0_.active as active0_, hibernate_0_.email as email0_, hibernate_0_.name as name0_ from members hibernate_0_ where hibernate_0_.active=true and (hibernate_0_.email like $1)
=> allowed

select nextval ('projects_id_seq')
=> allowed

select nextval ('tasks_id_seq')
=> allowed

insert into projects (budget, name, owner_id, starts_on, id) values ($1, $2, $3, $4, $5)
=> allowed

insert into tasks (due_at, priority, project_id, title, id) values ($1, $2, $3, $4, $5)
=> allowed

update projects set budget=$1, name=$2, owner_id=$3, starts_on=$4 where id=$5
=> allowed

select hibernate_0_.id as id2_0_, hibernate_0_.due_at as due2_2_0_, hibernate_0_.priority as priority2_0_, hibernate_0_.project_id as project5_2_0_, hibernate_0_.title as title2_0_ from tasks hibernate_0_ where hibernate_0_.id=$1
=> allowed

select hibernate_0_.id as id1_1_, hibernate_0_.budget as budget1_1_, hibernate_0_.name as name1_1_, hibernate_0_.owner_id as owner5_1_1_, hibernate_0_.starts_on as starts4_1_1_, tasks1_.project_id as project5_1_3_, tasks1_.id as id3_, tasks1_.id as id2_0_, tasks1_.due_at as due2_2_0_, tasks1_.priority as priority2_0_, tasks1_.project_id as project5_2_0_, tasks1_.title as title2_0_ from projects hibernate_0_ left outer join tasks tasks1_ on hibernate_0_.id=tasks1_.project_id where hibernate_0_.id=$1
=> allowed

select id from projects where id =$1 for update
=> allowed

select id from projects where id =$1 for share
=> allowed

update tasks set priority=priority+1, due_at=current_timestamp where project_id=$1
=> allowed

select hibernate_0_.id as id2_, hibernate_0_.due_at as due2_2_, hibernate_0_.priority as priority2_, hibernate_0_.project_id as project5_2_, hibernate_0_.title as title2_ from tasks hibernate_0_ where hibernate_0_.project_id=$1 order by hibernate_0_.id for update
=> allowed

COMMIT
=> allowed

select distinct hibernate_0_.id as id1_0_, tasks1_.id as id2_1_, hibernate_2_.id as id0_2_, hibernate_0_.budget as budget1_0_, hibernate_0_.name as name1_0_, hibernate_0_.owner_id as owner5_1_0_, hibernate_0_.starts_on as starts4_1_0_, tasks1_.due_at as due2_2_1_, tasks1_.priority as priority2_1_, tasks1_.project_id as project5_2_1_, tasks1_.title as title2_1_, tasks1_.project_id as project5_1_0__, tasks1_.id as id0__, hibernate_2_.active as active0_2_, hibernate_2_.email as email0_2_, hibernate_2_.name as name0_2_ from projects hibernate_0_ left outer join tasks tasks1_ on hibernate_0_.id=tasks1_.project_id inner join members hibernate_2_ on hibernate_0_.owner_id=hibernate_2_.id where hibernate_0_.name like '%Project%' order by hibernate_0_.name
=> allowed

select hibernate_0_.id as id2_, hibernate_0_.due_at as due2_2_, hibernate_0_.priority as priority2_, hibernate_0_.project_id as project5_2_, hibernate_0_.title as title2_ from tasks hibernate_0_ where hibernate_0_.priority between 0 and 9 limit $1 offset $2
=> allowed

select hibernate_0_.project_id as col_0_0_, count(*) as col_1_0_, avg(hibernate_0_.priority) as col_2_0_, max(case when hibernate_0_.priority>1 then 1 else 0 end) as col_3_0_ from tasks hibernate_0_ group by hibernate_0_.project_id having count(*)>1
=> allowed

select hibernate_0_.name as col_0_0_ from projects hibernate_0_ where (exists (select 1 from tasks hibernate_1_ where hibernate_1_.project_id=hibernate_0_.id)) and (select count(tasks2_.project_id) from tasks tasks2_ where hibernate_0_.id=tasks2_.project_id)>0 and (upper(hibernate_0_.name) in ('A' , 'B')) and extract(year from hibernate_0_.starts_on)>2000
=> allowed

select p1_.id as y0_, count(*) as y1_ from tasks this_ inner join projects p1_ on this_.project_id=p1_.id where this_.title ilike $1 and (this_.due_at is null or this_.priority in ($2, $3)) group by p1_.id
=> allowed

SELECT name FROM project_totals WHERE tasks > $1
=> allowed

select hibernate_0_.id as id0_, hibernate_0_.active as active0_, hibernate_0_.email as email0_, hibernate_0_.name as name0_ from members hibernate_0_
=> allowed

select projects0_.owner_id as owner5_0_1_, projects0_.id as id1_, projects0_.id as id1_0_, projects0_.budget as budget1_0_, projects0_.name as name1_0_, projects0_.owner_id as owner5_1_0_, projects0_.starts_on as starts4_1_0_ from projects projects0_ where projects0_.owner_id in ($1, $2, $3)
=> allowed

select hibernate_0_.title as col_0_0_ from tasks hibernate_0_
=> allowed

select tasks0_.project_id as project5_1_1_, tasks0_.id as id1_, tasks0_.id as id2_0_, tasks0_.due_at as due2_2_0_, tasks0_.priority as priority2_0_, tasks0_.project_id as project5_2_0_, tasks0_.title as title2_0_ from tasks tasks0_ where tasks0_.project_id=$1
=> allowed

delete from tasks where id=$1
=> allowed

delete from projects where id=$1
=> allowed

