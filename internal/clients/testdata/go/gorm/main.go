// Gorm on pgx.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

type Member struct {
	ID        int64
	Email     string
	Name      string
	Active    bool `gorm:"default:true"`
	CreatedAt time.Time
	Projects  []Project `gorm:"foreignKey:OwnerID"`
}

type Project struct {
	ID        int64
	OwnerID   *int64
	Owner     *Member
	Name      string `gorm:"size:120"`
	Budget    float64
	CreatedAt time.Time
	UpdatedAt time.Time
	Tasks     []Task
}

type Task struct {
	ID         int64
	ProjectID  int64
	Project    *Project
	Title      string
	State      string `gorm:"default:todo"`
	Priority   int
	Attributes string `gorm:"type:jsonb;default:'{}'"`
	DueAt      *time.Time
	Labels     []Label `gorm:"many2many:task_labels"`
}

type Label struct {
	ID    string `gorm:"type:uuid;default:gen_random_uuid()"`
	OrgID string `gorm:"type:uuid;default:(-)"`
	Name  string
}

type Note struct {
	gorm.Model
	Body string `gorm:"index;comment:x"`
}

func main() {
	if os.Args[1] == "versions" {
		info, _ := debug.ReadBuildInfo()
		for _, m := range info.Deps {
			switch m.Path {
			case "gorm.io/gorm", "gorm.io/driver/postgres", "github.com/jackc/pgx/v5":
				fmt.Print(m.Path, " ", m.Version, " ")
			}
		}
		fmt.Println(info.GoVersion)
		return
	}
	for _, simple := range []bool{false, true} {
		db, err := gorm.Open(postgres.New(postgres.Config{DSN: "application_name=gorm TimeZone=UTC", PreferSimpleProtocol: simple}), &gorm.Config{PrepareStmt: !simple, Logger: logger.Discard})
		check(err)
		if os.Args[1] == "refused" {
			refused(db)
		}
		work(db)
		pool, err := db.DB()
		check(err)
		check(pool.Close())
	}
	fmt.Println("done")
}

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func refused(db *gorm.DB) {
	check(db.AutoMigrate(&Note{}))
	check(db.Migrator().AlterColumn(&Task{}, "DueAt"))
	check(db.Migrator().DropTable(&Note{}))
}

func work(db *gorm.DB) {
	ok := func(db *gorm.DB) { check(db.Error) }
	var ada Member
	ok(db.Where("active AND email LIKE ?", "ada@%").First(&ada))
	fmt.Println(ada.Email)
	var project Project
	check(db.Transaction(func(tx *gorm.DB) error {
		project = Project{Name: "Gorm", OwnerID: &ada.ID, Tasks: []Task{{Title: "one"}, {Title: "two"}}}
		ok(tx.Create(&project))
		ok(tx.CreateInBatches([]Task{{Title: "a", ProjectID: project.ID}, {Title: "b", ProjectID: project.ID}}, 1))
		tx.SavePoint("s")
		fmt.Println(tx.Create(&Member{Email: ada.Email, Name: "twice"}).Error)
		tx.RollbackTo("s")
		_ = tx.Transaction(func(nested *gorm.DB) error {
			ok(nested.Model(&Task{}).Where("project_id = ?", project.ID).Update("state", "done"))
			return gorm.ErrInvalidData
		})
		labels := []Label{{Name: "gorm", OrgID: os.Getenv("ORG_ID")}}
		ok(tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "org_id"}, {Name: "name"}}, DoUpdates: clause.AssignmentColumns([]string{"name"})}).Create(&labels))
		ok(tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&[]Label{{Name: "gorm", OrgID: os.Getenv("ORG_ID")}}))
		var locked []Task
		ok(tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).Find(&locked, "project_id = ?", project.ID))
		ok(tx.Model(&locked[0]).Clauses(clause.Returning{}).Updates(map[string]any{"priority": gorm.Expr("priority + ?", 1), "title": "it's"}))
		check(tx.Model(&locked[0]).Association("Labels").Replace(labels))
		check(tx.Model(&locked[0]).Association("Labels").Clear())
		ok(tx.Delete(&Label{}, "name = ?", "gorm"))
		ok(tx.Save(&locked[1]))
		ok(tx.Select("Tasks").Delete(&project))
		return nil
	}))
	var projects []Project
	ok(db.Preload("Tasks", "priority > ?", 0).Preload("Tasks.Labels").Joins("Owner").Where("projects.name ILIKE ?", "%project%").Order("projects.id desc").Limit(2).Offset(0).Find(&projects))
	fmt.Println(projects[0].Name, projects[0].Owner.Name, len(projects[0].Tasks))
	var rows []map[string]any
	ok(db.Model(&Task{}).Select("project_id, count(*) AS n, avg(priority)").Group("project_id").Having("count(*) > ?", 1).Find(&rows))
	ok(db.Model(&Task{}).Select("title, row_number() OVER (PARTITION BY project_id ORDER BY id) AS r").Where("attributes @> ? AND state IN ?", `{"colour": "red"}`, []string{"todo", "done"}).Find(&rows))
	ok(db.Model(&Project{}).Where("EXISTS (?)", db.Model(&Task{}).Select("1").Where("tasks.project_id = projects.id")).Or(db.Where("budget BETWEEN ? AND ?", 1, 2).Not("name", "x")).Find(&rows))
	ok(db.Table("(?) AS t", db.Model(&Task{}).Select("title").Where("search @@ plainto_tsquery(?)", "report")).Distinct("title").Find(&rows))
	ok(db.Raw("WITH open AS (SELECT * FROM tasks WHERE state = @state) SELECT count(*) FROM open", map[string]any{"state": "todo"}).Scan(&rows))
	var n int64
	ok(db.Model(&Task{}).Distinct("state").Count(&n))
	var titles []string
	ok(db.Model(&Task{}).Pluck("title", &titles))
	ok(db.FirstOrInit(&Label{}, Label{Name: "none"}))
	ok(db.FindInBatches(&[]Task{}, 4, func(tx *gorm.DB, batch int) error { return nil }))
	stream, err := db.Model(&Task{}).Rows()
	check(err)
	check(stream.Close())
	m := db.Migrator()
	fmt.Println(m.HasTable(&Task{}), m.HasColumn(&Task{}, "title"), m.HasIndex(&Task{}, "tasks_search"), m.HasConstraint(&Task{}, "tasks_pkey"), m.CurrentDatabase(), n, titles)
	_, err = m.ColumnTypes(&Task{})
	check(err)
	_, err = m.GetTables()
	check(err)
	_, err = m.GetIndexes(&Task{})
	check(err)
}
