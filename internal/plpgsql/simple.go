package plpgsql

// simple reads the rest of a statement that holds no others.
func (r *reader) simple(word string) {
	switch word {
	case "exit", "continue":
		r.optionalName()
		if r.accept("when") {
			r.expression(";")
			return
		}
		r.expect(";")
	case "return":
		r.returns()
	case "null":
		r.expect(";")
	case "raise":
		r.raise()
	case "assert":
		if r.expression(",", ";") == "," {
			r.expression(";")
		}
	case "perform":
		r.query("SELECT ", ";")
	case "commit", "rollback":
		if r.acceptUnreserved("and") {
			r.acceptUnreserved("no")
			if !r.acceptUnreserved("chain") {
				r.fail("it has a statement of a form that is not known")
			}
		}
		r.expect(";")
	case "get":
		r.diagnostics()
	case "open":
		r.open()
	case "fetch":
		r.direction()
		r.assigned()
		r.expect("into")
		r.accept("strict")
		r.assignedList()
		r.expect(";")
	case "move":
		r.direction()
		r.assigned()
		r.expect(";")
	case "close":
		r.assigned()
		r.expect(";")
	}
}

func (r *reader) returns() {
	switch {
	case r.accept(";"):
	case r.acceptUnreserved("next"):
		if !r.accept(";") {
			r.expression(";")
		}
	case r.acceptUnreserved("query"):
		if r.peek().is("execute") {
			r.dynamic()
			return
		}
		r.query("", ";")
	default:
		r.expression(";")
	}
}

// raise reads RAISE [level] ['format' [, expression …] | condition | SQLSTATE 'code']
// [USING option = expression, …];.
func (r *reader) raise() {
	if r.accept(";") {
		return
	}
	if r.peek().isAny("exception", "warning", "notice", "info", "log", "debug") {
		r.next()
	}
	stop := ""
	switch t := r.peek(); {
	case t.kind == stringToken:
		r.next()
		stop = r.oneOf(",", ";", "using")
		for stop == "," {
			stop = r.expression(",", ";", "using")
		}
	case t.is("using"):
		r.next()
		stop = "using"
	default:
		r.condition()
		stop = r.oneOf(";", "using")
	}
	if stop != "using" {
		return
	}
	for stop = ","; stop == ","; {
		r.oneOf("errcode", "message", "detail", "hint", "column", "constraint", "datatype", "table", "schema")
		r.oneOf("=", ":=")
		stop = r.expression(",", ";")
	}
}

// diagnostics reads GET [CURRENT | STACKED] DIAGNOSTICS. The DETAIL of an error may
// quote a row that row-level security hides, and is kept from clients too.
func (r *reader) diagnostics() {
	if !r.acceptUnreserved("current") {
		r.acceptUnreserved("stacked")
	}
	if !r.acceptUnreserved("diagnostics") {
		r.fail("it has a statement of a form that is not known")
	}
	for more := true; more && r.err == nil; {
		r.assigned()
		r.oneOf("=", ":=")
		if r.peek().is("pg_exception_detail") {
			r.fail("PG_EXCEPTION_DETAIL may quote a row that row-level security hides")
			return
		}
		r.oneOf("row_count", "pg_routine_oid", "pg_context", "returned_sqlstate", "message_text",
			"pg_exception_hint", "pg_exception_context", "column_name", "constraint_name", "pg_datatype_name",
			"table_name", "schema_name")
		more = r.accept(",")
	}
	r.expect(";")
}

// open reads OPEN cursor [(arguments)]; and OPEN cursor [[NO] SCROLL] FOR query;.
func (r *reader) open() {
	r.assigned()
	if r.peek().isAny("(", ";") {
		r.cursorArguments()
		r.expect(";")
		return
	}
	r.accept("no")
	r.accept("scroll")
	r.expect("for")
	if r.peek().is("execute") {
		r.dynamic()
		return
	}
	r.query("", ";")
}

// cursorArguments reads ([name :=] expression, …), if it is there. Postgres makes one
// query of them, separated by commas (read_cursor_args), so each must be an expression
// that could stand in brackets: with a FROM, the next one would be a relation.
func (r *reader) cursorArguments() {
	if !r.accept("(") {
		return
	}
	for stop := ","; stop == ","; {
		if r.peek().kind == wordToken && r.peekAt(1).isAny(":=", "=>") {
			r.next()
			r.next()
		}
		start := r.peek().start
		var sql string
		sql, stop = r.until(",", ")")
		r.add(Expression, "SELECT ("+sql+"\n)", start)
	}
}

// direction reads where FETCH and MOVE go, and FROM or IN (read_fetch_direction).
func (r *reader) direction() {
	switch t := r.peek(); {
	case t.isAny("next", "prior", "first", "last", "all"):
		r.next()
		r.oneOf("from", "in")
	case t.isAny("absolute", "relative"):
		r.next()
		r.expression("from", "in")
	case t.isAny("forward", "backward"):
		r.next()
		switch {
		case r.accept("from"), r.accept("in"):
		case r.accept("all"):
			r.oneOf("from", "in")
		default:
			r.expression("from", "in")
		}
	case t.isAny("from", "in"):
		r.next()
	case t.kind == wordToken && r.names[t.text]:
	default:
		r.expression("from", "in")
	}
}
