import java.net.URI;
import java.net.http.*;
import java.sql.*;
import java.util.Properties;
import org.postgresql.plugin.*;

/** pgjdbc: a plugin that asks for a new token for each connection, and a connection that gets a new one. */
public class Pgjdbc {
    static String newToken() {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("TOKEN_URL"))).build();
            return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (java.io.IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What authenticationPluginClassName names. */
    public static class Tokens implements AuthenticationPlugin {
        public Tokens(Properties info) {}

        @Override
        public char[] getPassword(AuthenticationRequestType type) {
            return newToken().toCharArray();
        }
    }

    static Connection connect() throws SQLException {
        Properties p = new Properties();
        p.setProperty("user", System.getenv("PGUSER"));
        p.setProperty("sslmode", "disable");
        p.setProperty("authenticationPluginClassName", "Pgjdbc$Tokens");
        return DriverManager.getConnection(String.format("jdbc:postgresql://%s:%s/%s", System.getenv("PGHOST"), System.getenv("PGPORT"), System.getenv("PGDATABASE")), p);
    }

    static String ask(Connection c, String sql) throws SQLException {
        try (Statement s = c.createStatement(); ResultSet rows = s.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    public static void main(String[] args) throws Exception {
        if (args[0].equals("versions")) {
            System.out.println("pgjdbc " + org.postgresql.util.DriverInfo.DRIVER_VERSION + ", Java " + System.getProperty("java.version"));
            return;
        }
        final String who = "SELECT current_setting('request.jwt.claims')::json ->> 'sub'", pid = "SELECT pg_backend_pid()";
        try (Connection c = connect()) {
            for (boolean told = false;; told = true) {
                String sub = ask(c, who);
                if (!told) System.out.println("user " + sub);
                Thread.sleep(300);
            }
        } catch (SQLException e) { // its token has expired
            System.out.println("ended " + e.getSQLState());
        }
        try (Connection c = connect()) {
            System.out.println("user " + ask(c, who));
            String before = ask(c, pid);
            try (Statement s = c.createStatement()) {
                System.out.println(s.executeUpdate("SET tenantproxy.token = '" + newToken() + "'") == 0 ? "SET" : "rows");
            }
            System.out.println("user " + ask(c, who) + " " + before.equals(ask(c, pid)));
        }
        System.out.println("done");
    }
}
