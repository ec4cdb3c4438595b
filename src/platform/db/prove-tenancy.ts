import { StartupError } from '../errors.js';
import type { Database } from './database.js';
import { acrossPolicy, tenantPolicy } from './prepare-roles.js';
import { acrossRole, applicationRole, enterpriseSetting } from './scope.js';

// Classes of our own, so that no error of the database can look like one of these.
const proved = 'TN000';
const broken = 'TN001';

/**
 * Proves that the application's role cannot see, or write, rows of another enterprise, or throws a StartupError that says why not:
 * serving would risk showing one company's customers to another. To be called after `prepareRoles`.
 *
 * What could undo the policies is looked up: a role that is superuser, may pass over policies or has an owner's rights, a table
 * without policies, or with one more than there should be. And it is tried: a row of an enterprise that does not exist is put
 * into each table that takes one, as the owner, and looked for as the application's role, which stands within another
 * enterprise. Tables that take none, since their rows refer to others, must have the very policies of those. All of it is undone.
 */
export async function proveTenancy(db: Database): Promise<void> {
  try {
    await db.script(proof);
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    if (code === proved) return;
    if (code !== broken) throw error;
    throw new StartupError(
      `Enterprises are not kept apart in this database: ${message}. Baton does not start on it, or one company could see the ` +
        'customers of another. Put it right as the owner of the tables, and start again.',
      { cause: error },
    );
  }
  throw new Error('The proof ended without a result.');
}

// A script is one transaction, and this one ends with an error in any case: nothing of it stays.
const proof = `
  DO $$
  DECLARE
    role record;
    tab record;
    probe tid;
    found boolean;
    tried int := 0;
    strangers uuid := gen_random_uuid();
    own uuid := gen_random_uuid();
  BEGIN
    FOR role IN SELECT oid, rolname AS name, rolsuper, rolbypassrls FROM pg_roles
                WHERE pg_has_role('${applicationRole}', oid, 'MEMBER') OR pg_has_role('${acrossRole}', oid, 'MEMBER')
                ORDER BY rolname NOT IN ('${applicationRole}', '${acrossRole}'), rolname LOOP
      IF role.rolsuper THEN RAISE EXCEPTION 'the role % is a superuser', role.name USING ERRCODE = '${broken}'; END IF;
      IF role.rolbypassrls THEN
        RAISE EXCEPTION 'the role % may pass over policies (BYPASSRLS)', role.name USING ERRCODE = '${broken}';
      END IF;
      SELECT relname AS name INTO tab FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relowner = role.oid AND relkind IN ('r', 'p') LIMIT 1;
      IF tab.name IS NOT NULL THEN
        RAISE EXCEPTION 'the role % owns the table %', role.name, tab.name USING ERRCODE = '${broken}';
      END IF;
    END LOOP;

    FOR tab IN
      SELECT c.relname AS name, a.attname AS column, c.relrowsecurity AS secured,
             ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = c.oid AND polpermissive ORDER BY 1) AS policies,
             ARRAY(SELECT quote_ident(attname) FROM pg_attribute o WHERE o.attrelid = c.oid AND o.attnum > 0
                   AND NOT o.attisdropped AND o.attnotnull AND NOT o.atthasdef AND o.attname <> a.attname ORDER BY attnum) AS columns,
             ARRAY(SELECT CASE WHEN t.typtype = 'e' THEN (SELECT quote_literal(enumlabel) FROM pg_enum WHERE enumtypid = t.oid LIMIT 1)
                     ELSE CASE t.typname WHEN 'uuid' THEN 'gen_random_uuid()' WHEN 'bool' THEN 'false' WHEN 'jsonb' THEN '''{}'''
                       WHEN 'timestamptz' THEN 'now()' WHEN 'date' THEN 'now()' WHEN 'text' THEN '''probe'''
                       WHEN 'varchar' THEN '''probe''' WHEN 'bytea' THEN '''\\x''' ELSE CASE WHEN t.typcategory = 'A' THEN '''{}''' ELSE '0' END END END
                   FROM pg_attribute o JOIN pg_type t ON t.oid = o.atttypid WHERE o.attrelid = c.oid AND o.attnum > 0
                   AND NOT o.attisdropped AND o.attnotnull AND NOT o.atthasdef AND o.attname <> a.attname ORDER BY attnum) AS values
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        AND a.attname = CASE c.relname WHEN 'enterprise' THEN 'id' ELSE 'enterprise_id' END
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
      -- The enterprise itself first: rows of others refer to it.
      ORDER BY c.relname <> 'enterprise', c.relname
    LOOP
      IF NOT tab.secured THEN
        RAISE EXCEPTION 'the table % has no row-level security', tab.name USING ERRCODE = '${broken}';
      END IF;
      IF tab.policies <> '{${acrossPolicy},${tenantPolicy}}' THEN
        RAISE EXCEPTION 'the table % has other policies than it should: %', tab.name, array_to_string(tab.policies, ', ')
          USING ERRCODE = '${broken}';
      END IF;
      BEGIN
        EXECUTE format('INSERT INTO %I (%s) VALUES (%s) RETURNING ctid', tab.name,
          array_to_string(quote_ident(tab.column) || tab.columns, ', '),
          array_to_string(quote_literal(strangers) || tab.values, ', ')) INTO probe;
        tried := tried + 1;
      EXCEPTION WHEN integrity_constraint_violation OR data_exception OR raise_exception THEN CONTINUE;
      END;
      PERFORM set_config('role', '${applicationRole}', true), set_config('${enterpriseSetting}', own::text, true);
      EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE ctid = $1)', tab.name) INTO found USING probe;
      IF NOT found THEN
        PERFORM set_config('${enterpriseSetting}', '', true);
        EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE ctid = $1)', tab.name) INTO found USING probe;
      END IF;
      IF found THEN
        RAISE EXCEPTION 'a row of another enterprise can be seen in the table %', tab.name USING ERRCODE = '${broken}';
      END IF;
      PERFORM set_config('${enterpriseSetting}', strangers::text, true);
      EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE ctid = $1)', tab.name) INTO found USING probe;
      IF NOT found THEN
        RAISE EXCEPTION 'a row of the own enterprise cannot be seen in the table %', tab.name USING ERRCODE = '${broken}';
      END IF;
      PERFORM set_config('role', 'none', true);
    END LOOP;
    -- Rows that refer to others cannot be tried: what the policies say, to whom and of what, is the same on every table.
    SELECT name INTO tab FROM (
      SELECT c.relname AS name, string_agg(concat_ws(' ', polname, polcmd, polpermissive, polroles::regrole[]::text,
               pg_get_expr(polqual, c.oid), pg_get_expr(polwithcheck, c.oid)), E'\n' ORDER BY polname) AS said
      FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relname <> 'enterprise' GROUP BY 1
    ) policies WHERE said <> (
      SELECT mode() WITHIN GROUP (ORDER BY said) FROM (
        SELECT string_agg(concat_ws(' ', polname, polcmd, polpermissive, polroles::regrole[]::text,
                 pg_get_expr(polqual, c.oid), pg_get_expr(polwithcheck, c.oid)), E'\n' ORDER BY polname) AS said
        FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relname <> 'enterprise' GROUP BY c.oid) usual
    ) ORDER BY name LIMIT 1;
    IF tab.name IS NOT NULL THEN
      RAISE EXCEPTION 'the policies of the table % do not say what they say elsewhere', tab.name USING ERRCODE = '${broken}';
    END IF;
    RAISE EXCEPTION 'tried in % tables', tried USING ERRCODE = '${proved}';
  END $$`;
