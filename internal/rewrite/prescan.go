package rewrite

import (
	"strings"
	"unicode/utf8"
)

// The parser is C code that recurses over its tree without looking at the
// stack: a text that is deep enough ends the process with a SIGSEGV that
// recover cannot catch. So the depth of the tree is estimated first, in linear
// time, and what could come near the limit is refused unparsed.
//
// Measured with pg_query_go v5.1.0: a chain of 20,000 operators survives an
// 8 MiB stack (Linux' default, also for threads), 30,000 do not; 3,000 need
// less than 2 MiB. From about 5,000 levels the Go decoder gives up with an
// error, and bison with its own at 10,000 pending symbols.
const (
	maxDepth        = 3000
	maxCommentDepth = 32
	defaultMaxBytes = 1 << 20
)

// prescan checks all that must hold before the parser may see sql: size,
// encoding, comment nesting and estimated depth. It tells whether the text is
// proven to hold nothing but blanks, comments and semicolons.
func prescan(sql string, maxBytes int) (empty bool, refusal *Refusal) {
	if refusal := checkText(sql, maxBytes); refusal != nil {
		return false, refusal
	}
	lex := lexer{sql: sql}
	depth := newDepthMeter()
	empty = true
	for {
		tok := lex.next()
		if lex.commentDepth > maxCommentDepth {
			return false, refuse(RuleTextComments, "", "", "comments are nested deeper than %d", maxCommentDepth)
		}
		if tok.kind == tokenEnd {
			return empty, nil
		}
		if tok.kind != tokenSemicolon {
			empty = false
		}
		depth.add(tok)
		if depth.unbalanced {
			return false, syntaxError(sql, utf8.RuneCountInString(sql[:lex.start])+1, 0)
		}
		if depth.exceeded {
			return false, refuse(RuleTextTooDeep, "", "Split the statement, or use a list (IN, ANY, VALUES) where it has a chain.",
				"statement is nested too deeply or chains too many operators")
		}
	}
}

// checkText checks size and encoding: both ends must read the same text.
func checkText(sql string, maxBytes int) *Refusal {
	if len(sql) > maxBytes {
		return refuse(RuleTextTooLarge, "", "Split it, or raise policy.max_sql_bytes.",
			"statement text of %d bytes is longer than the limit of %d", len(sql), maxBytes)
	}
	if !utf8.ValidString(sql) {
		return refuse(RuleTextEncoding, "", "", "statement text is not valid UTF-8")
	}
	if strings.IndexByte(sql, 0) >= 0 {
		return refuse(RuleTextEncoding, "", "", "statement text holds a NUL byte")
	}
	return nil
}

// checkComments bounds the nesting of comments in a text that is not of SQL alone.
func checkComments(text string) *Refusal {
	lex := lexer{sql: text}
	for lex.next().kind != tokenEnd {
		if lex.commentDepth > maxCommentDepth {
			break
		}
	}
	if lex.commentDepth > maxCommentDepth {
		return refuse(RuleTextComments, "", "", "comments are nested deeper than %d", maxCommentDepth)
	}
	return nil
}

// depthMeter bounds the depth of the parse tree from above, token by token.
//
// A bracket, and CASE … END, opens a level. Within a level, a comma, AND, OR,
// WHEN, THEN, ELSE or a semicolon separates segments: Postgres keeps those in
// flat lists (makeAndExpr and makeOrExpr in gram.y), so only the longest
// segment counts. Set operations and joins nest whatever separates them, and
// are counted for the whole level. A segment is as deep as it has tokens, plus
// the deepest level inside it: operators to the left and to the right of a
// bracket both end up above it.
type depthMeter struct {
	levels []level
	// outer is the depth that the open levels' ancestors have already.
	outer    int
	afterDot bool
	// exceeded tells of a tree that may be too deep, unbalanced of a closing
	// bracket that closes nothing: such a text cannot parse.
	exceeded, unbalanced bool
}

type level struct {
	open    byte // '(', '[', 'c' for CASE, 0 for the text itself
	tokens  int  // in the current segment
	inner   int  // deepest closed level in the current segment
	longest int  // deepest segment so far
	chain   int  // set operations and joins
	between int  // BETWEENs whose AND is still to come
}

func newDepthMeter() *depthMeter { return &depthMeter{levels: make([]level, 1, 16)} }

func (m *depthMeter) top() *level { return &m.levels[len(m.levels)-1] }

func (m *depthMeter) add(tok token) {
	afterDot := m.afterDot
	m.afterDot = tok.kind == tokenDot
	switch tok.kind {
	case tokenOpen:
		m.top().tokens++
		m.push(tok.text[0])
	case tokenClose:
		m.close(tok.text[0])
	case tokenComma, tokenSemicolon:
		m.separate()
	case tokenWord:
		// A keyword after a dot is a name, as in a.end.
		if afterDot {
			m.top().tokens++
		} else {
			m.word(tok.text)
		}
	default:
		m.top().tokens++
	}
	top := m.top()
	if m.outer+top.chain+max(top.longest, top.tokens+top.inner) > maxDepth {
		m.exceeded = true
	}
}

// word counts a keyword or name. Only reserved keywords separate or open
// anything: they cannot stand for a column or a function, and as a label they
// end an expression.
func (m *depthMeter) word(text string) {
	top := m.top()
	top.tokens++
	if len(text) > len("intersect") {
		return
	}
	switch strings.ToLower(text) {
	case "and":
		if top.between > 0 {
			top.between--
			return
		}
		m.separate()
	case "or", "when", "then", "else":
		m.separate()
	case "between":
		top.between++
	case "union", "intersect", "except":
		top.chain++
		m.separate()
	case "join":
		// Not reserved, so it separates nothing.
		top.chain++
	case "case":
		m.push('c')
	case "end":
		if top.open == 'c' {
			m.pop()
		}
	}
}

func (m *depthMeter) push(open byte) {
	top := m.top()
	m.outer += top.chain + top.tokens
	m.levels = append(m.levels, level{open: open})
}

// pop closes the innermost level and hands its depth to the one around it.
func (m *depthMeter) pop() {
	m.separate()
	closed := *m.top()
	m.levels = m.levels[:len(m.levels)-1]
	top := m.top()
	m.outer -= top.chain + top.tokens
	top.inner = max(top.inner, closed.longest+closed.chain)
}

// close ends the innermost bracket, and what CASEs have been left open in it.
func (m *depthMeter) close(bracket byte) {
	for m.top().open == 'c' {
		m.pop()
	}
	switch open := m.top().open; {
	case open == '(' && bracket == ')', open == '[' && bracket == ']':
		m.pop()
	default:
		m.unbalanced = true
	}
}

func (m *depthMeter) separate() {
	top := m.top()
	top.longest = max(top.longest, top.tokens+top.inner)
	top.tokens, top.inner, top.between = 0, 0, 0
}
