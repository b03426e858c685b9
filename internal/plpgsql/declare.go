package plpgsql

// declarations reads what is behind DECLARE, up to BEGIN. No name in it is taken
// for a variable by Postgres, outside of expressions.
func (r *reader) declarations() {
	for r.err == nil && !r.peek().is("begin") {
		if r.accept("declare") {
			continue
		}
		name := r.name()
		switch {
		case r.accept("alias"):
			r.expect("for")
			if r.peek().kind == parameterToken {
				r.next()
			} else {
				r.dottedName()
			}
			r.expect(";")
		case r.peek().isAny("cursor", "scroll") || r.peek().is("no") && r.peekAt(1).is("scroll"):
			r.cursor(name)
		default:
			r.variable()
		}
		r.declare(name)
	}
}

// variable reads [CONSTANT] type [COLLATE name] [NOT NULL] [DEFAULT expression];.
func (r *reader) variable() {
	r.accept("constant")
	r.dataType()
	if r.accept("collate") {
		r.dottedName()
	}
	if r.accept("not") {
		r.expect("null")
	}
	if r.accept(";") {
		return
	}
	r.oneOf("default", ":=", "=")
	r.expression(";")
}

// cursor reads [[NO] SCROLL] CURSOR [(name type, …)] FOR query;.
func (r *reader) cursor(name string) {
	r.accept("no")
	r.accept("scroll")
	r.expect("cursor")
	if r.accept("(") {
		for r.err == nil {
			r.declare(r.name())
			r.dataType()
			if r.accept(")") {
				break
			}
			r.expect(",")
		}
	}
	r.oneOf("for", "is")
	r.query("", ";")
	r.cursors[name] = true
}

// dataType reads a type, up to what may be behind one (read_datatype).
func (r *reader) dataType() {
	first := r.peek()
	if r.copiedType() {
		return
	}
	depth := 0
	for {
		t := r.peek()
		switch {
		case t.kind == endToken:
			r.fail("a declaration does not end")
			return
		case t.isAny(";", ":=", "=", "collate", "not", "default"), depth == 0 && t.isAny(",", ")"):
			if depth != 0 || t.start == first.start {
				r.fail("a type is missing")
				return
			}
			r.add(Type, "SELECT CAST(NULL AS "+r.source[first.start:t.start]+"\n)", first.start)
			return
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
		r.next()
	}
}

// copiedType reads name%TYPE or name%ROWTYPE, if that is what is there.
func (r *reader) copiedType() bool {
	n := 0
	for r.peekAt(n).kind == wordToken && r.peekAt(n+1).is(".") {
		n += 2
	}
	if r.peekAt(n).kind == parameterToken {
		n = 0
	} else if r.peekAt(n).kind != wordToken {
		return false
	}
	if !r.peekAt(n+1).is("%") || !r.peekAt(n+2).isAny("type", "rowtype") {
		return false
	}
	r.add(UnnamedType, "", r.peek().start)
	for range n + 3 {
		r.next()
	}
	return true
}

// dottedName reads a name, which may be qualified.
func (r *reader) dottedName() (first string, dotted bool) {
	first = r.name()
	for r.accept(".") {
		r.name()
		dotted = true
	}
	return first, dotted
}

// assigned reads the name of a variable that gets a value, or of a field of it.
func (r *reader) assigned() {
	start := r.peek().start
	if r.peek().kind == parameterToken {
		r.next()
		return
	}
	name, dotted := r.dottedName()
	if !r.names[name] {
		r.fail("it assigns to something that is not declared in it")
	}
	if dotted {
		r.add(UnnamedType, "", start)
	}
}

// assignedList reads one or more of them, as INTO has them.
func (r *reader) assignedList() {
	r.assigned()
	for r.accept(",") {
		r.assigned()
	}
}
