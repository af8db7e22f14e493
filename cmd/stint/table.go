package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// table is lines of columns; what is empty at the end of a line leaves no blanks.
type table [][]string

func (t *table) line(columns ...string) { *t = append(*t, columns) }

func (t table) print(w io.Writer) {
	var widths []int
	for _, line := range t {
		for i, column := range line {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(column))
		}
	}
	for _, line := range t {
		var b strings.Builder
		for i, column := range line {
			b.WriteString(column)
			b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(column)+2))
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}
