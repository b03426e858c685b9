package plpgsql

// statements reads up to a word that ends a list of them.
func (r *reader) statements() {
	for r.err == nil {
		t := r.peek()
		if t.kind == endToken || t.isAny("end", "else", "when") ||
			t.isAny("exception", "elsif", "elseif") && !r.assigns() {
			return
		}
		r.statement()
	}
}

// assigns tells whether what follows is an assignment: a word that is not reserved
// before what only an assignment has there. Postgres takes the word for a variable
// then, even if it is a keyword (plpgsql_yylex).
func (r *reader) assigns() bool {
	t := r.peek()
	return (t.kind == parameterToken || t.kind == wordToken && (t.quoted || !isReserved(t.text))) &&
		r.peekAt(1).isAny(":=", "=", "[", ".")
}

func (r *reader) statement() {
	t := r.peek()
	switch {
	case t.is("<<"):
		r.label()
		if r.peek().isAny("declare", "begin") {
			r.unlabelled()
			r.expect(";")
			return
		}
		if !r.peek().isAny("loop", "while", "for", "foreach") {
			r.fail("a label stands where it is not understood")
			return
		}
	case r.assigns():
		r.assignment()
		return
	case t.kind != wordToken || t.quoted:
		r.fail("it has a statement of a form that is not known")
		return
	}
	r.keywordStatement()
}

// keywordStatement reads a statement by the word that it begins with.
func (r *reader) keywordStatement() {
	switch word := r.peek().text; word {
	case "declare", "begin":
		r.unlabelled()
		r.expect(";")
	case "if", "case", "loop", "while", "for", "foreach":
		if r.depth++; r.depth > maxNesting {
			r.fail("it is nested too deeply")
		}
		r.next()
		r.control(word)
		r.depth--
	case "execute":
		r.dynamic()
	case "exit", "continue", "return", "null", "raise", "assert", "perform", "commit", "rollback", "get", "open",
		"fetch", "move", "close":
		r.next()
		r.simple(word)
	case "call":
		r.query("", ";")
	case "do", "import":
		r.fail("it has a statement that is not allowed in a body")
	default:
		if isReserved(word) {
			r.fail("it has a statement of a form that is not known")
			return
		}
		r.sqlStatement()
	}
}

// assignment reads variable := expression; with fields and subscripts. A FROM behind the
// expression counts for what is in the subscripts too (transformPLAssignStmt in analyze.c).
func (r *reader) assignment() {
	start := r.peek().start
	r.assigned()
	subscripted := false
	for r.err == nil && !r.peek().isAny(":=", "=") {
		switch {
		case r.accept("["):
			subscripted = true
			r.subscript()
		case r.accept("."):
			r.name()
			r.add(UnnamedType, "", start)
		default:
			r.fail("it has an assignment of a form that is not known")
		}
	}
	target := ""
	if subscripted {
		target = "(" + r.source[start:r.peek().start] + "\n), "
	}
	r.next()
	value, _ := r.until(";")
	r.add(Expression, "SELECT "+target+value, start)
}

// subscript reads to the closing bracket.
func (r *reader) subscript() {
	for depth := 1; depth > 0 && r.err == nil; {
		switch t := r.next(); {
		case t.kind == endToken || t.is(";"):
			r.fail("brackets do not match")
		case t.isAny("(", "["):
			depth++
		case t.isAny(")", "]"):
			depth--
		}
	}
}

// control reads the rest of a statement that holds others.
func (r *reader) control(word string) {
	switch word {
	case "if":
		r.expression("then")
		r.statements()
		for r.err == nil && r.peek().isAny("elsif", "elseif") {
			r.next()
			r.expression("then")
			r.statements()
		}
		r.otherwise("if")
	case "case":
		r.caseOf()
	case "loop":
		r.loopBody()
	case "while":
		r.expression("loop")
		r.loopBody()
	case "for":
		r.forLoop()
	case "foreach":
		r.loopTarget()
		if r.acceptUnreserved("slice") && r.next().kind != integerToken {
			r.fail("it has a statement of a form that is not known")
		}
		r.expect("in")
		if !r.acceptUnreserved("array") {
			r.fail("it has a statement of a form that is not known")
		}
		r.expression("loop")
		r.loopBody()
	}
}

// otherwise reads [ELSE statements] END word;.
func (r *reader) otherwise(word string) {
	if r.accept("else") {
		r.statements()
	}
	r.expect("end")
	r.expect(word)
	r.expect(";")
}

// caseOf reads CASE. With an operand Postgres compares by IN (make_case).
func (r *reader) caseOf() {
	operand := !r.accept("when")
	if operand {
		r.expression("when")
	}
	for {
		if operand {
			start := r.peek().start
			sql, _ := r.until("then")
			r.add(Expression, "SELECT NULL IN ("+sql+"\n)", start)
		} else {
			r.expression("then")
		}
		r.statements()
		if !r.accept("when") {
			break
		}
	}
	r.otherwise("case")
}

func (r *reader) loopBody() {
	r.statements()
	r.expect("end")
	r.expect("loop")
	r.optionalName()
	r.expect(";")
}

// loopTarget reads the variables of a loop. One that is not declared is made by the
// loop, if it is one over numbers or a cursor.
func (r *reader) loopTarget() {
	if t := r.peek(); t.kind == wordToken && !r.peekAt(1).isAny(".", ",") {
		r.declare(r.name())
		return
	}
	r.assignedList()
}

// forLoop tells the loops by what is behind IN (for_control).
func (r *reader) forLoop() {
	r.loopTarget()
	r.expect("in")
	switch t := r.peek(); {
	case t.is("execute"):
		r.dynamic()
	case t.kind == wordToken && r.cursors[t.text] && r.peekAt(1).isAny("(", "loop"):
		r.next()
		r.cursorArguments()
		r.expect("loop")
	default:
		reverse := r.accept("reverse")
		start := r.peek().start
		sql, stop := r.until("..", "loop")
		switch {
		case stop == "..":
			r.add(Expression, "SELECT "+sql, start)
			if r.expression("loop", "by") == "by" {
				r.expression("loop")
			}
		case reverse:
			r.fail("it has a statement of a form that is not known")
		default:
			r.add(Query, sql, start)
		}
	}
	r.loopBody()
}
