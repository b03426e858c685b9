# frozen_string_literal: true
# Sequel on the pg gem.
require "sequel"

if ARGV[0] == "versions"
  require "pg"
  puts "Sequel #{Sequel.version}, pg #{PG::VERSION}, Ruby #{RUBY_VERSION}"
  exit
end

DB = Sequel.connect(adapter: "postgres", host: ENV["PGHOST"], port: ENV["PGPORT"], database: ENV["PGDATABASE"], user: ENV["PGUSER"], password: ENV["PGPASSWORD"], max_connections: 2)
DB.extension :pg_array, :pg_json, :pg_enum, :connection_validator
DB.pool.connection_validation_timeout = -1
p DB[:members].where(active: true).where(Sequel.like(:email, "%@%")).order(:id).limit(5).all
class Project < Sequel::Model
  one_to_many :tasks
end
class Task < Sequel::Model
  many_to_one :project
end
DB.transaction(isolation: :serializable, retry_on: Sequel::SerializationFailure) do
  project = Project.create(name: "Sequel", tags: Sequel.pg_array(%w[a b]), budget: 2)
  DB[:tasks].multi_insert([{ project_id: project.id, title: "one" }, { project_id: project.id, title: "two" }])
  DB.transaction(savepoint: true, rollback: :always) { DB[:tasks].update(priority: 9) }
  p project.tasks_dataset.for_update.skip_locked.all, DB[:labels].insert_conflict(target: %i[org_id name], update: { name: Sequel[:excluded][:name] }).returning.insert(name: "sequel")
  DB[:labels].where(name: "sequel").delete
  project.tasks_dataset.delete
  project.delete
end
p Project.eager(:tasks).all, Project.eager_graph(:tasks).limit(2).all, Task.where(project: Project.where(name: "x")).count, DB[:tasks].select_group(:state).select_append { count.function.*.as(:n) }.having { count.function.* > 1 }.all
p DB[:tasks].with(:open, DB[:tasks].exclude(state: "done")).from(:open).select(:title, Sequel.function(:rank).over(partition: :project_id, order: :id)).all, DB[:tasks].full_text_search(:title, "report", language: "english").all
DB[:tasks].use_cursor(rows_per_fetch: 2).each { |row| p row[:title] }
DB[:tasks].paged_each(rows_per_fetch: 3) { |row| p row[:id] }
DB.copy_table(DB[:labels].select(:name), format: :csv) { |line| puts line }
p DB.tables, DB.views, DB.schema(:projects), DB.indexes(:tasks), DB.foreign_key_list(:tasks), DB.primary_key_sequence(:projects), DB.table_exists?(:tasks), DB.server_version, DB.check_constraints(:projects)
DB.disconnect
puts "done"
