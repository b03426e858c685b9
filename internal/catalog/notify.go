package catalog

// NotifyChannel is the channel on which a database tells of its schema changes,
// once CreateNotifySQL has been run in it. The Loader listens on it. No tenant
// may NOTIFY it: that is for internal/rewrite to refuse.
const NotifyChannel = "tenantproxy_catalog"

// CreateNotifySQL makes a database tell of every schema change, when its
// transaction commits: an event trigger that does NOTIFY. It may be run again.
// It takes a superuser, or what a managed service has in its place.
//
// The trigger runs in every session that changes the schema, as the role that
// does. So it needs no privilege but that of running a statement, reads nothing
// but the list of what has changed, and says nothing but that something has.
// Temporary objects are passed over: tenants may make those, and no snapshot has
// them. NOTIFY and not pg_notify, because EXECUTE on that may be revoked. ENABLE
// ALWAYS fires it in sessions with session_replication_role = replica too.
//
// Event triggers do not fire for what belongs to the whole cluster (manual,
// "Event Trigger Firing Matrix"): roles, memberships, settings stored for roles
// and databases. Those the Loader finds at its next reading. PREPARE TRANSACTION
// refuses transactions that have notified, and so those that change the schema.
const CreateNotifySQL = `
CREATE SCHEMA IF NOT EXISTS tenantproxy;

CREATE OR REPLACE FUNCTION tenantproxy.notify_ddl() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() WHERE schema_name IS DISTINCT FROM 'pg_temp') THEN
        NOTIFY ` + NotifyChannel + `;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION tenantproxy.notify_drop() RETURNS event_trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- is_temporary is false for some parts of temporary relations, on every version: a view's rule.
    IF EXISTS (SELECT FROM pg_catalog.pg_event_trigger_dropped_objects()
               WHERE NOT is_temporary AND address_names[1] IS DISTINCT FROM 'pg_temp') THEN
        NOTIFY ` + NotifyChannel + `;
    END IF;
END $$;

DROP EVENT TRIGGER IF EXISTS tenantproxy_notify_ddl;
CREATE EVENT TRIGGER tenantproxy_notify_ddl ON ddl_command_end EXECUTE FUNCTION tenantproxy.notify_ddl();
ALTER EVENT TRIGGER tenantproxy_notify_ddl ENABLE ALWAYS;

DROP EVENT TRIGGER IF EXISTS tenantproxy_notify_drop;
CREATE EVENT TRIGGER tenantproxy_notify_drop ON sql_drop EXECUTE FUNCTION tenantproxy.notify_drop();
ALTER EVENT TRIGGER tenantproxy_notify_drop ENABLE ALWAYS;
`

// DropNotifySQL undoes CreateNotifySQL, but for the schema tenantproxy, which may
// hold more. It may be run where nothing is installed.
const DropNotifySQL = `
DROP EVENT TRIGGER IF EXISTS tenantproxy_notify_ddl;
DROP EVENT TRIGGER IF EXISTS tenantproxy_notify_drop;
DROP FUNCTION IF EXISTS tenantproxy.notify_ddl();
DROP FUNCTION IF EXISTS tenantproxy.notify_drop();
`
