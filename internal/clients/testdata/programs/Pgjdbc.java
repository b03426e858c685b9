import java.sql.*;
import java.util.*;

/** pgjdbc: connection set-up, prepared statements, generated keys, batches, cursors, the metadata that tools read. */
public class Pgjdbc {
    static void print(ResultSet rows) throws SQLException {
        int columns = rows.getMetaData().getColumnCount();
        while (rows.next()) {
            StringBuilder line = new StringBuilder();
            for (int i = 1; i <= columns; i++) line.append(rows.getString(i)).append('|');
            System.out.println(line);
        }
        rows.close();
    }

    public static void main(String[] args) throws Exception {
        Driver driver = (Driver) Class.forName("org.postgresql.Driver").getDeclaredConstructor().newInstance();
        if (args[0].equals("versions")) {
            System.out.println("pgjdbc " + org.postgresql.util.DriverInfo.DRIVER_VERSION + ", Java " + System.getProperty("java.version"));
            return;
        }
        String url = String.format("jdbc:postgresql://%s:%s/%s", System.getenv("PGHOST"), System.getenv("PGPORT"), System.getenv("PGDATABASE"));
        for (String mode : new String[] {"extended", "simple", "extendedForPrepared", "extendedCacheEverything"}) {
            Properties p = new Properties();
            p.setProperty("user", System.getenv("PGUSER"));
            p.setProperty("password", System.getenv("PGPASSWORD"));
            p.setProperty("sslmode", "disable");
            p.setProperty("preferQueryMode", mode);
            p.setProperty("ApplicationName", "java");
            p.setProperty("options", "-c statement_timeout=30000");
            p.setProperty("reWriteBatchedInserts", "true");
            p.setProperty("defaultRowFetchSize", mode.equals("extended") ? "2" : "0");
            try (Connection c = driver.connect(url, p)) {
                work(c, !mode.equals("simple"));
            }
        }
        System.out.println("done");
    }

    static void work(Connection c, boolean calls) throws SQLException {
        System.out.println(c.isValid(5) + " " + c.getSchema() + " " + c.getCatalog() + " " + c.getTransactionIsolation());
        c.setClientInfo("ApplicationName", "worker");
        for (int i = 0; i < 6; i++) { // the fifth time by a named statement
            try (PreparedStatement s = c.prepareStatement("SELECT id, email, created_at FROM members WHERE active = ? AND id > ? ORDER BY id")) {
                s.setBoolean(1, true);
                s.setLong(2, 0);
                print(s.executeQuery());
            }
        }
        c.setAutoCommit(false);
        c.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        long project;
        try (PreparedStatement s = c.prepareStatement("INSERT INTO projects (name, tags, starts_on) VALUES (?, ?, ?)", Statement.RETURN_GENERATED_KEYS)) {
            s.setString(1, "jdbc");
            s.setArray(2, c.createArrayOf("text", new String[] {"a", "b"}));
            s.setDate(3, new java.sql.Date(0));
            s.executeUpdate();
            ResultSet keys = s.getGeneratedKeys();
            keys.next();
            project = keys.getLong("id");
        }
        try (PreparedStatement s = c.prepareStatement("INSERT INTO tasks (project_id, title, attributes) VALUES (?, ?, ?::jsonb)")) {
            for (int i = 0; i < 5; i++) {
                s.setLong(1, project);
                s.setString(2, "task " + i);
                s.setString(3, "{\"n\": 1}");
                s.addBatch();
            }
            s.executeBatch();
        }
        Savepoint one = c.setSavepoint("one"), unnamed = c.setSavepoint();
        try (Statement s = c.createStatement()) {
            s.executeUpdate("UPDATE projects SET name = NULL");
        } catch (SQLException e) {
            System.out.println(e.getSQLState());
            c.rollback(unnamed);
        }
        c.releaseSavepoint(one);
        try (Statement s = c.createStatement(ResultSet.TYPE_FORWARD_ONLY, ResultSet.CONCUR_READ_ONLY)) {
            s.setFetchSize(2); // a portal that is suspended
            print(s.executeQuery("SELECT title, state FROM tasks ORDER BY id FOR UPDATE SKIP LOCKED"));
        }
        try (Statement s = c.createStatement(ResultSet.TYPE_SCROLL_INSENSITIVE, ResultSet.CONCUR_UPDATABLE)) {
            ResultSet rows = s.executeQuery("SELECT id, name FROM projects WHERE id = " + project);
            rows.next();
            rows.updateString("name", "updated");
            rows.updateRow();
            rows.refreshRow();
            rows.deleteRow();
            rows.close();
        }
        c.commit();
        c.setAutoCommit(true);
        c.setReadOnly(true);
        try (Statement s = c.createStatement()) {
            s.setMaxRows(3);
            print(s.executeQuery("SELECT {fn concat(title, '!')}, {fn now()}, {d '2025-01-01'} FROM tasks"));
            s.execute("SELECT 1; SELECT 2");
        }
        c.setReadOnly(false);
        if (calls) try (CallableStatement s = c.prepareCall("{? = call upper(?)}")) {
            s.registerOutParameter(1, Types.VARCHAR);
            s.setString(2, "x");
            s.execute();
            System.out.println(s.getString(1));
        }
        DatabaseMetaData meta = c.getMetaData();
        print(meta.getTables(null, "public", "%", new String[] {"TABLE", "VIEW", "PARTITIONED TABLE"}));
        print(meta.getColumns(null, "public", "projects", "%"));
        print(meta.getPrimaryKeys(null, "public", "tasks"));
        print(meta.getImportedKeys(null, "public", "tasks"));
        print(meta.getExportedKeys(null, "public", "tasks"));
        print(meta.getCrossReference(null, "public", "projects", null, "public", "tasks"));
        print(meta.getIndexInfo(null, "public", "tasks", false, true));
        print(meta.getSchemas());
        print(meta.getCatalogs());
        print(meta.getTableTypes());
        print(meta.getTypeInfo());
        print(meta.getUDTs(null, "public", "%", null));
        print(meta.getFunctions(null, "auth", "%"));
        print(meta.getFunctionColumns(null, "auth", "%", "%"));
        print(meta.getProcedures(null, "public", "%"));
        print(meta.getTablePrivileges(null, "public", "tasks"));
        print(meta.getColumnPrivileges(null, "public", "tasks", "%"));
        print(meta.getBestRowIdentifier(null, "public", "tasks", DatabaseMetaData.bestRowSession, false));
        print(meta.getVersionColumns(null, "public", "tasks"));
        print(meta.getClientInfoProperties());
        System.out.println(meta.getMaxColumnNameLength() + meta.getMaxColumnsInIndex() + meta.getSQLKeywords() + meta.getDatabaseProductVersion() + meta.getDefaultTransactionIsolation());
        try (PreparedStatement s = c.prepareStatement("SELECT state, attributes, tags FROM tasks t JOIN projects p ON p.id = t.project_id WHERE t.state = ?")) {
            s.setObject(1, "todo", Types.OTHER);
            System.out.println(s.getParameterMetaData().getParameterTypeName(1));
            ResultSet rows = s.executeQuery();
            ResultSetMetaData m = rows.getMetaData();
            System.out.println(m.getColumnTypeName(1) + m.getColumnTypeName(3) + m.isAutoIncrement(1) + m.isNullable(1) + m.getTableName(1));
            print(rows);
        }
    }
}
