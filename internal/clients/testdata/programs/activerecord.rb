# frozen_string_literal: true
# ActiveRecord on the pg gem: what a Rails application does, with its migrations.
require "active_record"

if ARGV[0] == "versions"
  require "pg"
  puts "ActiveRecord #{ActiveRecord::VERSION::STRING}, pg #{PG::VERSION}, Ruby #{RUBY_VERSION}"
  exit
end

ActiveRecord::Base.establish_connection(adapter: "postgresql", host: ENV["PGHOST"], port: ENV["PGPORT"], database: ENV["PGDATABASE"],
  username: ENV["PGUSER"], password: ENV["PGPASSWORD"], pool: 2, variables: { statement_timeout: 30_000 }, application_name: "rails")

class Base < ActiveRecord::Base
  self.abstract_class = true
end
class Member < Base
  store_accessor :settings, :theme
  has_many :projects, foreign_key: :owner_id
  validates :email, uniqueness: { scope: :org_id, case_sensitive: false }
end
class Project < Base
  belongs_to :owner, class_name: "Member", optional: true
  has_many :tasks
  has_many :labels, through: :tasks
  scope :busy, -> { joins(:tasks).merge(Task.where(state: %w[todo doing])).distinct }
end
class Task < Base
  self.ignored_columns = ["attributes"] # the name is a method's
  belongs_to :project, touch: true
  has_and_belongs_to_many :labels, join_table: "task_labels"
  enum state: { todo: "todo", doing: "doing", done: "done" }
end
class Label < Base; end
class ProjectTotal < Base
  self.primary_key = :project_id
end

def show(relation)
  p relation.to_a.map(&:attributes)
end

if ARGV[0] == "refused"
  connection = ActiveRecord::Base.connection
  ActiveRecord::Migration.verbose = false
  note = Class.new(ActiveRecord::Migration[6.1]) do
    def change
      create_table :notes do |t|
        t.references :task, foreign_key: true
        t.string :body, null: false, comment: "x"
        t.timestamps
      end
      add_index :notes, :body, unique: true
      add_column :notes, :rank, :integer, default: 1
      rename_column :notes, :rank, :position
      drop_table :notes
    end
  end
  note.new.migrate(:up)
  ActiveRecord::MigrationContext.new("/nonexistent", ActiveRecord::SchemaMigration).migrate
  p connection.get_advisory_lock(4711), connection.release_advisory_lock(4711)
  connection.disable_referential_integrity { Label.delete_all } # fixtures
  connection.truncate_tables("labels", "task_labels")
  puts "done"
  exit
end

connection = ActiveRecord::Base.connection
p connection.active?, connection.current_database, connection.current_schema, connection.encoding, connection.collation, connection.schema_search_path
p ActiveRecord::MigrationContext.new("/nonexistent", ActiveRecord::SchemaMigration).needs_migration?
p connection.tables.size, connection.views, connection.data_sources.size, connection.extensions, connection.primary_keys("task_labels"), connection.foreign_keys("tasks"), connection.indexes("tasks"),
  connection.table_comment("projects"), connection.pk_and_sequence_for("projects"), connection.table_exists?("tasks"), connection.max_identifier_length
show Member.where(active: true).where("email LIKE ?", "%@%").order(created_at: :desc).limit(5).offset(0)
ada = Member.find_by!("email LIKE 'ada%'")
Project.transaction(isolation: :repeatable_read) do
  project = ada.projects.create!(name: "Rails", tags: %w[a b], budget: "1.50")
  p project.id
  Task.insert_all([{ project_id: project.id, title: "one" }, { project_id: project.id, title: "two" }], returning: %w[id title])
  task = project.tasks.create!(title: "three")
  ada.update!(theme: "dark")
  Task.transaction(requires_new: true) do
    Member.create!(email: "rails@example.org", name: "x")
    raise ActiveRecord::Rollback
  end
  begin
    Member.transaction(requires_new: true) { Member.insert!({ email: ada.email, name: "twice" }) }
  rescue ActiveRecord::RecordNotUnique => e
    p e.class
  end
  task.with_lock { task.update!(title: "changed", due_at: Time.utc(2030)) }
  show project.tasks.lock("FOR UPDATE SKIP LOCKED").limit(1)
  project.tasks.where(title: %w[one two]).update_all("priority = priority + 1")
  Task.increment_counter(:priority, task.id)
  Label.upsert_all([{ name: "rails", colour: "#112233" }], unique_by: %i[org_id name])
  Label.upsert({ name: "rails", colour: "#445566" }, unique_by: %i[org_id name])
  task.labels << Label.find_or_create_by!(name: "rails")
  task.labels.clear
  Label.where(name: "rails").destroy_all
  project.tasks.destroy_all
  project.reload.destroy!
end
show Project.includes(:owner, tasks: :labels).references(:tasks).where(tasks: { state: "todo" }).limit(2)
Project.preload(:owner, tasks: :labels).first(2).each { |project| p project.owner.name, project.tasks.map { |t| t.labels.map(&:name) } }
show Project.eager_load(:tasks).left_outer_joins(:owner).where.not(members: { id: nil }).order(Arel.sql("lower(projects.name)"))
show Project.busy.or(Project.busy.where(starts_on: nil))
p Task.group(:state).count, Task.average(:priority), Task.group("date_trunc('month', due_at AT TIME ZONE 'UTC')").having("count(*) > 1").sum(:priority), Task.distinct.count(:project_id), Task.exists?(state: "done"), Task.where(priority: 1..).maximum(:priority), Task.pluck(:id, Arel.sql("attributes ->> 'colour'")), Task.ids.size
show Project.where("tags @> ARRAY[?]::text[]", ["red"]).where(id: Task.select(:project_id).where(priority: [1, 2, nil]))
show Task.where("attributes @> ?", { colour: "red" }.to_json)
show Task.select("tasks.*, ts_rank(search, plainto_tsquery('english', 'report')) AS rank").where("search @@ websearch_to_tsquery('english', ?)", "report").order("rank DESC")
show Task.from(Task.select("*, row_number() OVER (PARTITION BY project_id ORDER BY id) AS n"), :tasks).where("n = 1")
show ProjectTotal.where("tasks > 0")
Task.find_each(batch_size: 4) { |task| p task.title }
Task.in_batches(of: 5).each_record { |task| p task.id }
p Task.where(project_id: 1).explain, Task.find_by_sql(["SELECT title FROM tasks WHERE id = :id", { id: 1 }]).size, connection.select_all("SELECT name FROM members").to_a, connection.exec_query("SELECT $1::int AS n", "x", [[nil, 1]], prepare: true).rows
ActiveRecord::Base.clear_active_connections!
connection.reset!
connection.reconnect!
connection.clear_cache!
ActiveRecord::Base.uncached { p Task.first.title }
ActiveRecord::Base.remove_connection
puts "done"
