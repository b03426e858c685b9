# frozen_string_literal: true
# The pg gem: what is below ActiveRecord and Sequel.
require "pg"

if ARGV[0] == "versions"
  puts "pg #{PG::VERSION}, libpq #{PG.library_version}, Ruby #{RUBY_VERSION}"
  exit
end

conn = PG.connect(application_name: "ruby", options: "-c statement_timeout=30000 -c intervalstyle=iso_8601")
conn.type_map_for_results = PG::BasicTypeMapForResults.new(conn)
conn.type_map_for_queries = PG::BasicTypeMapForQueries.new(conn)
p conn.exec("SELECT id, email, name, created_at FROM members ORDER BY id").to_a
p conn.exec_params("SELECT * FROM tasks WHERE id = ANY($1::bigint[]) OR title LIKE $2 LIMIT 3", [PG::TextEncoder::Array.new.encode([1, 2]), "%report%"]).to_a
conn.prepare("by_state", "SELECT title FROM tasks WHERE state = $1::task_state ORDER BY id")
2.times { p conn.exec_prepared("by_state", ["todo"]).values }
conn.describe_prepared("by_state")
conn.transaction do
  project = conn.exec_params("INSERT INTO projects (name, tags) VALUES ($1, $2::text[]) RETURNING id", ["ruby", "{a,b}"])[0]["id"]
  conn.exec("SAVEPOINT one")
  begin
    conn.exec_params("UPDATE projects SET name = NULL WHERE id = $1", [project])
  rescue PG::NotNullViolation => e
    p e.result.error_field(PG::PG_DIAG_SQLSTATE)
    conn.exec("ROLLBACK TO SAVEPOINT one")
  end
  conn.exec_params("DELETE FROM projects WHERE id = $1", [project])
end
conn.copy_data("COPY (SELECT id, title FROM tasks) TO STDOUT CSV") { while (row = conn.get_copy_data) do puts row end }
conn.send_query("SELECT title FROM tasks")
conn.set_single_row_mode
while (result = conn.get_result) do result.stream_each { |row| puts row["title"] } end
conn.enter_pipeline_mode
conn.send_query_params("SELECT name FROM projects WHERE budget > $1", [0])
conn.pipeline_sync
until (result = conn.get_result)&.result_status == PG::PGRES_PIPELINE_SYNC
  result&.each { |row| puts row["name"] }
end
conn.exit_pipeline_mode
conn.exec("DISCARD ALL")
conn.reset
conn.exec("DEALLOCATE ALL; SELECT 1")
conn.finish
puts "done"
