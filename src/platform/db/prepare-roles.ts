import { StartupError } from '../errors.js';
import type { Database } from './database.js';
import { acrossRole, applicationRole, enterpriseSetting } from './scope.js';

/** Tables that the application only ever adds to; on all others it may do what it likes with the rows that it sees. */
const appendOnly = ['audit_event', 'audit_link', 'audit_item'];

/**
 * Makes the roles that the application works under, where they are missing, gives them exactly the rights they need, and has
 * each table of enterprises' rows show only one enterprise's to the first of them (row-level security). It looks at every table
 * there is but that of migrations, so that a new one needs nothing said. Where all is right it changes nothing.
 *
 * At each start and not in a migration: roles belong to the whole server, so a backup that is restored to another one comes
 * without. Any number of instances, and databases of one server, may do it at once. Throws a StartupError with the statements
 * for an administrator of the server when the user of DATABASE_URL may not make roles.
 */
export async function prepareRoles(db: Database): Promise<void> {
  try {
    await db.script(makeRoles);
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(
      `The roles that Baton works under cannot be made: ${reason}. As an administrator of the PostgreSQL server run, and start again:\n` +
        `  CREATE ROLE ${applicationRole} NOLOGIN;\n  CREATE ROLE ${acrossRole} NOLOGIN IN ROLE ${applicationRole};\n` +
        `  GRANT ${applicationRole}, ${acrossRole} TO <the user of DATABASE_URL>;`,
      { cause: error },
    );
  }
  await db.script(grantRights);
}

// Others may be making them at this moment, in another database of the server, where no lock of this one holds.
const makeRoles = `
  DO $$
  DECLARE
    -- Since version 16 somebody may be a member without being allowed to become the role.
    membership text := CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END;
  BEGIN
    BEGIN
      IF to_regrole('${applicationRole}') IS NULL THEN CREATE ROLE ${applicationRole} NOLOGIN; END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    BEGIN
      IF to_regrole('${acrossRole}') IS NULL THEN CREATE ROLE ${acrossRole} NOLOGIN IN ROLE ${applicationRole}; END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    BEGIN
      IF NOT pg_has_role('${applicationRole}', membership) THEN GRANT ${applicationRole} TO CURRENT_USER; END IF;
      IF NOT pg_has_role('${acrossRole}', membership) THEN GRANT ${acrossRole} TO CURRENT_USER; END IF;
    EXCEPTION WHEN unique_violation THEN NULL;
    END;
  END $$`;

/**
 * The policy of the role within an enterprise. The sub-select is worked out once a statement, and not once a row. As a CASE, which no index
 * serves: where the planner knew little of a table it read all of an enterprise by the bare comparison, for each customer of a takeover.
 * And it takes half of the rows to pass, whatever the number of enterprises; statements have their own filter, which it would count twice.
 */
export const tenantPolicy = 'baton_tenant';
/** The policy of the role across enterprises. */
export const acrossPolicy = 'baton_across';

// Under the lock of migrations: instances that start at once would change the same rows of the catalog.
const grantRights = `
  SELECT pg_advisory_xact_lock(72707369);
  DO $$
  DECLARE
    object record;
    own_rows text;
  BEGIN
    IF NOT has_schema_privilege('${applicationRole}', current_schema(), 'USAGE') THEN
      EXECUTE format('GRANT USAGE ON SCHEMA %I TO ${applicationRole}', current_schema());
    END IF;
    IF NOT has_database_privilege('${applicationRole}', current_database(), 'TEMPORARY') THEN
      EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO ${applicationRole}', current_database());
    END IF;
    FOR object IN
      SELECT format('%s %I', CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relname) AS name, wanted,
             ARRAY(SELECT privilege_type FROM aclexplode(relacl)
                   WHERE grantee = '${applicationRole}'::regrole ORDER BY 1) AS given
      FROM pg_class, LATERAL (
        SELECT CASE WHEN relname = '_prisma_migrations' THEN '{}'
                    WHEN relkind = 'S' THEN '{USAGE}'
                    WHEN relname = ANY('{${appendOnly.join()}}') THEN '{INSERT,SELECT}'
                    ELSE '{DELETE,INSERT,SELECT,UPDATE}' END::text[] AS wanted) w
      WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'S')
    LOOP
      CONTINUE WHEN object.given = object.wanted;
      EXECUTE format('REVOKE ALL ON %s FROM ${applicationRole}', object.name);
      CONTINUE WHEN object.wanted = '{}';
      EXECUTE format('GRANT %s ON %s TO ${applicationRole}', array_to_string(object.wanted, ', '), object.name);
    END LOOP;
    FOR object IN
      SELECT c.oid, c.relname AS name, a.attname AS column, c.relrowsecurity AS secured,
             ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = c.oid) AS policies
      FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        AND a.attname = CASE c.relname WHEN 'enterprise' THEN 'id' ELSE 'enterprise_id' END
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    LOOP
      IF NOT object.secured THEN EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', object.name); END IF;
      own_rows := format('%I = (SELECT nullif(current_setting(''${enterpriseSetting}'', true), '''')::uuid)', object.column);
      IF NOT '${tenantPolicy}' = ANY(object.policies) THEN
        EXECUTE format('CREATE POLICY ${tenantPolicy} ON %1$I TO ${applicationRole} USING (CASE WHEN %2$s THEN true ELSE false END) WITH CHECK (%2$s)', object.name, own_rows);
      END IF;
      IF NOT '${acrossPolicy}' = ANY(object.policies) THEN
        EXECUTE format('CREATE POLICY ${acrossPolicy} ON %I TO ${acrossRole} USING (true) WITH CHECK (true)', object.name);
      END IF;
    END LOOP;
  END $$`;
