package db

import "strings"

// forSQLite turns a migration, written with PostgreSQL's type names, into SQLite's: in CREATE TABLE and
// ALTER TABLE it renames the types, and it makes every table STRICT.
func forSQLite(script string) string {
	var out strings.Builder
	var head []string // the first words of the statement
	var lastWord string
	for rest := script; rest != ""; {
		t := token(rest)
		rest = rest[len(t):]
		word := strings.ToUpper(t)
		switch {
		case isBlank(t):
		case word == ";":
			if isTable(head, "CREATE") && lastWord != "STRICT" {
				if lastWord == "ROWID" {
					out.WriteByte(',')
				}
				out.WriteString(" STRICT")
			}
			head, lastWord = nil, ""
		default:
			if isTable(head, "CREATE") || isTable(head, "ALTER") {
				t, rest = sqliteType(word, t, rest)
			}
			if len(head) < 3 {
				head = append(head, word)
			}
			lastWord = word
		}
		out.WriteString(t)
	}
	if isTable(head, "CREATE") && lastWord != "STRICT" {
		out.WriteString("\nSTRICT") // on a line of its own: a comment may stand before it
	}
	return out.String()
}

// sqliteType returns SQLite's name for a type, and the rest of the script after it.
func sqliteType(word, t, rest string) (string, string) {
	switch word {
	case "BIGINT", "BOOLEAN":
		return "INTEGER", rest
	case "BYTEA":
		return "BLOB", rest
	case "DOUBLE":
		blank := len(rest) - len(strings.TrimLeft(rest, " \t\r\n"))
		if next := token(rest[blank:]); strings.EqualFold(next, "PRECISION") {
			return "REAL", rest[blank+len(next):]
		}
	}
	return t, rest
}

// isTable says whether a statement that begins with these words makes or changes a table.
func isTable(head []string, deed string) bool {
	switch {
	case len(head) < 2 || head[0] != deed:
		return false
	case head[1] == "TABLE":
		return true
	}
	return len(head) > 2 && (head[1] == "TEMP" || head[1] == "TEMPORARY") && head[2] == "TABLE"
}

// token returns the first token of s: a comment, a run of blanks, a quoted text, a word, or one other byte.
func token(s string) string {
	switch {
	case strings.HasPrefix(s, "--"):
		return upTo(s, 2, "\n")
	case strings.HasPrefix(s, "/*"):
		return upTo(s, 2, "*/")
	case s != "" && strings.ContainsRune("'\"`", rune(s[0])):
		return upTo(s, 1, s[:1]) // a doubled quote is two quoted texts side by side, which is as good
	}
	end := 0
	for end < len(s) && isWordByte(s[end]) {
		end++
	}
	if end == 0 && s != "" {
		for end < len(s) && strings.IndexByte(" \t\r\n", s[end]) >= 0 {
			end++
		}
		end = max(end, 1)
	}
	return s[:end]
}

// upTo returns s up to and with the first end that begins at from or later; all of s where there is none.
func upTo(s string, from int, end string) string {
	if i := strings.Index(s[from:], end); i >= 0 {
		return s[:from+i+len(end)]
	}
	return s
}

func isBlank(t string) bool {
	return strings.HasPrefix(t, "--") || strings.HasPrefix(t, "/*") || strings.TrimSpace(t) == ""
}

func isWordByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
}
