package main

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
)

// jsonLines writes one JSON object a line, for programs.
func jsonLines[L any](w io.Writer, lines func(each func(L) error) error) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return lines(func(l L) error { return enc.Encode(l) })
}

// tabled writes CSV with a header; no cell is read as a formula by a spreadsheet.
func tabled[L any](w io.Writer, header []string, columns func(L) []string, lines func(each func(L) error) error) error {
	out := csv.NewWriter(w)
	if err := out.Write(header); err != nil {
		return err
	}
	err := lines(func(l L) error {
		row := columns(l)
		for i := range row {
			row[i] = cell(row[i])
		}
		return out.Write(row)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// cell keeps a name from being read as a formula by a spreadsheet.
func cell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
