package plpgsql

// until reads a piece of SQL up to one of some symbols or reserved words outside of
// brackets, takes that too and tells which it was (read_sql_construct).
func (r *reader) until(stops ...string) (sql, stop string) {
	start, depth := r.peek().start, 0
	for {
		t := r.peek()
		switch {
		case t.kind == endToken:
			r.fail("a statement does not end")
			return "", ""
		case depth == 0 && t.isAny(stops...):
			if t.start == start {
				r.fail("an expression is missing")
				return "", ""
			}
			r.next()
			return r.source[start:t.start], t.text
		case t.is(";"):
			r.fail("a statement ends before its time")
			return "", ""
		case t.isAny("(", "["):
			depth++
		case t.isAny(")", "]"):
			if depth--; depth < 0 {
				r.fail("brackets do not match")
				return "", ""
			}
		}
		r.next()
	}
}

// expression reads an expression and what ends it, and tells which end it was.
func (r *reader) expression(stops ...string) (stop string) {
	start := r.peek().start
	sql, stop := r.until(stops...)
	r.add(Expression, "SELECT "+sql, start)
	return stop
}

// query reads a statement of SQL in which INTO has no meaning of its own.
func (r *reader) query(prefix string, stop string) {
	start := r.peek().start
	sql, _ := r.until(stop)
	r.add(Query, prefix+sql, start)
}

// sqlStatement reads a statement of SQL, from which Postgres takes the INTO clause, the
// first and only INTO that is not behind INSERT or MERGE (make_execsql_stmt).
func (r *reader) sqlStatement() {
	start, depth := r.peek().start, 0
	before, from := "", start
	into := false
	var last token
	for {
		t := r.peek()
		switch {
		case t.kind == endToken:
			r.fail("a statement does not end")
			return
		case t.is(";"):
			if depth != 0 {
				r.fail("brackets do not match")
				return
			}
			r.next()
			r.add(Query, before+r.source[from:t.start], start)
			return
		case t.is("into") && !last.isAny("insert", "merge"):
			if into || depth != 0 {
				r.fail("it has INTO where that is not understood")
				return
			}
			into = true
			before = r.source[start:t.start]
			r.next()
			r.accept("strict")
			r.assignedList()
			from = r.peek().start
			before += " "
			last = token{}
			continue
		case t.is("into") && r.names[last.text]:
			r.fail("a variable has the name of a keyword that is used beside it")
			return
		case t.isAny("(", "["):
			depth++
		case t.isAny(")", "]"):
			if depth--; depth < 0 {
				r.fail("brackets do not match")
				return
			}
		}
		last = r.next()
	}
}
