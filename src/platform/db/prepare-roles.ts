import { StartupError } from '../errors.js';
import type { Database } from './database.js';
import { applicationRole } from './scope.js';

/** Tables that the application only ever adds to; on all others it may do what it likes with rows. */
const appendOnly = ['audit_event', 'audit_link', 'audit_item'];

/**
 * Makes the role that the application works under, where it is missing, and gives it exactly the rights it needs: on every
 * table there is but those of migrations, so that a new one needs nothing said. Where all is right it changes nothing.
 *
 * At each start and not in a migration: roles belong to the whole server, so a backup that is restored to another one comes
 * without. Any number of instances, and databases of one server, may do it at once. Throws a StartupError with the statements
 * for an administrator of the server when the user of DATABASE_URL may not make roles.
 */
export async function prepareRoles(db: Database): Promise<void> {
  try {
    await db.script(makeRole);
  } catch (error) {
    if ((error as { code?: string }).code !== '42501') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(
      `The role that Baton works under cannot be made: ${reason}. As an administrator of the PostgreSQL server run, and start again:\n` +
        `  CREATE ROLE ${applicationRole} NOLOGIN;\n  GRANT ${applicationRole} TO <the user of DATABASE_URL>;`,
      { cause: error },
    );
  }
  await db.script(grantRights);
}

// Others may be making it at this moment, in another database of the server, where no lock of this one holds.
const makeRole = `
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
      IF NOT pg_has_role('${applicationRole}', membership) THEN GRANT ${applicationRole} TO CURRENT_USER; END IF;
    EXCEPTION WHEN unique_violation THEN NULL;
    END;
  END $$`;

// Under the lock of migrations: instances that start at once would change the same rows of the catalog.
const grantRights = `
  SELECT pg_advisory_xact_lock(72707369);
  DO $$
  DECLARE
    object record;
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
  END $$`;
